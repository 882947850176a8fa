"""`supplychain.yaml`: what a project builds, where its evidence goes, which policies judge it. All of it optional.

version: 1
name: shop                          # default: the folder's name
build:
  command: [python, -m, build, --wheel, --no-isolation]
  products: ["dist/*.whl"]          # without a build: one archive of the source
  timeout_s: 900
environments: [dev, staging, production]
exclude: ["tests/assets/**"]        # never inventoried nor scanned; part of every scan's record
trust: trust.yaml
key: /path/to/signing.pem           # default: $SUPPLYCHAIN_HOME/keys/signing.pem
signer: "sigstore:"                 # instead of `key`: any signer by URI
timestamp: https://tsa.example/     # an RFC 3161 authority that stamps each signature
log: https://rekor.example          # a transparency log that each signature goes into
trusted_root: trusted_root.json     # what the answers of both are held against
store: .supplychain/store          # or a repository of a registry: oci:HOST/REPO
policies: policies                  # default: the rules that come with supplychain; or {from, digest, signed}
engine: regorus                     # or opa, opa:PROGRAM, opa-server:URL
scans: [dependencies, sast]         # and licenses, secrets
licenses_from: ["env:.venv"]        # inventories that know the licences of what lock files only name
quality:                            # reports of tests and tools, read and attested by `run`
  - reports: ["reports/junit*.xml", coverage.json]
baseline: v1.0                      # what was known before: a revision, a decision record, an SBOM
vex: [vex.json]                     # what suppliers say about findings
vex_products: ["pkg:oci/shop@1.0"]  # what suppliers call the project
overrides:                          # thresholds changed against the profile; told with every decision
  production: {scan: {database_max_age_hours: 720}}
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from supplychain.encoding import parse_yaml
from supplychain.files import MIB, read_bytes
from supplychain.inventory.target import DocumentTarget, EnvironmentTarget
from supplychain.pipeline.config_fields import (
    SCANS,
    Build,
    PolicyPlace,
    Quality,
    bad,
    build_in,
    inventories_in,
    mapping_of,
    name_in,
    overrides_in,
    policies_in,
    quality_in,
    scans_in,
    store_in,
    text_of,
    texts_of,
    timeouts_in,
)
from supplychain.store.place import Place

CONFIG_NAME = "supplychain.yaml"
DEFAULT_STORE = ".supplychain/store"
_FIELDS = frozenset(
    {
        "version",
        "name",
        "build",
        "environments",
        "exclude",
        "trust",
        "key",
        "signer",
        "timestamp",
        "log",
        "trusted_root",
        "store",
        "policies",
        "engine",
        "overrides",
        "timeouts",
        "scans",
        "licenses_from",
        "quality",
        "baseline",
        "vex",
        "vex_products",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """A project's configuration."""

    root: Path
    name: str
    build: Build | None = None
    environments: tuple[str, ...] = ("dev", "staging", "production")
    exclude: tuple[str, ...] = ()
    scans: tuple[str, ...] = SCANS[:2]
    licenses_from: tuple[DocumentTarget | EnvironmentTarget, ...] = ()
    """Targets whose inventories know the licences of what lock files only name."""
    quality: tuple[Quality, ...] = ()
    trust: Path
    key: Path | None = None
    signer: str = ""
    """URI of the signer; empty: a key in a file."""
    timestamp: str = ""
    """Address of a timestamp authority."""
    log: str = ""
    """Address of a transparency log."""
    trusted_root: Path | None = None
    store: Place
    policies: PolicyPlace | None = None
    engine: str = "regorus"
    baseline: str = ""
    """What findings are held against: a file or a git revision; empty: nothing."""
    vex: tuple[str, ...] = ()
    """VEX documents, relative to the folder."""
    vex_products: tuple[str, ...] = ()
    """purls by which suppliers know the project."""
    overrides: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)
    timeouts: Mapping[str, float] = field(default_factory=dict)
    """Stage name to seconds."""
    given: bool = False
    """Whether a configuration file was there."""

    @property
    def not_source(self) -> tuple[str, ...]:
        """Patterns of files in the tree that are products, not source."""
        reports = (pattern for entry in self.quality for pattern in entry.reports)
        return (".supplychain/*", *(self.build.products if self.build else ()), *reports)


def load_config(root: Path, path: Path | None = None) -> Config:
    """Read the configuration of a project folder; without a file, the defaults.

    Args:
        root: Project folder.
        path: Configuration file, when it is not `root/supplychain.yaml`.

    Raises:
        UsageError: A file that was named is not there.
        MalformedInput: Not YAML, an unknown field or a value of the wrong kind.
    """
    file = path or root / CONFIG_NAME
    if path is None and not file.exists():
        return Config(root=root, name=default_name(root), trust=root / "trust.yaml", store=root / DEFAULT_STORE)
    where = str(file)
    body = mapping_of(parse_yaml(read_bytes(file, max_bytes=MIB, what="a configuration"), where=where), where, _FIELDS)
    if body.get("version") != 1:
        raise bad(where, "the version is not supported", "version: 1", repr(body.get("version")))
    environments = tuple(
        name_in(name, f"{where}: environments")
        for name in texts_of(body, "environments", where, ("dev", "staging", "production"))
    )
    return Config(
        root=root,
        name=name_in(text_of(body, "name", where, default_name(root)), f"{where}: name"),
        build=build_in(body["build"], f"{where}: build") if body.get("build") is not None else None,
        environments=environments,
        exclude=texts_of(body, "exclude", where, ()),
        scans=scans_in(texts_of(body, "scans", where, SCANS[:2]), f"{where}: scans"),
        licenses_from=inventories_in(texts_of(body, "licenses_from", where, ()), root, f"{where}: licenses_from"),
        quality=quality_in(body.get("quality") or [], f"{where}: quality"),
        trust=root / text_of(body, "trust", where, "trust.yaml"),
        key=(root / Path(text_of(body, "key", where, "")).expanduser()) if body.get("key") else None,
        signer=_signer(body, where),
        timestamp=text_of(body, "timestamp", where, ""),
        log=text_of(body, "log", where, ""),
        trusted_root=(root / text_of(body, "trusted_root", where, "")) if body.get("trusted_root") else None,
        store=store_in(text_of(body, "store", where, DEFAULT_STORE), root, f"{where}: store"),
        policies=policies_in(body.get("policies"), root, f"{where}: policies"),
        engine=text_of(body, "engine", where, "regorus"),
        baseline=text_of(body, "baseline", where, ""),
        vex=texts_of(body, "vex", where, ()),
        vex_products=texts_of(body, "vex_products", where, ()),
        overrides=overrides_in(body.get("overrides") or {}, environments, f"{where}: overrides"),
        timeouts=timeouts_in(body.get("timeouts") or {}, f"{where}: timeouts"),
        given=True,
    )


def default_name(root: Path) -> str:
    """The name of a project that gives none: that of its folder, with what no name may hold replaced."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", root.absolute().name).lstrip("._-") or "project"


def _signer(body: Mapping[str, Any], where: str) -> str:
    if body.get("signer") and body.get("key"):
        raise bad(where, "there are two signers", "one of key and signer", "both")
    return text_of(body, "signer", where, "")

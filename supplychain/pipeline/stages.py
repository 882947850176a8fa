"""The stages of `run` up to the evidence: each a function from values to values, each kept by the digest of its inputs.

A result that is kept is stated again with the time it was really made; after REFRESH it is made anew, so that
"the newest scan" is never older than that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from supplychain import __version__
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import Source
from supplychain.cache import Cache
from supplychain.encoding import canonical_json, format_time, parse_json_object, parse_time
from supplychain.inventory.collect import collect_directory
from supplychain.inventory.cyclonedx import to_cyclonedx
from supplychain.inventory.cyclonedx_schema import validate_cyclonedx
from supplychain.inventory.installed import with_licenses_of
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import inventory_of
from supplychain.pipeline.beside import Beside
from supplychain.pipeline.config import Config
from supplychain.scan.dependencies import DependencyScanner
from supplychain.scan.interface import Scanner
from supplychain.scan.licenses import UNKNOWN, LicenseScanner
from supplychain.scan.semgrep import SemgrepScanner
from supplychain.scan.source_secrets import SourceSecretScanner
from supplychain.statement.predicates import scan, vulns
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.vulns import Vulns

REFRESH = timedelta(hours=12)
"""How long a kept scan is good for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one scan stage saw, ready to be stated."""

    kind: str
    predicate_type: str
    predicate: Mapping[str, Any]
    reused: bool

    @property
    def findings(self) -> int:
        """Number of findings."""
        if self.predicate_type == vulns.TYPE:
            return len(self.predicate["scanner"]["result"])
        return len(self.predicate["findings"])

    @property
    def skipped(self) -> int:
        """Number of things that were not looked at."""
        return sum(entry.get("count", 1) for entry in self.predicate["coverage"]["skipped"])

    def note(self) -> str:
        """What it saw, in a few words."""
        if self.kind == "licenses":
            unknown = sum(finding["id"] == UNKNOWN for finding in self.predicate["findings"])
            return f"{self.findings} components, {unknown} of them under an unknown licence"
        skipped = f", {self.skipped} not looked at" if self.skipped else ""
        return f"{self.findings} findings{skipped}{' (unchanged)' if self.reused else ''}"


def inventory(config: Config) -> Sbom:
    """List what the source declares (see `collect_directory` and `inventory_of` for errors)."""
    sbom = collect_directory(config.root, name=config.name, exclude=config.exclude)
    return with_licenses_of(sbom, (inventory_of(target) for target in config.licenses_from))


def scan_dependencies(config: Config, sbom: Sbom, database: Path, cache: Cache, beside: Beside) -> Seen:
    """Hold the components against the advisory database."""
    return _scan(DependencyScanner(sbom, database), cache, beside, excluded=config.exclude, sbom=sbom)


def scan_source(config: Config, cache: Cache, beside: Beside) -> Seen:
    """Look for weaknesses in the source (SAST)."""
    timeout = config.timeouts.get("sast", 900.0)
    scanner = SemgrepScanner(config.root, exclude=config.exclude, timeout_s=timeout)
    return _scan(scanner, cache, beside, excluded=config.exclude)


def scan_secrets(config: Config, cache: Cache, beside: Beside) -> Seen:
    """Look for secrets in the source."""
    scanner = SourceSecretScanner(config.root, exclude=config.exclude)
    return _scan(scanner, cache, beside, excluded=config.exclude)


def scan_licenses(config: Config, sbom: Sbom, cache: Cache, beside: Beside) -> Seen:
    """Say under which licence each component is."""
    return _scan(LicenseScanner(sbom), cache, beside, excluded=config.exclude)


def write_sbom(
    sbom: Sbom, artifacts: Sequence[Artifact], source: Source, cache: Cache, *, at: datetime
) -> tuple[bytes, datetime]:
    """The validated CycloneDX 1.6 document of the products, and the time it was made."""
    key = {
        "stage": "sbom",
        "version": __version__,
        "tree": source.tree.hex,
        "components": Digest.of_bytes(repr(sbom).encode()).hex,
        "subjects": [str(artifact.digest) for artifact in artifacts],
    }
    kept = cache.get(key)
    if kept is not None:
        entry = parse_json_object(kept, where="the SBOM cache")
        created = parse_time(entry["created"], where="the SBOM cache")
        if timedelta() <= at - created <= REFRESH:
            return entry["document"].encode("utf-8"), created
    document = to_cyclonedx(replace(sbom, subjects=tuple(artifacts)), at=at)
    validate_cyclonedx(document, spec="1.6", where="the SBOM just written")
    cache.put(key, canonical_json({"created": format_time(at), "document": document.decode("utf-8")}))
    return document, at


def _scan(
    scanner: Scanner, cache: Cache, beside: Beside, *, excluded: tuple[str, ...], sbom: Sbom | None = None
) -> Seen:
    at = beside.at
    key = {"stage": "scan", "version": __version__, "kind": scanner.kind, "excluded": excluded, **scanner.fingerprint()}
    key |= beside.key(scanner.kind)
    kind = vulns.TYPE if scanner.kind == "dependencies" else scan.TYPE
    kept = cache.get(key)
    if kept is not None:
        predicate = parse_json_object(kept, where="the scan cache")
        finished = parse_time(predicate["metadata"]["scanFinishedOn"], where="the scan cache")
        if timedelta() <= at - finished <= REFRESH:
            return Seen(kind=scanner.kind, predicate_type=kind, predicate=predicate, reused=True)
    result = scanner.scan()
    result = replace(result, coverage=replace(result.coverage, excluded=excluded))
    result, stated = beside.judge(result, sbom)
    made = Vulns.of if kind == vulns.TYPE else Scan.of
    predicate = made(result, at=at, beside=stated).to_json()
    if result.coverage.complete:
        cache.put(key, canonical_json(predicate))
    return Seen(kind=scanner.kind, predicate_type=kind, predicate=predicate, reused=False)

"""A project at work: its configuration, its store, its trust, its signer, opened once and handed to the verbs.

Without `trust.yaml` (no `supplychain init` yet) `run` works with the user's key, trusts it, and says so; every other
verb uses that trust where it is there already, and never makes any.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from supplychain.cache import Cache
from supplychain.errors import UsageError
from supplychain.files import write_atomic, write_new
from supplychain.pipeline.build import BUILDER
from supplychain.pipeline.config import DEFAULT_STORE, Config, load_config
from supplychain.pipeline.config_fields import PolicyPlace
from supplychain.pipeline.policy_base import Base, Named, open_base
from supplychain.pipeline.policy_place import fetch_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.signers import Choice, open_signer, signer_uri
from supplychain.pipeline.trust import open_trust
from supplychain.policy.engine import TIME_LIMIT_S, Engine
from supplychain.policy.engines import engine_of
from supplychain.policy.policy_files import PolicyFiles, of_folder
from supplychain.policy.policy_set import PolicySet, load_policies
from supplychain.promotion.ladder import Ladder
from supplychain.signing.identity import PublicKey
from supplychain.signing.interface import Signer
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.signing.registry import SignerUri
from supplychain.store.interface import Store
from supplychain.store.place import Place, open_store
from supplychain.verification.dossier import Known
from supplychain.verification.trust import Trust, no_trust

DATABASE_NAME = "advisories.sqlite"


@lru_cache(maxsize=1)
def _installed(folder: Path) -> PolicyFiles:
    """The files that come with supplychain: like its code they are read once."""
    return of_folder(folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A project folder and everything it needs to be worked on."""

    config: Config
    home: Path
    """The user's folder."""
    store: Store
    records: Path
    """The folder that decision records lie in: that of the store, or a local one where the store is none."""
    trust: Trust
    notes: tuple[str, ...] = ()
    """What a person should be told about how the project was opened."""
    base: Base | None = None
    """The trusted revision that judges, when one was asked for."""
    fetched: dict[tuple[PolicyPlace | None, str, datetime], PolicyFiles] = field(
        default_factory=dict, repr=False, compare=False
    )
    """Policies as they were read, by place, trust and time of the decision."""
    known: Known = field(default_factory=Known, repr=False, compare=False)
    """Evidence that was verified for the rung before."""
    choice: Choice | None = None
    """What the command line says about signing."""

    @property
    def cache(self) -> Cache:
        """Results kept for this user."""
        return Cache(self.home)

    @property
    def database(self) -> Path:
        """Where the advisory database lies, if there is one."""
        return self.home / DATABASE_NAME

    @property
    def ladder(self) -> Ladder:
        """The environments."""
        return Ladder(environments=(self.base or self).config.environments)

    def policies(self, environment: str, *, at: datetime) -> PolicySet:
        """The policy set of an environment, on its base (see `load_policies` and `fetch_policies` for errors)."""
        asked = (self.config.policies, self.trust.where, at)
        if asked not in self.fetched:  # once for one decision time: a tag must not move between two rungs of a run
            place = self.config.policies
            found = fetch_policies(place, self.trust, at=at) if place else _installed(policies_folder())
            self.fetched.clear()
            self.fetched[asked] = found
        files = self.fetched[asked]
        own = load_policies(files, environment, overrides=self.config.overrides.get(environment))
        return own.on(self.base.policies(environment)) if self.base else own

    def engine(self) -> Engine:
        """The policy engine of the configuration. Raises UsageError when there is none of that name."""
        return engine_of(self.config.engine, limit_s=self.config.timeouts.get("policy", TIME_LIMIT_S))

    def on_base(self, named: Named, *, at: datetime, make_trust: bool = False) -> Workspace:
        """The same, judged by what a git revision says (see `open_base` for errors).

        Args:
            named: The revision, and what else the command line names.
            at: Time of the decision.
            make_trust: As `open_workspace`, for a revision without a trust file.
        """
        base = open_base(self.config.root, named, at=at)
        note = f"judged by {named.revision} ({base.commit[:12]}): its rules, thresholds, ladder"
        trust = base.trust
        if trust is None:
            path = user_trust(self.home, key_path(base.config, self.home), make=make_trust, missing=base.config.trust)
            trust = open_trust(path)
            note += f"; it has no trust file: trusting your own key, by {path}"
        else:
            note += " and trust"
        config = base.govern(self.config)
        return replace(
            self,
            config=config,
            base=base,
            trust=trust,
            fetched={},
            store=open_store(config.store),
            records=records_folder(config, config.store),
            notes=(*self.notes, note),
        )

    def signer(self) -> Signer:
        """The signer with its witnesses (see `open_signer` for errors)."""
        return open_signer(self.config, self.home, self.choice)


def open_workspace(
    root: Path, home: Path, *, config: Path | None = None, trust: Path | None = None, make_trust: bool = False
) -> Workspace:
    """Open a project folder.

    Args:
        root: The project folder.
        home: The user's folder.
        config: Configuration file, when it is not `root/supplychain.yaml`.
        trust: Trust file, when it is not the configured one.
        make_trust: Where there is no trust file, make one that trusts the user's own key.

    Raises:
        UsageError: The folder or a named file is missing, or there is no trust file.
        MalformedInput: The configuration or the trust file is not one.
    """
    if not root.is_dir():
        raise UsageError("no such folder", code="FILE_MISSING", where=str(root), expected="the folder of a project")
    found = load_config(root, config)
    path = trust or found.trust
    notes: tuple[str, ...] = ()
    if trust is None and not path.exists():
        if SignerUri.parse(signer_uri(found, home)[0]).scheme != "file":
            raise no_trust(str(path))  # whose word a certificate or a key elsewhere is, nobody has said
        path = user_trust(home, key_path(found, home), make=make_trust, missing=path)
        notes = (f"no {found.trust.name} here: trusting your own key, by {path}",)
    believed = open_trust(path)
    return Workspace(
        config=found,
        home=home,
        store=open_store(found.store),
        records=records_folder(found, found.store),
        trust=believed,
        notes=notes,
    )


def records_folder(config: Config, store: Place) -> Path:
    """Where the decision records of a project lie that keeps its evidence in this store."""
    return store if isinstance(store, Path) else config.root / DEFAULT_STORE


def key_path(config: Config, home: Path) -> Path:
    """Where the signing key lies, when the signer is a key in a file; else the user's own key."""
    text, base = signer_uri(config, home)
    uri = SignerUri.parse(text, base=base)
    return uri.file(uri.path) if uri.scheme == "file" else home / "keys" / "signing.pem"


def key_password() -> bytes | None:
    """The password of the signing key, from `SUPPLYCHAIN_KEY_PASSWORD`."""
    text = os.environ.get("SUPPLYCHAIN_KEY_PASSWORD")
    return text.encode("utf-8") if text else None


def ensure_key(path: Path) -> bool:
    """Make a key pair where there is none; tell whether it was made. Never overwrites."""
    if path.exists():
        return False
    private, public = generate_pem("ecdsa-p256", password=key_password())
    made = write_new(path, private, mode=0o600)
    if made:
        write_atomic(path.with_suffix(".pub"), public)
    return made


def user_trust(home: Path, key: Path, *, make: bool, missing: Path) -> Path:
    """The user's own trust file, which names the user's own key; made, with the key, when asked to.

    Raises:
        UsageError: It is not there and not to be made.
    """
    if make and not (os.environ.get("SUPPLYCHAIN_KEY") or os.environ.get("SUPPLYCHAIN_SIGNER")):
        ensure_key(key)
    if not make and not key.exists():
        raise no_trust(str(missing))
    public = LocalKey.load(key, password=key_password()).public_key
    path = home / "trust" / f"{_file_name(public)}.yaml"
    if make:
        write_new(path, trust_text("me", public).encode("utf-8"))
    if not path.exists():
        raise no_trust(str(missing))
    return path


def trust_text(name: str, public: PublicKey) -> str:
    """A trust file that names one key for every kind of claim, and grants local builds SLSA build level 1."""
    pem = "".join(f"      {line}\n" for line in public.pem.strip().splitlines())
    return (
        "# Who may claim what about which artifacts. `docs/trust.md` explains every field.\n"
        "version: 1\n"
        "identities:\n"
        f"  {name}:\n"
        f"    key: |\n{pem}"
        "rules:\n"
        "  - claims: [provenance]\n"
        f"    signers: [{name}]\n"
        '    artifacts: ["*"]\n'
        f'    builders: {{"{BUILDER}": 1}}\n'
        "  - claims: [sbom, vulns, scan, test-result, link, layout, waiver, approval]\n"
        f"    signers: [{name}]\n"
        '    artifacts: ["*"]\n'
        "  - claims: [vsa]\n"
        f"    signers: [{name}]\n"
        '    artifacts: ["*"]\n'
    )


def _file_name(public: PublicKey) -> str:
    return "".join(c for c in public.keyid if c.isalnum())[:20]

"""The signer of a project: chosen by URI, with the witnesses that the configuration names, and checked as it signs.

Which: `--signer`, `SUPPLYCHAIN_SIGNER`, `SUPPLYCHAIN_KEY`, the configuration's `signer` or `key`, the user's own key.
Witnesses: a timestamp authority and a log that are named; for keyless signing those of the Sigstore instance.
Signing and verification meet only here: before an envelope with witnesses leaves, it is verified as a reader would.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.files import MIB, read_bytes
from supplychain.pipeline.config import Config
from supplychain.signing.interface import Signer
from supplychain.signing.registry import SignerUri, load_signer

if TYPE_CHECKING:
    from supplychain.signing.keyless import Services
    from supplychain.signing.sigstore_bundle import SigstoreBundle
    from supplychain.signing.timestamp import TimestampAuthority
    from supplychain.verification.sigstore.facts import ManagedKey
    from supplychain.verification.sigstore.trusted_root import TrustedRoot

_MAX_ROOT = 4 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the command line says about signing; what is None is left to the environment and the configuration."""

    signer: str | None = None
    identity_token: Path | None = None
    timestamp: str | None = None
    log: str | None = None
    trusted_root: Path | None = None


def signer_uri(config: Config, home: Path, choice: Choice | None = None) -> tuple[str, Path]:
    """The signer's URI or path, and where its relative paths start."""
    if choice is not None and choice.signer:
        return choice.signer, Path()
    given = os.environ.get("SUPPLYCHAIN_SIGNER") or os.environ.get("SUPPLYCHAIN_KEY")
    if given:
        return given, Path()
    if config.signer:
        return config.signer, config.root
    return f"file:{config.key or home / 'keys' / 'signing.pem'}", Path()


def open_signer(config: Config, home: Path, choice: Choice | None = None) -> Signer:
    """The signer, with its witnesses.

    Raises:
        UsageError, MalformedInput, ToolFailed: As `load_signer`; an address that is none; a missing trusted root.
    """
    choice = choice or Choice()
    text, base = signer_uri(config, home, choice)
    if SignerUri.parse(text).scheme == "file":
        signer = load_signer(text, identity_token=choice.identity_token, base=base)
    else:
        signer = _kept(text, choice.identity_token, base)
    services: Services | None = getattr(signer, "services", None)
    timestamps = _first(choice.timestamp, config.timestamp, services.timestamps if services else ())
    logs = _first(choice.log, config.log, services.logs[:1] if services else ())
    if not timestamps and not logs and services is None:
        return signer
    return _witnessed(signer, timestamps, logs, root_of(config, choice, services), queue_folder(config))


def queue_folder(config: Config) -> Path:
    """Where log entries that are still to be made are noted, for a project."""
    return config.root / ".supplychain" / "pending"


def root_of(config: Config, choice: Choice, services: Services | None = None) -> TrustedRoot | None:
    """The trusted root that answers are held against: a file that is named, else the Sigstore instance's own."""
    from supplychain.verification.sigstore.trusted_root import TrustedRoot

    path = choice.trusted_root or config.trusted_root
    if path is not None:
        data = read_bytes(path, max_bytes=_MAX_ROOT, what="a trusted root")
        return TrustedRoot.parse(data, where=str(path))
    return TrustedRoot.parse(services.trusted_root, where="the trust configuration") if services else None


def check_bundle(data: bytes, pem: str, artifact: bytes | None = None, *, root: TrustedRoot | None) -> None:
    """Verify a bundle as a reader would who knows the signer.

    Args:
        data: With its material; where a log entry is pending, none is asked for.
        pem: Public key or certificate of the signer.
        artifact: Where the artifact itself was signed, not a statement.
        root: None, where there is none: then a log entry must at least be about this signature.

    Raises:
        VerificationFailed: A step failed.
        MalformedInput: Something cannot be read.
    """
    from supplychain.signing.sigstore_bundle import SigstoreBundle
    from supplychain.verification.sigstore.claims import claims_of
    from supplychain.verification.sigstore.facts import CertificateIdentity, ManagedKey, Requirements
    from supplychain.verification.sigstore.loading import parse_certificate
    from supplychain.verification.sigstore.verifier import verify_bundle

    bundle = SigstoreBundle.parse(data, where="what was signed")
    signer: ManagedKey | CertificateIdentity
    if bundle.certificate is None:
        signer = ManagedKey.parse(pem.encode(), where="the signer's key")
        required = Requirements(log_entries=0, times=0, scts=0)
        if root is None:
            _check_entries(bundle, signer, artifact)
            return
    else:
        claims = claims_of(parse_certificate(bundle.certificate))
        signer = CertificateIdentity(identity=claims.identity, issuer=claims.issuer)
        scts = 1 if root is not None and root.ct_logs else 0
        required = Requirements(log_entries=1 if bundle.entries else 0, times=1, scts=scts)
    if root is None:
        raise AssertionError("keyless signing always has a trusted root")
    verify_bundle(bundle, artifact=artifact, trusted_root=root, signer=signer, requirements=required)


def _check_entries(bundle: SigstoreBundle, signer: ManagedKey, artifact: bytes | None) -> None:
    """Without a trusted root: the entries must be about this signature."""
    from supplychain.verification.sigstore.content import Subject
    from supplychain.verification.sigstore.entry import Signed, check_entry

    signed = Signed(
        signature=bundle.signature,
        key=signer.key,
        certificate=None,
        envelope=bundle.envelope,
        digests=Subject.of(artifact).digests,
    )
    for entry in bundle.entries:
        check_entry(entry, signed)


@lru_cache(maxsize=8)
def _kept(text: str, token: Path | None, base: Path) -> Signer:
    """One certificate, or one connection to a key, for everything that is signed in this process."""
    return load_signer(text, identity_token=token, base=base)


def _first(given: str | None, configured: str | None, usual: Sequence[str]) -> tuple[str, ...]:
    one = given or configured
    return (one,) if one else tuple(usual)


def _witnessed(
    signer: Signer, timestamps: Sequence[str], logs: Sequence[str], root: TrustedRoot | None, queue: Path
) -> Signer:
    from supplychain.signing.log import Log
    from supplychain.signing.witnessed import Witnessed

    return Witnessed(
        inner=signer,
        authorities=tuple(_authority(url, root) for url in timestamps),
        log=Log.at(logs[0]) if logs else None,
        check=partial(check_bundle, root=root),
        queue=queue,
    )


def _authority(url: str, root: TrustedRoot | None) -> TimestampAuthority:
    from supplychain.signing.timestamp import TimestampAuthority
    from supplychain.verification.sigstore.timestamp_answer import check_answer

    known = root.timestamp_authorities if root is not None else None

    def check(response: bytes, signature: bytes, nonce: int) -> None:
        check_answer(response, signature, nonce, authorities=known)

    return TimestampAuthority.at(url, check)

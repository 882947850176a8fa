"""Verify evidence that no key of the user's signed: by a certificate's identity, or by a publicly known builder.

Reads files, image layouts and trusted roots; the judging is in `verification.provenance` and `verification.sigstore`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import UsageError
from supplychain.files import MIB, read_bytes
from supplychain.signing.envelope import MAX_ENVELOPE
from supplychain.statement.predicates.registry import KINDS
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance.evidence import family_of

if TYPE_CHECKING:
    from supplychain.signing.sigstore_bundle import SigstoreBundle
    from supplychain.verification.provenance.outcome import PublicProvenance
    from supplychain.verification.sigstore.trusted_root import TrustedRoot
    from supplychain.verification.trust import Trust

LAYOUT = "oci-layout"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One verified piece of evidence, to be told."""

    kind: str
    predicate_type: str
    """Empty for a signature over the artifact itself."""
    signers: tuple[str, ...]
    refs: tuple[str, ...]
    told: str
    """What it says, in one line."""
    builder_id: str = ""
    builder_level: int = 0
    source: str = ""
    ref: str = ""

    def to_json(self) -> dict[str, Any]:
        """For `--format json`; what is not known is left out."""
        known: dict[str, Any] = {
            "kind": self.kind,
            "predicate_type": self.predicate_type,
            "signers": list(self.signers),
            "refs": list(self.refs),
        }
        if self.builder_id:
            known |= {"builder_id": self.builder_id, "builder_level": self.builder_level}
        known |= {name: value for name, value in (("source", self.source), ("ref", self.ref)) if value}
        return known


def is_keyed(path: Path) -> bool:
    """Whether a file of evidence is signed by a key that the user must name. Imports nothing heavy.

    Raises:
        UsageError: The file cannot be read.
        MalformedInput: It is no evidence at all.
    """
    if path.is_dir():
        return False
    return family_of(read_bytes(path, max_bytes=MAX_ENVELOPE, what="evidence"), where=str(path)) == "keyed"


def digests_of(text: str, artifact: Artifact) -> tuple[Digest, ...]:
    """The digests of an artifact by SHA-256 and SHA-512 where it is a file; else the one that was given.

    Raises:
        UsageError: The file changed while it was read.
    """
    if not artifact.name or not Path(text).is_file():
        return (artifact.digest,)
    first, second = hashlib.sha256(), hashlib.sha512()
    with Path(text).open("rb") as handle:
        while piece := handle.read(_PIECE):
            first.update(piece)
            second.update(piece)
    if first.hexdigest() != artifact.digest.hex:
        raise UsageError("the artifact changed while it was read", code="ARTIFACT_CHANGED", where=text)
    return artifact.digest, Digest(algorithm="sha512", hex=second.hexdigest())


def others_of(text: str, artifact: Artifact, trust: Trust) -> tuple[Digest, ...]:
    """Digests of an artifact beside its own; only the evidence of public builders needs any. Raises as `digests_of`."""
    return digests_of(text, artifact)[1:] if trust.public else ()


def verify_builders(
    files: Sequence[Path],
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    trusted_root: Path | None = None,
) -> tuple[Outcome, ...]:
    """Verify provenance by public builders; every file must verify.

    Raises:
        UsageError: No source is expected, or a file cannot be read.
        VerificationFailed: One does not verify; the code names the cause.
        MalformedInput: One cannot be read.
    """
    from supplychain.verification.provenance.public import check_asked, verify_any, verify_public

    check_asked(expected)
    root = _root(trusted_root)
    found = []
    for path in files:
        where = str(path)
        if path.is_dir():
            proved = verify_any(_layout(path), digests, expected, root=root, where=where)
        else:
            data = read_bytes(path, max_bytes=MAX_ENVELOPE, what="provenance")
            proved = verify_public(data, digests, expected, root=root, where=where)
        found.append(_outcome(proved))
    return tuple(found)


def verify_identity(
    files: Sequence[Path],
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    who: tuple[str, str],
    trusted_root: Path | None = None,
) -> tuple[Outcome, ...]:
    """Verify Sigstore bundles by a certificate's identity and issuer; every file must verify.

    Raises:
        VerificationFailed: One does not verify; the code names the cause.
        MalformedInput: One cannot be read.
    """
    from supplychain.verification.provenance.named import verify_named
    from supplychain.verification.sigstore.facts import CertificateIdentity
    from supplychain.verification.sigstore.formats import parse_bundles

    signer, root = CertificateIdentity(identity=who[0], issuer=who[1]), _root(trusted_root)
    found: list[Outcome] = []
    for path in files:
        where = str(path)
        bundles = _layout(path) if path.is_dir() else parse_bundles(_read(path), where=where)
        for one in verify_named(bundles, digests, expected, signer=signer, root=root, where=where):
            predicate_type = one.statement.predicate_type if one.statement else ""
            kind = _kind(predicate_type) if one.statement else "signature"
            found.append(
                Outcome(
                    kind=kind,
                    predicate_type=predicate_type,
                    signers=(one.signer,),
                    refs=(where,),
                    told=f"signed by {one.signer}, vouched for by {who[1]}",
                )
            )
    return tuple(found)


def _outcome(proved: PublicProvenance) -> Outcome:
    place = f"{proved.source}@{proved.ref}" if proved.ref else proved.source
    built = f"built by {proved.builder_id}, level {proved.builder_level}, from {place}"
    return Outcome(
        kind="provenance",
        predicate_type=proved.statement.predicate_type,
        signers=(proved.signer,),
        refs=(proved.where,),
        told=f"{built}; signed by {proved.signer}",
        builder_id=proved.builder_id,
        builder_level=proved.builder_level,
        source=proved.source,
        ref=proved.ref,
    )


def _root(path: Path | None) -> TrustedRoot:
    from supplychain.verification.sigstore.roots import load_root
    from supplychain.verification.sigstore.trusted_root import MAX_ROOT, TrustedRoot

    if path is None:
        return load_root("production")
    return TrustedRoot.parse(read_bytes(path, max_bytes=MAX_ROOT, what="a trusted root"), where=str(path))


def _layout(path: Path) -> tuple[SigstoreBundle, ...]:
    from supplychain.verification.provenance.layout import bundles_in_layout

    if not (path / LAYOUT).is_file():
        raise UsageError("a folder that is no OCI layout", code="NOT_A_LAYOUT", where=str(path), expected=LAYOUT)
    index = read_bytes(path / "index.json", max_bytes=MIB, what="the index of an OCI layout")
    return bundles_in_layout(index, _blobs(path), where=str(path))


def _blobs(path: Path) -> Callable[[Digest], bytes]:
    # A digest is checked hexadecimal, so it cannot lead out of the folder.
    return lambda digest: _read(path / "blobs" / digest.algorithm / digest.hex)


def _read(path: Path) -> bytes:
    return read_bytes(path, max_bytes=MAX_ENVELOPE, what="evidence")


def _kind(predicate_type: str) -> str:
    older = predicate_type.startswith("https://slsa.dev/provenance/")
    return "provenance" if older else KINDS.get(predicate_type, "other")

"""What was signed: an artifact itself, or an envelope with a statement about it (steps 8 and 10 of `verifier`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supplychain.artifact.digest import LENGTHS, Digest, parse_digest_set
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.signing.sigstore_bundle import MessageSignature, SigstoreBundle
from supplychain.statement.statement import PAYLOAD_TYPE, STATEMENT_TYPE, STATEMENT_TYPE_V0
from supplychain.verification.sigstore.entry import Signed
from supplychain.verification.sigstore.keys import accepts, accepts_digest, digest_of, hashes_of, kinds_of

Artifact = bytes | Digest | Sequence[Digest] | None
"""The artifact's bytes, or its digest, or several digests of it by different algorithms; None: not asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is known about the artifact."""

    data: bytes | None
    digests: Mapping[str, bytes]
    """Digest by algorithm; empty when no artifact was asked for."""

    @staticmethod
    def of(artifact: Artifact) -> Subject:
        """Everything a given artifact tells.

        Raises:
            ValueError: An empty list of digests, or two by one algorithm: that names no artifact.
        """
        if artifact is None:
            return Subject(data=None, digests={})
        if isinstance(artifact, bytes):
            return Subject(data=artifact, digests={name: digest_of(artifact, name) for name in LENGTHS})
        given = [artifact] if isinstance(artifact, Digest) else artifact
        digests: dict[str, bytes] = {digest.algorithm: bytes.fromhex(digest.hex) for digest in given}
        if not digests or len(digests) != len(given):
            raise ValueError("an artifact is named by at least one digest, and one for each algorithm")
        return Subject(data=None, digests=digests)

    @property
    def digest(self) -> Digest | None:
        """The digest it is best called by."""
        name = next((name for name in LENGTHS if name in self.digests), None)
        return Digest.parse(f"{name}:{self.digests[name].hex()}") if name else None


def check_signature(bundle: SigstoreBundle, signed: Signed, subject: Subject) -> None:
    """Check that the signer's key signed the envelope, or the artifact.

    Raises:
        VerificationFailed: `SIGNATURE_MISMATCH`, `WRONG_ARTIFACT`.
    """
    if bundle.message is not None:
        good = _artifact_signed(bundle.message, signed, subject)
    else:
        good = bundle.envelope is not None and accepts(signed.key, signed.signature, bundle.envelope.pae())
    if not good:
        raise VerificationFailed(
            "the signature does not match",
            code="SIGNATURE_MISMATCH",
            expected="a signature by the signer's key over exactly these bytes",
            found="a signature over something else, or by another key",
        )


def check_statement(envelope: Envelope, subject: Subject) -> Digest | None:
    """Find the artifact among the subjects of the signed statement; None when no artifact was asked for.

    A subject with several digests must agree in every one that is known of the artifact.

    Raises:
        VerificationFailed: `PAYLOAD_TYPE`, `WRONG_ARTIFACT`.
        MalformedInput: The payload is no statement.
    """
    if not subject.digests:
        return None
    if envelope.payload_type != PAYLOAD_TYPE:
        raise VerificationFailed(
            "the envelope carries another type of payload",
            code="PAYLOAD_TYPE",
            expected=PAYLOAD_TYPE,
            found=envelope.payload_type[:120],
        )
    body = parse_json_object(envelope.payload, where="")
    subjects = body.get("subject")
    if body.get("_type") not in (STATEMENT_TYPE, STATEMENT_TYPE_V0) or not isinstance(subjects, list):
        raise MalformedInput(
            "not an in-toto statement", code="NOT_A_STATEMENT", expected=STATEMENT_TYPE, found=str(body.get("_type"))
        )
    found: list[str] = []
    for item in subjects:
        digests = parse_digest_set(item.get("digest") if isinstance(item, dict) else None, where="subject")
        found += [str(digest) for digest in digests]
        shared = [digest for digest in digests if digest.algorithm in subject.digests]
        if shared and all(subject.digests[digest.algorithm].hex() == digest.hex for digest in shared):
            return shared[0]
    raise _wrong_artifact(", ".join(found)[:300], subject)


def _artifact_signed(message: MessageSignature, signed: Signed, subject: Subject) -> bool:
    if not subject.digests:
        raise VerificationFailed("there is a signature over an artifact, and no artifact", code="WRONG_ARTIFACT")
    # 1. The digest the bundle states is not signed; where it differs, the bundle was made for something else.
    known = subject.digests.get(message.algorithm or "")
    if known is not None and known != message.digest:
        raise _wrong_artifact(f"{message.algorithm}:{(message.digest or b'').hex()}", subject)
    # 2. Ed25519 signs the artifact itself, everything else (and Ed25519ph) its digest.
    itself = subject.data if "ed25519" in kinds_of(signed.key) else None
    if itself is not None and accepts(signed.key, signed.signature, itself):
        return True
    usable = [name for name in hashes_of(signed.key) if name in subject.digests]
    if not usable:
        raise VerificationFailed(
            "this digest is not the one that was signed, so the signature cannot be checked with it",
            code="WRONG_ARTIFACT",
            expected="the file, or its digest by " + " or ".join(hashes_of(signed.key)),
            found=", ".join(subject.digests),
        )
    return any(accepts_digest(signed.key, signed.signature, subject.digests[name], name) for name in usable)


def _wrong_artifact(found: str, subject: Subject) -> VerificationFailed:
    return VerificationFailed(
        "the signature is about another artifact",
        code="WRONG_ARTIFACT",
        expected=str(subject.digest),
        found=found,
        hint="check that the artifact is the one that was signed, byte for byte",
    )

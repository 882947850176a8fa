"""Signatures over a file itself, as `cosign sign-blob` makes them, and cosign's files from before bundles.

- a Sigstore bundle with a message signature: the signature is over the bytes of the file;
- `{"base64Signature": …}` of cosign 1 and 2: the same, or, of `attest-blob`, a whole DSSE envelope in base64.
Such a signature is the claim "these bytes are mine" and no statement: it is told, and never reaches policy.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, UsageError, VerificationFailed
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.public import Outcome
from supplychain.signing.envelope import MAX_ENVELOPE, Signature
from supplychain.verification.blob_signature import OCTETS, OverBytes
from supplychain.verification.signature import signers_of
from supplychain.verification.trust import Trust

_MAX_FILE = 2048 * MIB
_MARKS = (b'"messageSignature"', b'"base64Signature"')


def plain_envelope(data: bytes, *, where: str) -> bytes:
    """The envelope inside of what cosign's older `attest-blob --bundle` writes; anything else as it is."""
    inside = _decoded(data, where)
    return inside if inside is not None and inside.lstrip().startswith(b"{") else data


def is_blob_signature(path: Path) -> bool:
    """Whether a file is a signature over another file.

    Raises:
        UsageError: It cannot be read.
        MalformedInput: It is JSON that two readers could read in two ways, or too much of it.
    """
    if path.is_dir():
        return False
    data = read_bytes(path, max_bytes=MAX_ENVELOPE, what="evidence")
    if not any(mark in data for mark in _MARKS):
        return False
    try:
        body = parse_json_object(data, where=str(path), max_bytes=MAX_ENVELOPE)
    except MalformedInput as error:
        if error.code == "NOT_JSON":  # perhaps lines of JSON; whoever reads them will tell
            return False
        raise
    if body.get("messageSignature") is not None:  # null says that it is not there
        return True
    return "base64Signature" in body and plain_envelope(data, where=str(path)) == data


def verify_blobs(
    text: str, artifact: Artifact, files: Sequence[Path], trust: Trust, *, at: datetime
) -> tuple[Outcome, ...]:
    """Verify signatures over a file; each must be by somebody who may sign it.

    Args:
        text: The artifact as it was given.
        artifact: The same, read.
        files: Signatures.
        trust: Who may claim what; a signature is a claim of the type that `supplychain sign` makes.
        at: Time of the decision.

    Raises:
        UsageError: The artifact was given by its digest: the signature covers the bytes.
        VerificationFailed: `WRONG_ARTIFACT`, `NOT_ALLOWED`, and those of `signers_of`.
        MalformedInput: A file is no signature.
    """
    if not files:
        return ()
    if not artifact.name:
        raise UsageError(
            "the signature is over the file itself", code="FILE_NEEDED", where=text, expected="the file, not its digest"
        )
    data = read_bytes(Path(text), max_bytes=_MAX_FILE, what="the signed file")
    if Digest.of_bytes(data) != artifact.digest:
        raise UsageError("the artifact changed while it was read", code="ARTIFACT_CHANGED", where=text)
    return tuple(_verify(path, data, artifact, trust, at=at) for path in files)


def _verify(path: Path, data: bytes, artifact: Artifact, trust: Trust, *, at: datetime) -> Outcome:
    from supplychain.pipeline.sign import RELEASE_TYPE

    where = str(path)
    signed = _signed(read_bytes(path, max_bytes=MAX_ENVELOPE, what="a signature"), data, where)
    if "publicKey" not in (signed.material or {"publicKey": ""}) and not trust.knows_certificates:
        raise VerificationFailed(
            "the signature is by a certificate",
            code="UNKNOWN_SIGNER",
            where=where,
            expected="a signature by a key",
            hint="name the identity with --certificate-identity and --certificate-oidc-issuer",
        )
    signers = {one.name for one in signers_of(signed, trust, payload_type=OCTETS, at=at, where=where)}
    covering = [rule for rule in trust.rules if rule.covers(RELEASE_TYPE, artifact.name) and rule.threshold == 1]
    allowed = sorted(signers & frozenset().union(*(rule.signers for rule in covering)))
    if not allowed:
        raise VerificationFailed(
            "the signer is known and may not make this claim",
            code="NOT_ALLOWED",
            where=where,
            expected=f"a rule with threshold 1 for {RELEASE_TYPE} about {artifact.name}",
            found=", ".join(sorted(signers)),
        )
    told = f"signed by {', '.join(allowed)}"
    return Outcome(kind="signature", predicate_type="", signers=tuple(allowed), refs=(where,), told=told)


def _signed(evidence: bytes, data: bytes, where: str) -> OverBytes:
    older = _decoded(evidence, where)
    if older is not None:
        return OverBytes(payload_type=OCTETS, payload=data, signatures=(Signature(keyid="", sig=older),))
    from supplychain.signing.sigstore_bundle import SigstoreBundle

    body = parse_json_object(evidence, where=where, max_bytes=MAX_ENVELOPE)
    bundle = SigstoreBundle.from_json(body, where=where)
    message = bundle.message
    if message is None:
        raise MalformedInput("not a signature over a file", code="NOT_A_BUNDLE", where=where)
    found = hashlib.new(message.algorithm, data).digest() if message.algorithm else None
    if message.digest is not None and found is not None and message.digest != found:
        raise VerificationFailed(
            "the signature is about another artifact",
            code="WRONG_ARTIFACT",
            where=where,
            expected=f"{message.algorithm}:{found.hex()}",
            found=f"{message.algorithm}:{message.digest.hex()}",
        )
    return OverBytes(
        payload_type=OCTETS,
        payload=data,
        signatures=(Signature(keyid=bundle.key_hint or "", sig=message.signature),),
        material=body["verificationMaterial"],
        media_type=body["mediaType"],
    )


def _decoded(data: bytes, where: str) -> bytes | None:
    """What `base64Signature` holds; None where there is none."""
    if _MARKS[1] not in data:
        return None
    body: dict[str, Any] = parse_json_object(data, where=where, max_bytes=MAX_ENVELOPE)
    text = body.get("base64Signature")
    if "mediaType" in body or not isinstance(text, str):
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedInput("the signature is no base64", code="NOT_A_BUNDLE", where=where, found=text[:60]) from None

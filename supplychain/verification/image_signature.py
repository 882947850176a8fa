"""cosign's older image signatures as the claim they make (SIGNATURE_SPEC of https://github.com/sigstore/cosign).

The signature is over the payload itself, a "simple signing" document that names the digest of an image; there is no
statement. What it says is what cosign since version 3 states: "I sign this image", of type `IMAGE_SIGNATURE`.
"""

from __future__ import annotations

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import PAYLOAD_TYPE, Statement

SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
IMAGE_SIGNATURE = "https://sigstore.dev/cosign/sign/v1"
_TYPE = "cosign container image signature"
_MAX = 64 * 1024


class _OverPayload(Envelope):
    """An envelope whose signatures are over the payload, not over its encoding."""

    __slots__ = ()

    def pae(self) -> bytes:
        return self.payload


def signable(envelope: Envelope) -> tuple[Envelope, str]:
    """An envelope with the bytes that its signatures must be over, and the payload type that it must have."""
    if envelope.payload_type != SIMPLE_SIGNING or envelope.material is not None:
        return envelope, PAYLOAD_TYPE  # nobody puts a signature of that kind into a bundle
    signatures = envelope.signatures
    return _OverPayload(payload_type=SIMPLE_SIGNING, payload=envelope.payload, signatures=signatures), SIMPLE_SIGNING


def claim_of(envelope: Envelope, *, where: str) -> Statement:
    """The statement in an envelope, after its signatures were checked.

    Raises:
        MalformedInput: `NOT_A_STATEMENT` and others.
    """
    if envelope.payload_type != SIMPLE_SIGNING:
        return Statement.parse(envelope.payload, where=where)
    critical = parse_json_object(envelope.payload, where=where, max_bytes=_MAX).get("critical")
    body = critical if isinstance(critical, dict) else {}
    image, identity = body.get("image"), body.get("identity")
    if body.get("type") != _TYPE or not isinstance(image, dict):
        raise MalformedInput(
            "not a signature of an image",
            code="NOT_A_STATEMENT",
            where=where,
            expected=f'{{"critical": {{"type": "{_TYPE}", "image": …}}}}',
            found=str(body.get("type"))[:120],
        )
    name = identity.get("docker-reference") if isinstance(identity, dict) else None
    digest = Digest.parse(str(image.get("docker-manifest-digest")), where=where)
    return Statement(
        payload=envelope.payload,
        subjects=(Artifact(name=name if isinstance(name, str) else "", digest=digest),),
        predicate_type=IMAGE_SIGNATURE,
        predicate={},
    )

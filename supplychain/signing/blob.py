"""A signature over an artifact itself, without a statement: what `cosign verify-blob` reads.

It says that somebody signed these bytes and nothing else. A statement says more, and is what policy sees.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from supplychain.encoding import parse_json_object, pretty_json
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import BUNDLE_TYPE, LogPending
from supplychain.signing.interface import Made

_NAMES: Mapping[str, str] = {"sha256": "SHA2_256", "sha384": "SHA2_384"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """A signature over an artifact, with its verification material."""

    algorithm: str
    """`sha256`, or `sha384` for P-384: the hash that the key signs with."""
    digest: bytes
    signature: bytes
    material: Mapping[str, Any]
    pending: LogPending | None = field(default=None, compare=False)
    """Set by a signer only, as `Envelope.pending`."""

    @staticmethod
    def of(data: bytes, made: Made) -> Blob:
        """The signature that was just made over an artifact, with nothing beside it."""
        algorithm = _algorithm(made.pem)
        return Blob(
            algorithm=algorithm,
            digest=hashlib.new(algorithm, data).digest(),
            signature=made.signature,
            material={**made.maker, "tlogEntries": []},
        )

    @staticmethod
    def parse(data: bytes, *, where: str) -> Blob:
        """Read back what `to_bundle` wrote.

        Raises:
            MalformedInput: `NOT_A_BUNDLE`: something else.
        """
        from supplychain.signing.sigstore_bundle import MAX_BUNDLE, SigstoreBundle

        message = SigstoreBundle.parse(data, where=where).message
        if not (message and message.digest and message.algorithm) or message.algorithm not in _NAMES:
            raise MalformedInput(
                "not a signature over an artifact",
                code="NOT_A_BUNDLE",
                where=where,
                expected=f"messageSignature with a digest by {' or '.join(_NAMES)}",
            )
        return Blob(
            algorithm=message.algorithm,
            digest=message.digest,
            signature=message.signature,
            material=parse_json_object(data, where=where, max_bytes=MAX_BUNDLE)["verificationMaterial"],
        )

    def to_bundle(self) -> bytes:
        """The Sigstore bundle v0.3."""
        stated = {"algorithm": _NAMES[self.algorithm], "digest": base64.b64encode(self.digest).decode("ascii")}
        message = {"messageDigest": stated, "signature": base64.b64encode(self.signature).decode("ascii")}
        return pretty_json(
            {"mediaType": BUNDLE_TYPE, "verificationMaterial": dict(self.material), "messageSignature": message}
        )


def _algorithm(pem: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from cryptography.x509 import load_pem_x509_certificate

    certified = "BEGIN CERTIFICATE" in pem
    key = load_pem_x509_certificate(pem.encode()).public_key() if certified else load_pem_public_key(pem.encode())
    return "sha384" if isinstance(key, EllipticCurvePublicKey) and key.curve.name == "secp384r1" else "sha256"

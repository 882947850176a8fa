"""Public keys as identities: ECDSA P-256, P-384, Ed25519 and RSA, named by the SHA-256 of their SubjectPublicKeyInfo.

The key id is what a Sigstore bundle carries as `publicKey.hint`: a hint to find the key by, never a proof.
One key has one scheme, fixed here and never taken from the evidence: an RSA key checks RSASSA-PSS with SHA-256 and
nothing else, so a PKCS 1 v1.5 signature by the same key is no signature.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from supplychain.errors import MalformedInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.padding import PSS
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    SupportedKey = EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey

RSA_PSS = "rsassa-pss-sha256"
MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
"""A larger key only costs whoever has to check its signatures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A public key that can check signatures."""

    keyid: str
    """Base64 of the SHA-256 of the DER SubjectPublicKeyInfo."""
    scheme: str
    """`ecdsa-sha2-nistp256`, `ecdsa-sha2-nistp384`, `ed25519` or `rsassa-pss-sha256`."""
    pem: str
    _check: Callable[[bytes, bytes], None] = field(repr=False, compare=False)
    """Checks a signature over data by the key's one scheme; raises InvalidSignature."""

    @staticmethod
    def parse(pem: bytes, *, where: str) -> PublicKey:
        """Read a PEM public key.

        Raises:
            MalformedInput: No PEM public key, or of an algorithm that is not accepted.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
        from cryptography.hazmat.primitives.serialization import load_pem_public_key

        try:
            key = load_pem_public_key(pem)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _bad_key(where, str(error).splitlines()[0][:120] if str(error) else "something else") from None
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in ("secp256r1", "secp384r1"):
            scheme = "ecdsa-sha2-nistp256" if key.curve.name == "secp256r1" else "ecdsa-sha2-nistp384"
            return _public(key, scheme)
        if isinstance(key, ed25519.Ed25519PublicKey):
            return _public(key, "ed25519")
        if isinstance(key, rsa.RSAPublicKey):
            if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
                raise _bad_key(where, f"RSA of {key.key_size} bits")
            return _public(key, RSA_PSS)
        raise _bad_key(where, type(key).__name__.strip("_"))

    def accepts(self, signature: bytes, data: bytes) -> bool:
        """Whether the signature is this key's over the data (ECDSA in DER; Ed25519 per RFC 8032; RSASSA-PSS)."""
        from cryptography.exceptions import InvalidSignature

        try:
            self._check(signature, data)
        except InvalidSignature:
            return False
        return True


def pss(*, for_signing: bool) -> PSS:
    """RSASSA-PSS with MGF1 and SHA-256; we salt with the length of the hash, others may use another length."""
    from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
    from cryptography.hazmat.primitives.hashes import SHA256

    return PSS(mgf=MGF1(SHA256()), salt_length=PSS.DIGEST_LENGTH if for_signing else PSS.AUTO)


def _check_by(key: SupportedKey, scheme: str) -> Callable[[bytes, bytes], None]:
    """How signatures of a key are checked, prepared once: a warm check costs little more than its arithmetic."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ed25519.Ed25519PublicKey):
        return key.verify
    if isinstance(key, rsa.RSAPublicKey):
        padding = pss(for_signing=False)
        return lambda signature, data: key.verify(signature, data, padding, hashes.SHA256())
    algorithm = ec.ECDSA(hashes.SHA256() if scheme.endswith("256") else hashes.SHA384())
    return lambda signature, data: key.verify(signature, data, algorithm)


def _public(key: SupportedKey, scheme: str) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    keyid = base64.b64encode(hashlib.sha256(der).digest()).decode("ascii")
    return PublicKey(keyid=keyid, scheme=scheme, pem=pem, _check=_check_by(key, scheme))


def _bad_key(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not a public key that can be used",
        code="NOT_A_KEY",
        where=where,
        expected="a PEM public key: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits",
        found=found,
    )

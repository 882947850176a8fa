"""Public keys and what they accept (https://github.com/sigstore/architecture-docs/blob/main/algorithm-registry.md).

Which hash belongs to which key is fixed here, never taken from the evidence. Two combinations outside of the registry's
recommended ones are accepted because older clients made them: P-384 and P-521 with SHA-256 (`PKIX_ECDSA_P384_SHA_256`).
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.errors import MalformedInput

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

MIN_RSA_BITS = 2048
_CURVES: Mapping[str, tuple[str, ...]] = {
    "secp256r1": ("sha256",),
    "secp384r1": ("sha384", "sha256"),
    "secp521r1": ("sha512", "sha256"),
}
"""Curve to the hashes it may sign, the registry's own first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyDetails:
    """One row of the registry: what `PublicKeyDetails` of Sigstore's protobuf stands for."""

    kind: str
    """`ecdsa`, `rsa` (PKCS 1 v1.5), `rsa-pss`, `ed25519` or `ed25519ph`."""
    curve: str = ""
    hash: str = ""
    bits: int = 0
    """Size of an RSA key; 0 for any that is accepted."""


def _rsa(bits: int = 0, kind: str = "rsa") -> KeyDetails:
    return KeyDetails(kind=kind, hash="sha256", bits=bits)


DETAILS: Mapping[str, KeyDetails] = {
    "PKIX_ECDSA_P256_SHA_256": KeyDetails(kind="ecdsa", curve="secp256r1", hash="sha256"),
    "PKIX_ECDSA_P384_SHA_384": KeyDetails(kind="ecdsa", curve="secp384r1", hash="sha384"),
    "PKIX_ECDSA_P384_SHA_256": KeyDetails(kind="ecdsa", curve="secp384r1", hash="sha256"),
    "PKIX_ECDSA_P521_SHA_512": KeyDetails(kind="ecdsa", curve="secp521r1", hash="sha512"),
    "PKIX_ECDSA_P521_SHA_256": KeyDetails(kind="ecdsa", curve="secp521r1", hash="sha256"),
    "PKIX_ED25519": KeyDetails(kind="ed25519"),
    "PKIX_ED25519_PH": KeyDetails(kind="ed25519ph", hash="sha512"),
    "PKCS1_RSA_PKCS1V5": _rsa(),
    "PKIX_RSA_PKCS1V5": _rsa(),
    "PKIX_RSA_PKCS1V15_2048_SHA256": _rsa(2048),
    "PKIX_RSA_PKCS1V15_3072_SHA256": _rsa(3072),
    "PKIX_RSA_PKCS1V15_4096_SHA256": _rsa(4096),
    "PKIX_RSA_PSS_2048_SHA256": _rsa(2048, "rsa-pss"),
    "PKIX_RSA_PSS_3072_SHA256": _rsa(3072, "rsa-pss"),
    "PKIX_RSA_PSS_4096_SHA256": _rsa(4096, "rsa-pss"),
}


def parse_pem(pem: bytes, *, where: str) -> PublicKeyTypes:
    """Read a PEM public key of an accepted algorithm.

    Raises:
        MalformedInput: `NOT_A_KEY`.
    """
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _bad_key(where, str(error)[:100]) from None
    if not kinds_of(key):
        raise _bad_key(where, type(key).__name__)
    return key


def parse_der(der: bytes, details: str) -> PublicKeyTypes | None:
    """A public key of a trusted root; None when its algorithm is not accepted or is not the one it is said to be."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    stated = DETAILS.get(details)
    try:
        key = load_der_public_key(der)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key if stated is not None and matches_details(key, stated) else None


def matches_details(key: PublicKeyTypes, stated: KeyDetails) -> bool:
    """Whether a key is of the kind (and curve, and size) that is stated about it."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    curve = key.curve.name if isinstance(key, EllipticCurvePublicKey) else ""
    if isinstance(key, RSAPublicKey) and stated.bits not in (0, key.key_size):
        return False
    return stated.kind in kinds_of(key) and stated.curve == curve


def kinds_of(key: PublicKeyTypes) -> tuple[str, ...]:
    """The kinds of signature a key can check; none for a key that is not accepted."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePublicKey):
        return ("ecdsa",) if key.curve.name in _CURVES else ()
    if isinstance(key, rsa.RSAPublicKey):
        return ("rsa", "rsa-pss") if key.key_size >= MIN_RSA_BITS else ()
    return ("ed25519", "ed25519ph") if isinstance(key, ed25519.Ed25519PublicKey) else ()


def hashes_of(key: PublicKeyTypes) -> tuple[str, ...]:
    """The hashes whose digest a key may sign, the recommended one first. For Ed25519 that is Ed25519ph."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519

    if isinstance(key, ec.EllipticCurvePublicKey):
        return _CURVES.get(key.curve.name, ())
    return ("sha512",) if isinstance(key, ed25519.Ed25519PublicKey) else ("sha256",)


def accepts_digest(key: PublicKeyTypes, signature: bytes, digest: bytes, algorithm: str) -> bool:
    """Whether the signature is this key's over data with this digest."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    from supplychain.verification.sigstore.ed25519ph import verify_ed25519ph

    if algorithm not in hashes_of(key):
        return False
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, digest, ec.ECDSA(Prehashed(hash_named(algorithm))))
            return True
        if isinstance(key, rsa.RSAPublicKey):
            return _rsa_accepts(key, signature, digest, algorithm)
    except InvalidSignature:
        return False
    return isinstance(key, ed25519.Ed25519PublicKey) and verify_ed25519ph(key.public_bytes_raw(), signature, digest)


def accepts(key: PublicKeyTypes, signature: bytes, data: bytes, algorithm: str | None = None) -> bool:
    """Whether the signature is this key's over the data.

    Args:
        key: The key.
        signature: DER for ECDSA, raw otherwise.
        data: The signed bytes.
        algorithm: The only accepted hash; None for any that belongs to the key.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if isinstance(key, Ed25519PublicKey):
        try:
            key.verify(signature, data)
        except InvalidSignature:
            return False
        return True
    chosen = hashes_of(key) if algorithm is None else (algorithm,)
    return any(accepts_digest(key, signature, digest_of(data, name), name) for name in chosen)


def digest_of(data: bytes, algorithm: str) -> bytes:
    """The digest of bytes by `sha256`, `sha384` or `sha512`."""
    functions: Mapping[str, Callable[[bytes], hashlib._Hash]] = {
        "sha256": hashlib.sha256,
        "sha384": hashlib.sha384,
        "sha512": hashlib.sha512,
    }
    return functions[algorithm](data).digest()


def spki_of(key: PublicKeyTypes) -> bytes:
    """The DER SubjectPublicKeyInfo."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def keyid_of(key: PublicKeyTypes) -> str:
    """Base64 of the SHA-256 of the SubjectPublicKeyInfo."""
    return base64.b64encode(hashlib.sha256(spki_of(key)).digest()).decode("ascii")


def hash_named(algorithm: str) -> HashAlgorithm:
    """The `cryptography` object for `sha256`, `sha384` or `sha512`."""
    from cryptography.hazmat.primitives import hashes

    known: Mapping[str, HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    return known[algorithm]


def _rsa_accepts(key: RSAPublicKey, signature: bytes, digest: bytes, algorithm: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import padding
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    chosen = hash_named(algorithm)
    pss = padding.PSS(mgf=padding.MGF1(chosen), salt_length=padding.PSS.AUTO)
    for scheme in (padding.PKCS1v15(), pss):
        try:
            key.verify(signature, digest, scheme, Prehashed(chosen))
        except InvalidSignature:
            continue
        return True
    return False


def _bad_key(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not a public key that can be used",
        code="NOT_A_KEY",
        where=where,
        expected="a PEM public key: ECDSA P-256, P-384 or P-521, Ed25519, or RSA of at least 2048 bits",
        found=found,
    )

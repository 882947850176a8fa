"""Keys in files (`file:PATH`): PEM (PKCS 8), encrypted or not; ECDSA P-256, P-384, Ed25519, and RSA with PSS.

ECDSA signatures are deterministic (RFC 6979) and Ed25519's are: the same statement and key give the same envelope, byte
for byte. RSASSA-PSS salts each signature.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from supplychain.errors import MalformedInput, UsageError
from supplychain.files import read_bytes
from supplychain.signing.identity import PublicKey, pss
from supplychain.signing.interface import KeySigner

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

    from supplychain.signing.registry import SignerUri

KeyType = Literal["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048", "rsa-3072", "rsa-4096"]
_MAX_KEY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalKey(KeySigner):
    """A signer whose private key is in a file."""

    _key: EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey = field(repr=False)
    _public: PublicKey

    @property
    def public_key(self) -> PublicKey:
        """The public half."""
        return self._public

    @staticmethod
    def load(path: Path, *, password: bytes | None = None) -> LocalKey:
        """Read a private key file.

        Args:
            path: PEM file.
            password: For an encrypted key.

        Raises:
            UsageError: The file is missing, or a password is missing, wrong or not needed.
            MalformedInput: It holds no private key of an accepted algorithm.
        """
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        data = read_bytes(path, max_bytes=_MAX_KEY, what="a PEM private key")
        if b"SIGSTORE PRIVATE KEY" in data or b"COSIGN PRIVATE KEY" in data:
            hint = "make one with `supplychain keys generate`; cosign takes it over with `cosign import-key-pair`"
            raise _not_a_key(path, "a key in cosign's own format", hint)
        if b"PRIVATE KEY-----" not in data:
            raise _not_a_key(path, "no PEM private key")
        if password is None and b"ENCRYPTED" in data:
            raise _password(path, "the key is encrypted and no password is given")
        try:
            key = load_pem_private_key(data, password=password if b"ENCRYPTED" in data else None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            if password is not None:
                raise _password(path, "the key cannot be decrypted: wrong password, or a damaged file") from None
            raise _not_a_key(path, str(error).splitlines()[0][:100]) from None
        public = _public_of(key, path)
        return LocalKey(_key=cast("EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey", key), _public=public)

    def _sign(self, data: bytes) -> bytes:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, pss(for_signing=True), hashes.SHA256())
        chosen = hashes.SHA256() if self._public.scheme.endswith("256") else hashes.SHA384()
        return self._key.sign(data, ec.ECDSA(chosen, deterministic_signing=True))


def load_uri(uri: SignerUri) -> LocalKey:
    """`file:PATH[?password-env=NAME]`, or a plain path: the loader of the registry (see `LocalKey.load` for errors).

    The password of an encrypted key comes from the variable that the URI names, from `SUPPLYCHAIN_KEY_PASSWORD`, or is
    asked for on a terminal; never from an argument.
    """
    uri.allow("password-env")
    path = uri.file(uri.path)
    if not uri.path:
        raise UsageError("the signer names no file", code="BAD_SIGNER", where=uri.text, expected="file:PATH")
    password = uri.secret("password-env")
    if password is None and b"ENCRYPTED" in read_bytes(path, max_bytes=_MAX_KEY, what="a PEM private key"):
        password = uri.ask(f"Password of {path}")
    return LocalKey.load(path, password=password.encode("utf-8") if password else None)


def generate_pem(kind: KeyType = "ecdsa-p256", *, password: bytes | None = None) -> tuple[bytes, bytes]:
    """Make a key pair.

    Returns:
        Private key (PKCS 8 PEM, encrypted when a password is given) and public key (PEM).
    """
    from cryptography.hazmat.primitives import serialization as form
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key: Any
    match kind:
        case "ed25519":
            key = ed25519.Ed25519PrivateKey.generate()
        case "ecdsa-p384":
            key = ec.generate_private_key(ec.SECP384R1())
        case "ecdsa-p256":
            key = ec.generate_private_key(ec.SECP256R1())
        case "rsa-2048" | "rsa-3072" | "rsa-4096":
            key = rsa.generate_private_key(65537, int(kind.removeprefix("rsa-")))
    protection = form.BestAvailableEncryption(password) if password else form.NoEncryption()
    private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, protection)
    return private, key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


def _public_of(key: PrivateKeyTypes, path: Path) -> PublicKey:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey.parse(pem, where=str(path))


def _password(path: Path, message: str) -> UsageError:
    return UsageError(message, code="KEY_PASSWORD", where=str(path), hint="set SUPPLYCHAIN_KEY_PASSWORD")


def _not_a_key(path: Path, found: str, hint: str = "") -> MalformedInput:
    return MalformedInput(
        "not a private key that can be used",
        code="NOT_A_KEY",
        where=str(path),
        expected="a PEM private key: ECDSA P-256 or P-384, Ed25519, or RSA of 2048 to 8192 bits",
        found=found,
        hint=hint,
    )

"""Keys that never leave where they are: cloud key services, Vault, and hardware, through securesystemslib's signers.

    aws-kms:KEY                                     AWS: key id, ARN or alias
    gcp-kms:projects/P/locations/L/keyRings/R/cryptoKeys/K/cryptoKeyVersions/V
    azure-kms://VAULT.vault.azure.net/keys/KEY/VERSION
    vault:KEY[/VERSION]                             Vault's transit engine (also hashivault:)
    hsm:[ID][?label=TOKEN]                          PKCS 11; PIN from a variable or a terminal

Credentials are those of the environment, as each service's own tools read them. `?public-key=FILE` pins the public key;
without it the key that the service names at the start is held to. Either way a signature is checked with that key
before it leaves: a service that answers with rubbish, or has changed its key, is found out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.files import read_bytes
from supplychain.signing.identity import PublicKey
from supplychain.signing.interface import KeySigner
from supplychain.signing.registry import SignerUri, extra_missing
from supplychain.signing.secret import scrub

if TYPE_CHECKING:
    from securesystemslib.signer import Signer as LibrarySigner  # type: ignore[attr-defined]
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

_MAX_KEY = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of service."""

    scheme: str
    """Of securesystemslib's table of signers."""
    extra: str
    what: str
    import_arguments: Callable[[SignerUri], tuple[Any, ...]]
    """What the library's `import_` wants, to fetch the public key."""
    target: Callable[[SignerUri], str]
    """The library's URI."""
    parameters: tuple[str, ...] = ()


def _azure(uri: SignerUri) -> tuple[str, ...]:
    parts = urlsplit(f"https:{uri.path}")
    words = parts.path.strip("/").split("/")
    if not parts.hostname or len(words) < 2 or words[0] != "keys":
        expected = "azure-kms://VAULT.vault.azure.net/keys/KEY/VERSION"
        raise UsageError("not the address of a key", code="BAD_SIGNER", where=uri.text, expected=expected)
    return parts.hostname.split(".")[0], words[1]


def _vault(uri: SignerUri) -> str:
    name, _, version = uri.path.partition("/")
    if not name or not version.isdecimal():
        expected = "vault:KEY/VERSION, the version as a number"
        raise UsageError("which version of the key?", code="BAD_SIGNER", where=uri.text, expected=expected)
    return f"hv:{name}/{version}"


def _hsm(uri: SignerUri) -> tuple[Any, ...]:
    if uri.path and not uri.path.isdecimal():
        raise UsageError(
            "the id of a key on a token is a number", code="BAD_SIGNER", where=uri.text, expected="hsm:2?label=TOKEN"
        )
    return (int(uri.path) if uri.path else None, uri.query.get("label"), _pin(uri))


def _hsm_target(uri: SignerUri) -> str:
    label = uri.query.get("label")
    return f"hsm:{uri.path}" + (f"?{urlencode({'label': label})}" if label else "")


_VAULT = Kind(
    scheme="hv", extra="kms-vault", what="Vault", import_arguments=lambda u: (u.path.split("/")[0],), target=_vault
)
KINDS: Mapping[str, Kind] = {
    "aws-kms": Kind(
        scheme="awskms",
        extra="kms-aws",
        what="AWS KMS",
        import_arguments=lambda u: (u.path,),
        target=lambda u: f"awskms:{u.path}",
    ),
    "gcp-kms": Kind(
        scheme="gcpkms",
        extra="kms-gcp",
        what="Google Cloud KMS",
        import_arguments=lambda u: (u.path,),
        target=lambda u: f"gcpkms:{u.path}",
    ),
    "azure-kms": Kind(
        scheme="azurekms",
        extra="kms-azure",
        what="Azure Key Vault",
        import_arguments=_azure,
        target=lambda u: f"azurekms:{u.path}",
    ),
    "vault": _VAULT,
    "hashivault": _VAULT,
    "hsm": Kind(
        scheme="hsm",
        extra="kms-hsm",
        what="the hardware token",
        import_arguments=_hsm,
        target=_hsm_target,
        parameters=("label",),
    ),
}
"""Scheme of ours to kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceKey(KeySigner):
    """A signer whose private key is elsewhere, and whose public key is pinned."""

    what: str
    where: str
    _signer: LibrarySigner = field(repr=False)
    _public: PublicKey

    @property
    def public_key(self) -> PublicKey:
        """The pinned public key."""
        return self._public

    def _sign(self, data: bytes) -> bytes:
        try:
            signature = bytes.fromhex(self._signer.sign(data).signature)
        except SupplychainError:
            raise
        except Exception as error:  # noqa: BLE001 - every service's library has errors of its own
            raise _failed(self.what, self.where, error) from None
        if not self._public.accepts(signature, data):
            raise ToolFailed(
                f"{self.what} gives a signature that does not hold",
                code="KMS_WRONG_SIGNATURE",
                where=self.where,
                expected=f"a signature by the key {self._public.keyid} ({self._public.scheme})",
                found="a signature over something else, or by another key",
                hint="was the key replaced? Then pin the new public key, and name it in the trust file",
            )
        return signature


def load_uri(uri: SignerUri) -> ServiceKey:
    """The loader of the registry.

    Raises:
        UsageError: `EXTRA_MISSING`, `BAD_SIGNER`, `KMS_KEY` (a key of a kind that is not signed with), no such file.
        ToolFailed: `KMS_FAILED`: the service does not do its part.
    """
    kind = KINDS[uri.scheme]
    uri.allow(*kind.parameters, "public-key", "password-env")
    pinned = None
    if "public-key" in uri.query:
        path = uri.file(uri.query["public-key"])
        pinned = PublicKey.parse(read_bytes(path, max_bytes=_MAX_KEY, what="a PEM public key"), where=str(path))
    try:
        from securesystemslib.exceptions import UnsupportedLibraryError
        from securesystemslib.signer import Signer as LibrarySigner  # type: ignore[attr-defined]
    except ImportError:
        raise extra_missing(kind.what, kind.extra, uri.text) from None
    try:
        target, key = _pinned(kind, uri, pinned) if pinned else _fetched(kind, uri)
        signer = LibrarySigner.from_priv_key_uri(target, key, _pin(uri))
    except UnsupportedLibraryError:
        raise extra_missing(kind.what, kind.extra, uri.text) from None
    except SupplychainError:
        raise
    except Exception as error:  # noqa: BLE001 - every service's library has errors of its own
        raise _failed(kind.what, uri.text, error) from None
    return ServiceKey(what=kind.what, where=uri.text, _signer=signer, _public=pinned or _public_of(key, uri.text))


def _fetched(kind: Kind, uri: SignerUri) -> tuple[str, SSlibKey]:
    from securesystemslib.signer import SIGNER_FOR_URI_SCHEME  # type: ignore[attr-defined]

    found: tuple[str, SSlibKey] = SIGNER_FOR_URI_SCHEME[kind.scheme].import_(*kind.import_arguments(uri))  # type: ignore[attr-defined]
    return found


def _pinned(kind: Kind, uri: SignerUri, public: PublicKey) -> tuple[str, SSlibKey]:
    from cryptography.hazmat.primitives.serialization import load_pem_public_key
    from securesystemslib.signer import SSlibKey  # type: ignore[attr-defined]

    key = SSlibKey.from_crypto(load_pem_public_key(public.pem.encode()), scheme=public.scheme)
    return kind.target(uri), key


def _public_of(key: SSlibKey, where: str) -> PublicKey:
    """The library's key as ours; it keeps Ed25519 keys as hexadecimal digits, all others as PEM."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    text: str = key.keyval["public"]
    if "BEGIN" in text:
        pem = text.encode()
    else:
        raw = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
        pem = raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    public = PublicKey.parse(pem, where=where)
    if public.scheme != key.scheme:
        raise UsageError(
            "the service signs with this key in a way that is not accepted",
            code="KMS_KEY",
            where=where,
            expected=public.scheme,
            found=str(key.scheme),
            hint="make a key for that way of signing",
        )
    return public


def _pin(uri: SignerUri) -> Callable[[str], str]:
    def handler(what: str) -> str:
        found = uri.secret("password-env") or uri.ask(f"{what} of {uri.text}")
        if found is None:
            raise UsageError(
                f"a {what} is needed and nobody is there to be asked",
                code="SECRET_MISSING",
                where=uri.text,
                hint="set SUPPLYCHAIN_KEY_PASSWORD, or name another variable with ?password-env=NAME",
            )
        return found

    return handler


def _failed(what: str, where: str, error: Exception) -> ToolFailed:
    said = str(error).splitlines()
    return ToolFailed(
        f"{what} does not sign",
        code="KMS_FAILED",
        where=where,
        found=scrub(f"{type(error).__name__}: {said[0] if said else ''}"),
        hint="check that the key is there, and the credentials and permissions of this environment",
    )

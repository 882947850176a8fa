"""Keys of in-toto layouts: of the owners who sign a layout, and of the functionaries whom it names.

An in-toto key id is the SHA-256 of the key's canonical description; layouts and link files name keys by it. It is a
name and proves nothing: two names for one key would let one person count twice, so they are refused.
OpenPGP keys are not read: their validity hangs on the wall clock.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from supplychain.errors import MalformedInput
from supplychain.signing.identity import PublicKey

MAX_KEYS = 200
"""More keys than this only cost the verifier."""
_TYPES = {"ecdsa": "ecdsa", "ed25519": "ed25519", "rsassa": "rsa"}
"""Beginning of a scheme to in-toto's key type."""
_KEYID = re.compile(r"[0-9a-f]{8,128}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutKey:
    """A public key under its in-toto name."""

    keyid: str
    """Hexadecimal, as layouts and link files spell it."""
    public: PublicKey

    @staticmethod
    def of(public: PublicKey) -> LayoutKey:
        """The key under the name that in-toto's own programs give it."""
        return LayoutKey(keyid=in_toto_keyid(public), public=public)


def in_toto_keyid(public: PublicKey) -> str:
    """SHA-256 over the canonical JSON of key type, scheme and value, in hexadecimal."""
    kind = _TYPES[public.scheme.partition("-")[0]]
    value = _raw(public) if kind == "ed25519" else public.pem
    text = f'{{"keytype":"{kind}","keyval":{{"public":"{value}"}},"scheme":"{public.scheme}"}}'
    return hashlib.sha256(text.encode()).hexdigest()


def parse_keys(value: object, *, where: str) -> Mapping[str, LayoutKey]:
    """Read the `keys` of a layout.

    Raises:
        MalformedInput: `BAD_LAYOUT`: no object of keys; `LAYOUT_KEY_UNSUPPORTED`: OpenPGP, or an algorithm that is not
            accepted; `LAYOUT_KEY_TWICE`: one key under two names.
    """
    if not isinstance(value, dict) or len(value) > MAX_KEYS:
        raise bad_layout(where, "not a set of keys", f"an object of at most {MAX_KEYS} keys", type(value).__name__)
    keys = {keyid: _key(keyid, item, f"{where}.{keyid[:16]}") for keyid, item in value.items()}
    names: dict[str, str] = {}
    for keyid, key in keys.items():
        if names.setdefault(key.public.keyid, keyid) != keyid:
            raise MalformedInput(
                "one key has two names, so that it could count twice",
                code="LAYOUT_KEY_TWICE",
                where=where,
                expected="each key once",
                found=f"{names[key.public.keyid][:16]} and {keyid[:16]}",
                hint="ask the owner of the layout to write it again",
            )
    return keys


def _key(keyid: str, item: object, where: str) -> LayoutKey:
    if not _KEYID.fullmatch(keyid) or not isinstance(item, dict) or item.get("keyid", keyid) != keyid:
        raise bad_layout(where, "not a key", "a key under its own key id, lower-case hexadecimal", repr(item)[:80])
    scheme, value = item.get("scheme"), item.get("keyval")
    public = value.get("public") if isinstance(value, dict) else None
    if "method" in item or "subkeys" in item or not isinstance(public, str):
        raise _unsupported(where, "OpenPGP" if "method" in item else "no public key")
    pem = _pem_of_raw(public, where) if scheme == "ed25519" and "BEGIN" not in public else public
    try:
        key = PublicKey.parse(pem.encode(), where=where)
    except MalformedInput as error:
        raise _unsupported(where, error.found) from None
    if key.scheme != scheme:
        raise _unsupported(where, f"scheme {scheme!r}")
    return LayoutKey(keyid=keyid, public=key)


def _raw(public: PublicKey) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    return load_pem_public_key(public.pem.encode()).public_bytes(Encoding.Raw, PublicFormat.Raw).hex()


def _pem_of_raw(text: str, where: str) -> str:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise _unsupported(where, f"not an Ed25519 key: {text[:20]}") from None
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def _unsupported(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "the layout names a key that cannot be used",
        code="LAYOUT_KEY_UNSUPPORTED",
        where=where,
        expected="ECDSA P-256 or P-384, Ed25519, or RSA with rsassa-pss-sha256",
        found=found,
        hint="ask the owner of the layout to name such a key",
    )


def bad_layout(where: str, message: str, expected: str, found: object) -> MalformedInput:
    """The error for a layout that is none."""
    return MalformedInput(message, code="BAD_LAYOUT", where=where, expected=expected, found=str(found)[:160])

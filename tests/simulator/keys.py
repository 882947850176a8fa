"""Key pairs that are the same in every run: made from small numbers, and worth nothing outside these tests."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from supplychain.signing.local_key import LocalKey

NAMES = ("release", "scanner", "other", "attacker")
"""Whose keys there are: two who may claim something, one we know and who may claim little, one we do not know."""


@lru_cache(maxsize=64)
def pem_pair(name: str) -> tuple[bytes, bytes]:
    """Private and public key of a name (ECDSA P-256), as PEM."""
    number = int.from_bytes(name.encode(), "big") % (2**250) + 2
    key = ec.derive_private_key(number, ec.SECP256R1())
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def write_keys(folder: Path) -> dict[str, LocalKey]:
    """Write every key pair into a folder and load the signers."""
    folder.mkdir(parents=True, exist_ok=True)
    signers = {}
    for name in NAMES:
        private, public = pem_pair(name)
        (folder / f"{name}.pem").write_bytes(private)
        (folder / f"{name}.pub").write_bytes(public)
        signers[name] = LocalKey.load(folder / f"{name}.pem")
    return signers

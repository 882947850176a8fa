"""Keys in files and as identities: three algorithms, encrypted or not, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any, get_args

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, ed448, padding, rsa, x25519

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError, UsageError
from supplychain.signing.identity import PublicKey
from supplychain.signing.local_key import KeyType, LocalKey, generate_pem
from supplychain.statement.statement import PAYLOAD_TYPE, Statement

KINDS = tuple(kind for kind in get_args(KeyType) if kind not in ("rsa-3072", "rsa-4096"))
"""Every algorithm; larger RSA keys only take longer to make."""
STATEMENT = Statement.make([Artifact(name="a", digest=Digest.of_bytes(b"a"))], "urn:example:t", {})


def load(tmp_path: Path, pem: bytes, **more: Any) -> LocalKey:
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    return LocalKey.load(path, **more)


def refusal(tmp_path: Path, pem: bytes, **more: Any) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        load(tmp_path, pem, **more)
    return caught.value


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("password", [None, b"secret", "\u00e9".encode()])
def test_what_one_signs_the_other_accepts(tmp_path: Path, kind: Any, password: bytes | None) -> None:
    private, public = generate_pem(kind, password=password)
    assert (b"ENCRYPTED" in private) == (password is not None)
    signer = load(tmp_path, private, password=password)
    key = PublicKey.parse(public, where="")
    assert signer.public_key == key
    envelope = signer.sign(STATEMENT)
    (signature,) = envelope.signatures
    assert (envelope.payload_type, envelope.payload) == (PAYLOAD_TYPE, STATEMENT.payload)
    assert signature.keyid == key.keyid
    assert key.accepts(signature.sig, envelope.pae())
    assert not key.accepts(signature.sig, envelope.payload)
    if kind != "rsa-2048":
        assert signer.sign(STATEMENT) == envelope, "the same statement is signed to the same bytes"
    other = PublicKey.parse(generate_pem(kind)[1], where="")
    assert not other.accepts(signature.sig, envelope.pae())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sig", [b"", b"\0", b"\0" * 64, b"\xff" * 96, b"0\x06\x02\x01\x00\x02\x01\x00", b"0" * 10_000])
def test_what_is_no_signature_is_not_accepted(kind: Any, sig: bytes) -> None:
    assert not PublicKey.parse(generate_pem(kind)[1], where="").accepts(sig, b"data")


def test_the_key_id_is_the_digest_of_the_key(tmp_path: Path) -> None:
    signer = load(tmp_path, generate_pem()[0])
    der = form.load_pem_public_key(signer.public_key.pem.encode()).public_bytes(
        form.Encoding.DER, form.PublicFormat.SubjectPublicKeyInfo
    )
    assert base64.b64decode(signer.public_key.keyid) == hashlib.sha256(der).digest()


def test_no_secret_is_shown(tmp_path: Path) -> None:
    shown = repr(load(tmp_path, generate_pem()[0]))
    assert "PrivateKey" not in shown
    assert "PRIVATE" not in shown


def test_passwords(tmp_path: Path) -> None:
    private, _ = generate_pem(password=b"right")
    for password in (None, b"", b"wrong"):
        error = refusal(tmp_path, private, password=password)
        assert isinstance(error, UsageError)
        assert error.code == "KEY_PASSWORD"
    load(tmp_path, private, password=b"right")
    load(tmp_path, generate_pem()[0], password=b"not needed")


def _private(key: Any) -> bytes:
    return key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())


def _public(key: Any) -> bytes:
    return key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)


OTHERS = {
    "rsa-1024": lambda: rsa.generate_private_key(65537, 1024),
    "rsa-just-too-small": lambda: rsa.generate_private_key(65537, 2040),
    "ed448": ed448.Ed448PrivateKey.generate,
    "x25519": x25519.X25519PrivateKey.generate,
    "p521": lambda: ec.generate_private_key(ec.SECP521R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
}


def test_an_rsa_key_checks_one_way_of_signing_only() -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = PublicKey.parse(_public(key), where="")
    assert public.scheme == "rsassa-pss-sha256"
    pss256 = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.DIGEST_LENGTH)
    longest = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=padding.PSS.MAX_LENGTH)
    pss512 = padding.PSS(mgf=padding.MGF1(hashes.SHA512()), salt_length=padding.PSS.DIGEST_LENGTH)
    mixed = padding.PSS(mgf=padding.MGF1(hashes.SHA1()), salt_length=padding.PSS.DIGEST_LENGTH)
    assert public.accepts(key.sign(b"data", pss256, hashes.SHA256()), b"data")
    assert public.accepts(key.sign(b"data", longest, hashes.SHA256()), b"data"), "others salt as long as they can"
    assert not public.accepts(key.sign(b"data", padding.PKCS1v15(), hashes.SHA256()), b"data")
    assert not public.accepts(key.sign(b"data", pss512, hashes.SHA512()), b"data")
    assert not public.accepts(key.sign(b"data", mixed, hashes.SHA256()), b"data")


@pytest.mark.parametrize("name", OTHERS)
def test_other_algorithms_are_refused(tmp_path: Path, name: str) -> None:
    key = OTHERS[name]()
    assert refusal(tmp_path, _private(key)).code == "NOT_A_KEY"
    with pytest.raises(MalformedInput) as caught:
        PublicKey.parse(_public(key), where="there")
    assert caught.value.code == "NOT_A_KEY"
    assert caught.value.where == "there"


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_private_key(tmp_path: Path, kind: Any) -> None:
    private, public = generate_pem(kind)
    for wrong in (public, b"words", private[: len(private) // 2], private.replace(b"M", b"!", 1)):
        assert refusal(tmp_path, wrong).code == "NOT_A_KEY"
    assert refusal(tmp_path, b"").code == "FILE_EMPTY"
    assert refusal(tmp_path, b"x" * 100_000).code == "TOO_LARGE"
    with pytest.raises(UsageError):
        LocalKey.load(tmp_path / "none")


@pytest.mark.parametrize("label", ["ENCRYPTED SIGSTORE PRIVATE KEY", "ENCRYPTED COSIGN PRIVATE KEY"])
def test_cosigns_own_format_is_named(tmp_path: Path, label: str) -> None:
    pem = f"-----BEGIN {label}-----\neyJrZGYiOnsibmFtZSI6InNjcnlwdCJ9fQ==\n-----END {label}-----\n".encode()
    for password in (None, b"secret"):
        error = refusal(tmp_path, pem, password=password)
        assert (error.code, error.found) == ("NOT_A_KEY", "a key in cosign's own format")
        assert "cosign import-key-pair" in error.hint


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_public_key(kind: Any) -> None:
    private, public = generate_pem(kind)
    for wrong in (private, b"", b"words", public[: len(public) // 2], b"\0" * 100):
        with pytest.raises(MalformedInput):
            PublicKey.parse(wrong, where="there")

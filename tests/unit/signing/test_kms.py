"""Keys elsewhere, through securesystemslib's own table of signers; whatever they answer is checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import SIGNER_FOR_URI_SCHEME, CryptoSigner, Signature, SSlibKey
from securesystemslib.signer import Signer as LibrarySigner

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.signing.kms import KINDS, ServiceKey
from supplychain.signing.local_key import generate_pem
from supplychain.signing.registry import load_signer
from supplychain.statement.statement import Statement

STATEMENT = Statement.make([Artifact(name="a", digest=Digest.of_bytes(b"a"))], "urn:example:t", {})
MAKERS = {
    "ecdsa-p256": CryptoSigner.generate_ecdsa,
    "ed25519": CryptoSigner.generate_ed25519,
    "rsa-pss": CryptoSigner.generate_rsa,
}


class FakeKms(LibrarySigner):
    """A key service: one key, and the failures that a test sets."""

    key: CryptoSigner
    asked: list[str]
    error: Exception | None = None
    rubbish: str | None = None

    @classmethod
    def import_(cls, *arguments: Any) -> tuple[str, SSlibKey]:
        cls.asked.append(f"import {arguments[0]}")
        if cls.error:
            raise cls.error
        return f"awskms:{arguments[0]}", cls.key.public_key

    @classmethod
    def from_priv_key_uri(cls, uri: str, public_key: Any, secrets_handler: Any = None) -> FakeKms:
        cls.asked.append(uri)
        return cls()

    @property
    def public_key(self) -> SSlibKey:
        return self.key.public_key

    def sign(self, payload: bytes) -> Signature:
        if self.error:
            raise self.error
        if self.rubbish is not None:
            return Signature("", self.rubbish)
        return self.key.sign(payload)


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> type[FakeKms]:
    kind = type("Kms", (FakeKms,), {"key": CryptoSigner.generate_ecdsa(), "asked": []})
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, "awskms", kind)
    return kind


def refusal(work: Any) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        work()
    return caught.value


def write_public(folder: Path, key: CryptoSigner) -> Path:
    path = folder / "pinned.pub"
    path.write_text(key.public_key.keyval["public"])
    return path


@pytest.mark.parametrize("name", MAKERS)
def test_the_service_signs(kms: type[FakeKms], name: str) -> None:
    kms.key = MAKERS[name]()
    one = load_signer("aws-kms:arn:aws:kms:eu-west-1:111122223333:key/1234")
    assert isinstance(one, ServiceKey)
    envelope = one.sign(STATEMENT)
    assert one.public_key.accepts(envelope.signatures[0].sig, envelope.pae())
    assert envelope.signatures[0].keyid == one.name == one.public_key.keyid
    assert kms.asked[0] == "import arn:aws:kms:eu-west-1:111122223333:key/1234"


def test_a_pinned_key_is_not_asked_for(kms: type[FakeKms], tmp_path: Path) -> None:
    path = write_public(tmp_path, kms.key)
    assert load_signer(f"aws-kms:alias/release?public-key={path}").sign(STATEMENT).signatures
    assert kms.asked == ["awskms:alias/release"]


def test_another_key_than_the_pinned_one(kms: type[FakeKms], tmp_path: Path) -> None:
    path = write_public(tmp_path, CryptoSigner.generate_ecdsa())
    error = refusal(lambda: load_signer(f"aws-kms:alias/release?public-key={path}").sign(STATEMENT))
    assert (error.code, type(error)) == ("KMS_WRONG_SIGNATURE", ToolFailed)


@pytest.mark.parametrize("rubbish", ["", "00", "30060201010201ff", "ab" * 64])
def test_rubbish_does_not_leave(kms: type[FakeKms], rubbish: str) -> None:
    kms.rubbish = rubbish
    assert refusal(lambda: load_signer("aws-kms:alias/x").sign(STATEMENT)).code == "KMS_WRONG_SIGNATURE"


def test_no_hexadecimal_digits(kms: type[FakeKms]) -> None:
    kms.rubbish = "signature"
    assert refusal(lambda: load_signer("aws-kms:alias/x").sign(STATEMENT)).code == "KMS_FAILED"


@pytest.mark.parametrize("error", [OSError("no route"), ValueError("no such key"), RuntimeError("")])
def test_the_service_fails(kms: type[FakeKms], error: Exception) -> None:
    one = load_signer("aws-kms:alias/x")
    kms.error = error
    for work in (lambda: one.sign(STATEMENT), lambda: load_signer("aws-kms:alias/x")):
        found = refusal(work)
        assert (found.code, type(found)) == ("KMS_FAILED", ToolFailed)


def test_no_credential_is_told(kms: type[FakeKms]) -> None:
    kms.error = RuntimeError("denied for token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln")
    assert "eyJ" not in refusal(lambda: load_signer("aws-kms:alias/x")).diagnostics()


def test_a_way_of_signing_that_is_not_accepted(kms: type[FakeKms]) -> None:
    key = CryptoSigner.generate_rsa(scheme="rsa-pkcs1v15-sha256")
    kms.key = key
    error = refusal(lambda: load_signer("aws-kms:alias/x"))
    assert (error.code, type(error)) == ("KMS_KEY", UsageError)


@pytest.mark.parametrize(
    ("uri", "extra"),
    [
        ("aws-kms:alias/x", "kms-aws"),
        ("gcp-kms:projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", "kms-gcp"),
        ("azure-kms://v.vault.azure.net/keys/k/1", "kms-azure"),
        ("vault:k/1", "kms-vault"),
        ("hsm:2?label=token", "kms-hsm"),
    ],
)
@pytest.mark.parametrize("pinned", [True, False])
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uri: str, extra: str, pinned: bool
) -> None:
    def lacking(*_: object) -> None:
        raise UnsupportedLibraryError("the library is not here")

    kind = KINDS[uri.partition(":")[0]]
    without = type("Without", (), {"import_": lacking, "from_priv_key_uri": lacking})
    monkeypatch.setitem(SIGNER_FOR_URI_SCHEME, kind.scheme, without)
    monkeypatch.setenv("SUPPLYCHAIN_KEY_PASSWORD", "1234")
    if pinned:
        (tmp_path / "k.pub").write_bytes(generate_pem()[1])
        uri += ("&" if "?" in uri else "?") + f"public-key={tmp_path}/k.pub"
    error = refusal(lambda: load_signer(uri))
    assert (error.code, type(error)) == ("EXTRA_MISSING", UsageError)
    assert f"pip install 'supplychain[{extra}]'" in error.hint


def test_the_library_itself_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "securesystemslib.signer", None)
    assert refusal(lambda: load_signer("aws-kms:alias/x")).code == "EXTRA_MISSING"


def test_every_kind_is_in_the_library() -> None:
    assert {kind.scheme for kind in KINDS.values()} <= set(SIGNER_FOR_URI_SCHEME)

"""Two key services as a user has them: Vault's transit engine by its client, and a PKCS 11 token by SoftHSM."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.signing.kms import ServiceKey
from supplychain.signing.local_key import generate_pem
from supplychain.signing.registry import load_signer
from supplychain.statement.statement import Statement
from tests.simulator.vault_transit import TOKEN, VaultTransit

STATEMENT = Statement.make([Artifact(name="a", digest=Digest.of_bytes(b"a"))], "urn:example:t", {})
LIBRARIES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so")


def refusal(text: str) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        load_signer(text).sign(STATEMENT)
    return caught.value


def test_vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("hvac", reason="the extra kms-vault is not installed")
    with VaultTransit() as vault:
        monkeypatch.setenv("VAULT_ADDR", vault.url)
        monkeypatch.setenv("VAULT_TOKEN", TOKEN)
        for text in ("vault:release", "hashivault:release/2"):
            one = load_signer(text)
            assert isinstance(one, ServiceKey)
            envelope = one.sign(STATEMENT)
            assert one.public_key.accepts(envelope.signatures[0].sig, envelope.pae())
        (tmp_path / "release.pub").write_text(one.public_key.pem)
        pinned = f"?public-key={tmp_path}/release.pub"
        assert load_signer(f"vault:release/2{pinned}").sign(STATEMENT).signatures == envelope.signatures
        assert refusal(f"vault:release/1{pinned}").code == "KMS_WRONG_SIGNATURE", "the pin is of version 2"
        assert refusal(f"vault:release{pinned}").code == "BAD_SIGNER"
        assert refusal(f"vault:release/9{pinned}").code == "KMS_FAILED"
        assert refusal("vault:other").code == "KMS_FAILED"
        vault.sealed = True
        assert "sealed" in refusal("vault:release").found
        vault.sealed = False
        monkeypatch.setenv("VAULT_TOKEN", "hvs.wrong-token-wrong-token")
        error = refusal("vault:release")
        assert (error.code, type(error)) == ("KMS_FAILED", ToolFailed)
        assert "wrong-token" not in error.diagnostics()


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A software token with a P-256 key of id 2; its label."""
    pytest.importorskip("pkcs11", reason="the extra kms-hsm is not installed")
    library = next((path for path in LIBRARIES if Path(path).exists()), None)
    if library is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    monkeypatch.setenv("PYKCS11LIB", library)
    (tmp_path / "key.pem").write_bytes(generate_pem()[0])
    made = ["--init-token", "--free", "--label", "release", "--pin", "1234", "--so-pin", "5678"]
    imported = [
        "--import",
        str(tmp_path / "key.pem"),
        "--token",
        "release",
        "--label",
        "k",
        "--id",
        "02",
        "--pin",
        "1234",
    ]
    for words in (made, imported):
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    return "release"


@pytest.mark.tools
def test_a_hardware_token(token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = f"hsm:2?label={token}"
    error = refusal(text)
    assert (error.code, type(error)) == ("SECRET_MISSING", UsageError)
    monkeypatch.setenv("TOKEN_PIN", "1234")
    named = f"{text}&password-env=TOKEN_PIN"
    one = load_signer(named)
    assert isinstance(one, ServiceKey)
    envelope = one.sign(STATEMENT)
    assert one.public_key.accepts(envelope.signatures[0].sig, envelope.pae())
    (tmp_path / "release.pub").write_text(one.public_key.pem)
    assert load_signer(f"{named}&public-key={tmp_path}/release.pub").sign(STATEMENT).signatures
    (tmp_path / "other.pub").write_bytes(generate_pem()[1])
    assert refusal(f"{named}&public-key={tmp_path}/other.pub").code == "KMS_WRONG_SIGNATURE"
    assert refusal("hsm:7?label=release&password-env=TOKEN_PIN").code == "KMS_FAILED"
    assert refusal("hsm:2?label=nobody&password-env=TOKEN_PIN").code == "KMS_FAILED"
    monkeypatch.setenv("TOKEN_PIN", "9999")
    assert refusal(named).code == "KMS_FAILED"

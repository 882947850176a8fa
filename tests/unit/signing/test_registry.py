"""Signers by URI: which loader, which parameters, and no secret in sight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from supplychain.errors import SupplychainError, UsageError
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.signing.registry import LOADERS, SignerUri, load_signer
from supplychain.signing.secret import scrub


def refusal(text: str, **more: object) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        load_signer(text, **more)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize("form", ["{}", "file:{}", "file://{}"])
def test_a_key_in_a_file(tmp_path: Path, form: str) -> None:
    private, public = generate_pem()
    (tmp_path / "a key.pem").write_bytes(private)
    path = str(tmp_path / "a key.pem")
    text = form.format(path.replace(" ", "%20") if form != "{}" else path)
    signer = load_signer(text)
    assert isinstance(signer, LocalKey)
    assert signer.public_key.pem.encode() == public
    assert signer.name == signer.public_key.keyid


def test_relative_paths_start_at_the_base(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(generate_pem()[0])
    assert load_signer("file:key.pem", base=tmp_path).name
    assert load_signer("key.pem", base=tmp_path).name
    assert refusal("file:key.pem", base=tmp_path / "elsewhere").code == "FILE_MISSING"


def test_the_password_comes_from_the_variable_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key.pem").write_bytes(generate_pem(password=b"right")[0])
    text = f"file:{tmp_path}/key.pem"
    assert refusal(text).code == "KEY_PASSWORD"
    assert refusal(f"{text}?password-env=RELEASE_PW").code == "SECRET_MISSING"
    monkeypatch.setenv("RELEASE_PW", "wrong")
    assert refusal(f"{text}?password-env=RELEASE_PW").code == "KEY_PASSWORD"
    monkeypatch.setenv("RELEASE_PW", "right")
    assert load_signer(f"{text}?password-env=RELEASE_PW").name
    monkeypatch.setenv("SUPPLYCHAIN_KEY_PASSWORD", "right")
    assert load_signer(text).name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ftp://key", "UNKNOWN_SCHEME"),
        ("aws:key", "UNKNOWN_SCHEME"),
        ("file:", "BAD_SIGNER"),
        ("file:key.pem?password=secret", "BAD_SIGNER"),
        ("file:key.pem?password-env=A&password-env=B", "BAD_SIGNER"),
        ("file:key.pem?&", "BAD_SIGNER"),
        ("sigstore:?oidc=x", "BAD_SIGNER"),
        ("sigstore:elsewhere", "BAD_SIGNER"),
        ("hsm:two", "BAD_SIGNER"),
        ("azure-kms:name", "BAD_SIGNER"),
        ("aws-kms:alias/x?pin=1234", "BAD_SIGNER"),
    ],
)
def test_what_is_no_signer(text: str, code: str) -> None:
    error = refusal(text)
    assert (error.code, type(error)) == (code, UsageError)


def test_an_identity_token_is_for_keyless_signing_only(tmp_path: Path) -> None:
    assert refusal("file:key.pem", identity_token=tmp_path / "token").code == "BAD_SIGNER"


def test_a_file_that_looks_like_a_scheme_can_be_named() -> None:
    assert SignerUri.parse("keys/aws:prod.pem").scheme == "file"
    assert SignerUri.parse("./aws:prod.pem").path == "./aws:prod.pem"
    assert set(LOADERS) >= {"file", "sigstore", "aws-kms", "gcp-kms", "azure-kms", "hashivault", "vault", "hsm"}


def test_no_token_is_told() -> None:
    token = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2lnbmF0dXJlX29mX3RoZV90b2tlbg"
    for text in (token, f"body={{'value': '{token}'}}", f"Bearer {token}", f"'{token}", token[:-30]):
        assert "eyJ" not in scrub(text), text
        assert "c2lnbmF0dXJl" not in scrub(text), text
    assert "ghs_abcdefghijklmnop1234" not in scrub("Authorization: bearer ghs_abcdefghijklmnop1234")
    assert "status 401" in scrub("status 401: no")


def test_a_key_in_a_file_imports_nothing_it_does_not_need(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(generate_pem()[0])
    (tmp_path / "a").write_bytes(b"a")
    code = (
        "import sys; from supplychain.cli.main import main\n"
        "try: main()\n"
        "except SystemExit as leaving: assert not leaving.code, leaving.code\n"
        "heavy = ('sigstore', 'httpx', 'securesystemslib', 'requests', 'rfc3161_client', 'in_toto', 'id', 'jwt')\n"
        "assert not [n for n in heavy if n in sys.modules], [n for n in heavy if n in sys.modules]\n"
    )
    words = [sys.executable, "-c", code, "sign", "a", "--key", "key.pem"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "a.sigstore.json").is_file()

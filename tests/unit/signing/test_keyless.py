"""Keyless signing against an instance on loopback: token, certificate, and every way they can be refused."""

from __future__ import annotations

import base64
import gc
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, UsageError
from supplychain.signing import keyless
from supplychain.signing.registry import load_signer
from supplychain.statement.statement import Statement
from tests.simulator.sigstore_service import SigstoreService, drop, refuse

CERT = "/api/v2/signingCert"
STATEMENT = Statement.make([Artifact(name="a", digest=Digest.of_bytes(b"a"))], "urn:example:t", {})
WHO = "https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v1"


@pytest.fixture(autouse=True)
def _nowhere_in_particular(monkeypatch: pytest.MonkeyPatch) -> None:
    """No build service, no token."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "BUILDKITE", "CIRCLECI", "SUPPLYCHAIN_IDENTITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def signer(sigstore: SigstoreService, folder: Path, *, query: str = "", **token: Any) -> keyless.KeylessSigner:
    config = sigstore.write_config(folder)
    file = sigstore.write_token(folder, **token) if token.pop("token", True) else None
    found = load_signer(f"sigstore:?trust-config={config}{query}", identity_token=file)
    assert isinstance(found, keyless.KeylessSigner)
    return found


def refusal(work: Any) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        work()
    assert "eyJ" not in caught.value.diagnostics(), "no token is told"
    return caught.value


def test_a_certificate_says_who_signed(sigstore: SigstoreService, tmp_path: Path) -> None:
    one = signer(sigstore, tmp_path)
    envelope = one.sign(STATEMENT)
    assert one.name == f"{WHO} by {sigstore.issuer.name}"
    raw = base64.b64decode((envelope.material or {})["certificate"]["rawBytes"])
    certificate = x509.load_der_x509_certificate(raw)
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    from supplychain.verification.sigstore.keys import accepts

    assert accepts(key, envelope.signatures[0].sig, envelope.pae())
    assert envelope.signatures[0].keyid == ""


def test_one_certificate_serves_until_it_ends(
    sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(keyless.time, "monotonic", lambda: now[0])
    one = signer(sigstore, tmp_path)
    for _ in range(3):
        one.sign(STATEMENT)
    assert len(sigstore.authority.issued) == 1
    now[0] += 8 * 60
    one.sign(STATEMENT)
    assert len(sigstore.authority.issued) == 1
    now[0] += 2 * 60
    one.sign(STATEMENT)
    assert len(sigstore.authority.issued) == 2


def test_a_certificate_that_ends_at_once_is_not_kept(sigstore: SigstoreService, tmp_path: Path) -> None:
    sigstore.authority.lifetime = timedelta(seconds=30)
    one = signer(sigstore, tmp_path)
    one.sign(STATEMENT)
    one.sign(STATEMENT)
    assert len(sigstore.authority.issued) == 2


# Where tokens come from


def test_github(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sigstore.github().items():
        monkeypatch.setenv(name, value)
    one = signer(sigstore, tmp_path, token=False, query="&issuer=" + sigstore.issuer.name)
    assert one.sign(STATEMENT).signatures
    assert sigstore.count("/github-token") == 1


def test_github_without_permission(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", raising=False)
    error = refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT))
    assert (error.code, type(error)) == ("TOKEN_PERMISSION", UsageError)
    assert "id-token: write" in error.hint


def test_github_does_not_answer(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in sigstore.github().items():
        monkeypatch.setenv(name, value)
    secret = sigstore.issuer.token()
    sigstore.down("/github-token", refuse(500, f"could not mint {secret}"))
    error = refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT))
    assert (error.code, type(error)) == ("OIDC_FAILED", ToolFailed)
    sigstore.down("/github-token", drop)
    assert refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT)).code == "OIDC_FAILED"


def test_gitlab(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.delenv("SIGSTORE_ID_TOKEN", raising=False)
    assert refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT)).code == "OIDC_FAILED"
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", sigstore.issuer.token())
    assert signer(sigstore, tmp_path, token=False).sign(STATEMENT).signatures
    monkeypatch.setenv("SIGSTORE_ID_TOKEN", sigstore.issuer.token(audience="others"))
    assert refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT)).code == "TOKEN_AUDIENCE"


def test_variables(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT)).code == "TOKEN_MISSING"
    named = "&token-env=MY_TOKEN"
    assert refusal(lambda: signer(sigstore, tmp_path, token=False, query=named).sign(STATEMENT)).code == "TOKEN_MISSING"
    monkeypatch.setenv("SUPPLYCHAIN_IDENTITY_TOKEN", sigstore.issuer.token())
    assert signer(sigstore, tmp_path, token=False).sign(STATEMENT).signatures
    monkeypatch.setenv("MY_TOKEN", sigstore.issuer.token())
    assert signer(sigstore, tmp_path, token=False, query=named).sign(STATEMENT).signatures


class _Terminal:
    def isatty(self) -> bool:
        return True


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_person_logs_in(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading
    import urllib.request

    from supplychain.signing import token as module

    def browser(url: str) -> bool:
        threading.Thread(target=lambda: urllib.request.urlopen(url, timeout=30).read(), daemon=True).start()
        return True

    monkeypatch.setattr("sigstore.oidc.webbrowser.open", browser)
    monkeypatch.setattr(module, "sys", type("Sys", (), {"stdin": _Terminal(), "stderr": _Terminal()}))
    one = signer(sigstore, tmp_path, token=False)
    assert one.sign(STATEMENT).signatures
    assert one.name == f"me@example.test by {sigstore.issuer.name}"
    assert [path for _, path in sigstore.requests][-3:] == ["/auth", "/token", CERT]
    gc.collect()  # the library leaves its own little server's socket to the collector: here, not in a later test


def test_the_login_fails(sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from supplychain.signing import token as module

    monkeypatch.setattr(module, "sys", type("Sys", (), {"stdin": _Terminal(), "stderr": _Terminal()}))
    for fault in (drop, refuse(500), lambda handler: handler.reply(200, b"<html>", "text/html")):
        sigstore.down("/.well-known/openid-configuration", fault)
        error = refusal(lambda: signer(sigstore, tmp_path, token=False).sign(STATEMENT))
        assert (error.code, type(error)) == ("OIDC_FAILED", ToolFailed)


# What is wrong with a token


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ({"lifetime_s": -60}, "TOKEN_EXPIRED"),
        ({"nbf": 4102444800}, "TOKEN_EXPIRED"),
        ({"audience": "somebody-else"}, "TOKEN_AUDIENCE"),
        ({"drop": "sub"}, "TOKEN_CLAIMS"),
        ({"drop": "exp"}, "TOKEN_CLAIMS"),
        ({"drop": "iss"}, "TOKEN_CLAIMS"),
        ({"drop": "aud"}, "TOKEN_CLAIMS"),
    ],
)
def test_a_token_is_refused_before_it_is_sent(
    sigstore: SigstoreService, tmp_path: Path, token: dict[str, Any], code: str
) -> None:
    error = refusal(lambda: signer(sigstore, tmp_path, **token).sign(STATEMENT))
    assert (error.code, type(error)) == (code, UsageError)
    assert sigstore.count(CERT) == 0


@pytest.mark.parametrize("text", ["words", "eyJ.eyJ.eyJ", "ey" + "J" * 5000], ids=["words", "parts", "long"])
def test_what_is_no_token(sigstore: SigstoreService, tmp_path: Path, text: str) -> None:
    file = tmp_path / "none.jwt"
    file.write_text(text, encoding="utf-8")
    config = sigstore.write_config(tmp_path)
    one = load_signer(f"sigstore:?trust-config={config}", identity_token=file)
    assert refusal(lambda: one.sign(STATEMENT)).code == "TOKEN_MALFORMED"


def test_a_token_by_another_issuer(sigstore: SigstoreService, tmp_path: Path) -> None:
    error = refusal(lambda: signer(sigstore, tmp_path, query="&issuer=https://issuer.example").sign(STATEMENT))
    assert error.code == "TOKEN_ISSUER"
    assert sigstore.count(CERT) == 0


# What the certificate authority does


def test_the_authority_does_not_know_the_issuer(sigstore: SigstoreService, tmp_path: Path) -> None:
    with SigstoreService() as other:
        file = other.write_token(tmp_path)
        config = sigstore.write_config(tmp_path)
        one = load_signer(f"sigstore:?trust-config={config}", identity_token=file)
        error = refusal(lambda: one.sign(STATEMENT))
    assert (error.code, type(error)) == ("CA_REFUSED", ToolFailed)
    assert "processing the identity token" in error.found


@pytest.mark.parametrize(
    ("status", "code"), [(400, "CA_REFUSED"), (403, "CA_REFUSED"), (429, "CA_RATE_LIMITED"), (503, "CA_FAILED")]
)
def test_the_authority_refuses(sigstore: SigstoreService, tmp_path: Path, status: int, code: str) -> None:
    one = signer(sigstore, tmp_path)
    token = (tmp_path / "token.jwt").read_text().strip()
    sigstore.down(CERT, refuse(status, f"not with {token}"))
    assert refusal(lambda: one.sign(STATEMENT)).code == code


def test_the_authority_is_away(sigstore: SigstoreService, tmp_path: Path) -> None:
    sigstore.down(CERT)
    assert refusal(lambda: signer(sigstore, tmp_path).sign(STATEMENT)).code == "CA_UNREACHABLE"


def test_a_certificate_for_another_key(sigstore: SigstoreService, tmp_path: Path) -> None:
    other = sigstore.instance.issue(ec.generate_private_key(ec.SECP256R1()))
    from cryptography.hazmat.primitives.serialization import Encoding

    chain = {"chain": {"certificates": [other.public_bytes(Encoding.PEM).decode()]}}
    sigstore.faults[CERT] = [lambda handler: handler.say(201, {"signedCertificateEmbeddedSct": chain})]
    assert refusal(lambda: signer(sigstore, tmp_path).sign(STATEMENT)).code == "CA_ANSWER"


@pytest.mark.parametrize(
    "body",
    [{}, {"signedCertificateDetachedSct": {}}, {"signedCertificateEmbeddedSct": {"chain": {"certificates": []}}}],
)
def test_an_answer_that_is_no_certificate(sigstore: SigstoreService, tmp_path: Path, body: object) -> None:
    sigstore.faults[CERT] = [lambda handler: handler.say(201, body)]
    assert refusal(lambda: signer(sigstore, tmp_path).sign(STATEMENT)).code == "CA_ANSWER"


# The configuration of the instance


@pytest.mark.parametrize("text", ["{}", '{"mediaType": "x"}', "[", '{"signingConfig": {}}'])
def test_what_is_no_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    error = refusal(lambda: load_signer(f"sigstore:?trust-config={tmp_path}/config.json"))
    assert isinstance(error, MalformedInput)


def test_the_configuration_is_that_of_the_instance(sigstore: SigstoreService, tmp_path: Path) -> None:
    services = signer(sigstore, tmp_path).services
    assert services.certificates == sigstore.url
    assert services.logs == (f"{sigstore.url}/api/v2",)
    assert services.timestamps == (sigstore.tsa_url,)
    assert services.login == sigstore.url

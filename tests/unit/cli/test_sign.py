"""`supplychain sign` and `supplychain log`: every kind of signer, witnesses, and a log that is away."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from supplychain.signing import service
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.facts import ManagedKey, Requirements
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.simulator.runner import Run
from tests.simulator.sigstore_service import SigstoreService, refuse

WHO = "https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v1"
V2 = "/api/v2/log/entries"


@pytest.fixture
def sigstore(monkeypatch: pytest.MonkeyPatch) -> Iterator[SigstoreService]:
    monkeypatch.setattr(service, "pause", lambda _: None)
    with SigstoreService() as running:
        yield running


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "SUPPLYCHAIN_SIGNER", "SUPPLYCHAIN_IDENTITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    Path("a.txt").write_text("hello\n")


def make_key(kind: Any = "ecdsa-p256", name: str = "key.pem", password: bytes | None = None) -> Path:
    private, public = generate_pem(kind, password=password)
    Path(name).write_bytes(private)
    Path(name + ".pub").write_bytes(public)
    return Path(name)


def bundle() -> dict[str, Any]:
    return json.loads(Path("a.txt.sigstore.json").read_text())


def material() -> dict[str, Any]:
    return bundle()["verificationMaterial"]


def error_of(text: str) -> str:
    return text.partition("[")[2].partition("]")[0]


# Keys


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048"])
def test_every_type_of_key_signs_and_verifies(run: Run, kind: str) -> None:
    assert run("keys", "generate", "k.pem", "--type", kind)[0] == 0
    assert run("sign", "a.txt", "--key", "k.pem")[0] == 0
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "k.pem.pub")[0] == 0
    Path("a.txt").write_text("hullo\n")
    code, _, err = run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "k.pem.pub")
    assert (code, error_of(err)) == (6, "WRONG_ARTIFACT")


def test_a_key_without_witnesses_gives_a_bundle_without_them(run: Run) -> None:
    make_key()
    code, out, _ = run("sign", "a.txt", "--signer", "file:key.pem", "--format", "json")
    (signed,) = json.loads(out)["signed"]
    assert (code, signed["log"], signed["timestamps"]) == (0, "none", 0)
    assert set(material()) == {"publicKey", "tlogEntries"}
    assert bundle()["mediaType"] == "application/vnd.dev.sigstore.bundle.v0.3+json"


def test_the_signer_comes_from_option_variable_or_configuration(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {}
    for name in ("option", "signer", "key", "config"):
        make_key(name=f"{name}.pem")
        names[name] = LocalKey.load(Path(f"{name}.pem")).name

    def by(*words: str) -> str:
        code, out, err = run("sign", "a.txt", "--format", "json", *words)
        assert code == 0, err
        return json.loads(out)["signed"][0]["signer"]

    Path("supplychain.yaml").write_text("version: 1\nsigner: file:config.pem\n")
    assert by() == names["config"]
    monkeypatch.setenv("SUPPLYCHAIN_KEY", "key.pem")
    assert by() == names["key"]
    monkeypatch.setenv("SUPPLYCHAIN_SIGNER", "file:signer.pem")
    assert by() == names["signer"]
    assert by("--signer", "option.pem") == names["option"]
    assert by("--key", "option.pem") == names["option"]


def test_two_signers_in_the_configuration_are_refused(run: Run) -> None:
    Path("supplychain.yaml").write_text("version: 1\nsigner: file:a.pem\nkey: b.pem\n")
    code, _, err = run("sign", "a.txt")
    assert (code, error_of(err)) == (5, "BAD_CONFIG")


def test_the_public_key_of_any_signer(run: Run) -> None:
    make_key(password=b"secret")
    code, _, err = run("keys", "public", "key.pem")
    assert (code, error_of(err)) == (2, "KEY_PASSWORD")
    make_key("rsa-2048")
    code, out, _ = run("keys", "public", "file:key.pem")
    assert (code, out) == (0, Path("key.pem.pub").read_text())


def test_keyless_has_no_public_key(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    code, _, err = run("keys", "public", f"sigstore:?trust-config={sigstore.write_config(tmp_path)}")
    assert (code, error_of(err)) == (2, "NO_PUBLIC_KEY")


# Keyless


@pytest.mark.parametrize("log", [1, 2])
def test_keyless_from_github(
    run: Run, sigstore: SigstoreService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: int
) -> None:
    for name, value in sigstore.github().items():
        monkeypatch.setenv(name, value)
    config = sigstore.write_config(tmp_path, log=log)
    code, out, err = run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--format", "json")
    assert code == 0, err
    (signed,) = json.loads(out)["signed"]
    assert (signed["log"], signed["timestamps"], signed["signer"]) == (
        "included",
        1,
        f"{WHO} by {sigstore.issuer.name}",
    )
    asked = ["--certificate-identity", WHO, "--certificate-oidc-issuer", sigstore.issuer.name]
    root = sigstore.write_root(tmp_path)
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", *asked, "--trusted-root", root)[0] == 0
    asked[1] += "0"
    code, _, err = run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", *asked, "--trusted-root", root)
    assert (code, error_of(err)) == (6, "IDENTITY_MISMATCH")


def test_sigstore_python_believes_it_too(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    from sigstore.models import Bundle, ClientTrustConfig
    from sigstore.verify import Verifier, policy

    for log in (1, 2):
        config, token = sigstore.write_config(tmp_path, log=log), sigstore.write_token(tmp_path)
        assert run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token)[0] == 0
        found = Bundle.from_json(Path("a.txt.sigstore.json").read_text())
        verifier = Verifier(trusted_root=ClientTrustConfig.from_json(config.read_text()).trusted_root)
        kind, _ = verifier.verify_dsse(found, policy.Identity(identity=WHO, issuer=sigstore.issuer.name))
        assert kind == "application/vnd.in-toto+json"


def test_sigstore_python_signs_with_the_same_services(sigstore: SigstoreService, tmp_path: Path) -> None:
    """The simulator is no mirror of our own client: another one works with it."""
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityToken
    from sigstore.sign import SigningContext

    for log in (1, 2):
        config = ClientTrustConfig.from_json(sigstore.write_config(tmp_path, log=log).read_text())
        with SigningContext.from_trust_config(config).signer(IdentityToken(sigstore.issuer.token())) as signer:
            made = SigstoreBundle.parse(signer.sign_artifact(b"hello\n").to_json().encode(), where="")
        from supplychain.verification.sigstore.facts import CertificateIdentity

        who = CertificateIdentity(identity=WHO, issuer=sigstore.issuer.name)
        assert verify_bundle(made, artifact=b"hello\n", trusted_root=sigstore.root, signer=who).entries


@pytest.mark.parametrize("defect", ["ct_key", "ca_key"])
def test_a_certificate_that_does_not_hold_is_not_signed_with(
    run: Run, sigstore: SigstoreService, tmp_path: Path, defect: str
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec

    sigstore.authority.options = {defect: ec.generate_private_key(ec.SECP384R1())}
    config, token = sigstore.write_config(tmp_path), sigstore.write_token(tmp_path)
    code, _, err = run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token)
    assert (code, error_of(err)) == (4, "WITNESS_INVALID")
    assert not Path("a.txt.sigstore.json").exists()


def test_a_log_that_lies_is_not_believed(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    config = sigstore.write_config(tmp_path)
    for change in ({"root": b"\0" * 32}, {"key": sigstore.instance.tsa_key}):
        sigstore.rekor[2].change = change
        token = sigstore.write_token(tmp_path)
        code, _, err = run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token)
        assert (code, error_of(err)) == (4, "WITNESS_INVALID")
    assert not Path("a.txt.sigstore.json").exists()


def test_keyless_without_log_time_or_timestamp_is_refused(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    config, token = sigstore.write_config(tmp_path, log=2, tsa=False), sigstore.write_token(tmp_path)
    code, _, err = run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token)
    assert (code, error_of(err)) == (4, "WITNESS_INVALID")
    assert "NO_TRUSTED_TIME" in err


def test_no_token_is_printed(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    config, token = sigstore.write_config(tmp_path), sigstore.write_token(tmp_path, lifetime_s=-99)
    code, out, err = run("sign", "a.txt", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token)
    assert (code, error_of(err)) == (2, "TOKEN_EXPIRED")
    assert token.read_text()[:20] not in out + err


# Witnesses of a key


@pytest.mark.parametrize("log", ["", "/api/v2"])
def test_a_key_with_witnesses(run: Run, sigstore: SigstoreService, tmp_path: Path, log: str) -> None:
    make_key()
    root = sigstore.write_root(tmp_path)
    witnesses = ["--timestamp-url", sigstore.tsa_url, "--log-url", sigstore.url + log]
    code, out, err = run("sign", "a.txt", "--key", "key.pem", *witnesses, "--trusted-root", root, "--format", "json")
    assert code == 0, err
    assert json.loads(out)["signed"][0]["log"] == "included"
    found = SigstoreBundle.parse(Path("a.txt.sigstore.json").read_bytes(), where="")
    signer = ManagedKey.parse(Path("key.pem.pub").read_bytes(), where="")
    required = Requirements(log_entries=1, times=0, scts=0)
    verified = verify_bundle(
        found, artifact=b"hello\n", trusted_root=sigstore.root, signer=signer, requirements=required
    )
    assert "timestamp" in {time.source for time in verified.times}
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "key.pem.pub")[0] == 0


def test_witnesses_from_the_configuration(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    make_key()
    sigstore.write_root(tmp_path)
    Path("supplychain.yaml").write_text(
        f"version: 1\nsigner: key.pem\ntimestamp: {sigstore.tsa_url}\nlog: {sigstore.url}/api/v2\n"
        "trusted_root: trusted_root.json\n"
    )
    assert run("sign", "a.txt")[0] == 0
    assert len(material()["tlogEntries"]) == len(material()["timestampVerificationData"]["rfc3161Timestamps"]) == 1


def test_a_timestamp_that_does_not_hold_is_not_kept(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    make_key()
    sigstore.stamper.change = {"nonce": 1}
    code, _, err = run("sign", "a.txt", "--key", "key.pem", "--timestamp-url", sigstore.tsa_url)
    assert (code, error_of(err)) == (4, "TIMESTAMP_ANSWER")
    assert not Path("a.txt.sigstore.json").exists()


# The file itself


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ed25519", "rsa-2048"])
def test_a_file_itself_is_signed(run: Run, kind: str) -> None:
    make_key(kind)
    assert run("sign", "a.txt", "--key", "key.pem", "--blob")[0] == 0
    assert set(bundle()) == {"mediaType", "verificationMaterial", "messageSignature"}
    code, _, err = run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "key.pem.pub")
    assert code == 0, err
    Path("a.txt").write_text("hullo\n")
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "key.pem.pub")[0] == 6


@pytest.mark.parametrize("log", ["/api/v1", "/api/v2"])
@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "rsa-2048"])
def test_a_file_itself_with_witnesses(run: Run, sigstore: SigstoreService, tmp_path: Path, kind: str, log: str) -> None:
    make_key(kind)
    witnesses = ["--timestamp-url", sigstore.tsa_url, "--log-url", sigstore.url + log]
    root = sigstore.write_root(tmp_path)
    code, _, err = run("sign", "a.txt", "--key", "key.pem", "--blob", *witnesses, "--trusted-root", root)
    assert code == 0, err
    found = SigstoreBundle.parse(Path("a.txt.sigstore.json").read_bytes(), where="")
    assert [(e.kind, len(found.timestamps)) for e in found.entries] == [("hashedrekord", 1)]


def test_a_file_itself_keyless(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    from sigstore.models import Bundle, ClientTrustConfig
    from sigstore.verify import Verifier, policy

    for log in (1, 2):
        config, token = sigstore.write_config(tmp_path, log=log), sigstore.write_token(tmp_path)
        words = ["--blob", "--signer", f"sigstore:?trust-config={config}", "--identity-token", token]
        assert run("sign", "a.txt", *words)[0] == 0
        found = Bundle.from_json(Path("a.txt.sigstore.json").read_text())
        verifier = Verifier(trusted_root=ClientTrustConfig.from_json(config.read_text()).trusted_root)
        verifier.verify_artifact(b"hello\n", found, policy.Identity(identity=WHO, issuer=sigstore.issuer.name))


# A log that is away


def sign_pending(
    run: Run, sigstore: SigstoreService, tmp_path: Path, *more: str, keyless: bool = False, kind: str = "ecdsa-p256"
) -> list[object]:
    sigstore.down(V2, refuse(503))
    if keyless:
        config, token = sigstore.write_config(tmp_path), sigstore.write_token(tmp_path)
        words: list[object] = ["--signer", f"sigstore:?trust-config={config}", "--identity-token", token]
    else:
        make_key(kind)
        root = sigstore.write_root(tmp_path)
        words = ["--key", "key.pem", "--timestamp-url", sigstore.tsa_url, "--log-url", f"{sigstore.url}/api/v2"]
        words += ["--trusted-root", root]
    code, _, err = run("sign", "a.txt", *words, *more)
    assert (code, "LOG_PENDING" in err) == (0, True), err
    assert material()["tlogEntries"] == []
    return ["--trusted-root", sigstore.write_root(tmp_path)]


@pytest.mark.parametrize("keyless", [False, True])
def test_signed_now_and_logged_later(run: Run, sigstore: SigstoreService, tmp_path: Path, keyless: bool) -> None:
    root = sign_pending(run, sigstore, tmp_path, keyless=keyless)
    before = Path("a.txt.sigstore.json").read_bytes()
    (one,) = json.loads(run("log", "list", "--format", "json")[1])["pending"]
    assert one["bundle"].endswith("a.txt.sigstore.json")
    assert "LOG_FAILED" in one["reason"]
    code, out, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "LOG_FAILED")
    assert Path("a.txt.sigstore.json").read_bytes() == before
    sigstore.up(V2)
    code, out, _ = run("log", "flush", *root, "--format", "json")
    assert code == 0
    assert json.loads(out)["flushed"][0]["index"] == 6
    assert len(material()["tlogEntries"]) == 1
    assert run("log", "flush", *root)[2] == "nothing is pending\n"
    found = SigstoreBundle.parse(Path("a.txt.sigstore.json").read_bytes(), where="")
    assert found.envelope is not None
    assert found.envelope.signatures == SigstoreBundle.parse(before, where="").envelope.signatures  # type: ignore[union-attr]


def test_a_certificate_that_has_ended_is_logged_all_the_same(
    run: Run, sigstore: SigstoreService, tmp_path: Path
) -> None:
    """Rekor v1 gives a time of its own, after the certificate's end; the timestamp says when it was signed."""
    from datetime import timedelta

    from supplychain.verification.sigstore.facts import CertificateIdentity

    v1 = "/api/v1/log/entries"
    sigstore.down(v1)
    sigstore.authority.lifetime = timedelta(seconds=5)
    config, token = sigstore.write_config(tmp_path, log=1), sigstore.write_token(tmp_path)
    words = ["--signer", f"sigstore:?trust-config={config}", "--identity-token", token]
    assert run("sign", "a.txt", *words)[0] == 0
    sigstore.up(v1)
    later = sigstore.rekor[1]
    keep = later._keep

    def in_a_day(raw: bytes) -> int:
        index = keep(raw)
        later.times[index] += 86_400
        return index

    later._keep = in_a_day  # type: ignore[method-assign]
    assert run("log", "flush", "--trusted-root", sigstore.write_root(tmp_path))[0] == 0
    found = SigstoreBundle.parse(Path("a.txt.sigstore.json").read_bytes(), where="")
    who = CertificateIdentity(identity=WHO, issuer=sigstore.issuer.name)
    assert verify_bundle(found, artifact=b"hello\n", trusted_root=sigstore.root, signer=who).entries[0].proven


def test_without_a_timestamp_a_missing_log_is_a_failure(run: Run, sigstore: SigstoreService) -> None:
    make_key()
    sigstore.down(V2)
    code, _, err = run("sign", "a.txt", "--key", "key.pem", "--log-url", f"{sigstore.url}/api/v2")
    assert (code, error_of(err)) == (4, "LOG_UNREACHABLE")
    assert "--timestamp-url" in err
    assert not Path("a.txt.sigstore.json").exists()


def test_a_log_that_refuses_is_not_waited_for(run: Run, sigstore: SigstoreService) -> None:
    make_key()
    sigstore.down(V2, refuse(400, "no such keys here"))
    words = ["--timestamp-url", sigstore.tsa_url, "--log-url", f"{sigstore.url}/api/v2"]
    code, _, err = run("sign", "a.txt", "--key", "key.pem", *words)
    assert (code, error_of(err)) == (4, "LOG_REFUSED")
    assert not Path(".supplychain/pending").exists()


@pytest.mark.parametrize(("keyless", "kind"), [(False, "ecdsa-p256"), (False, "ecdsa-p384"), (True, "")])
def test_a_file_itself_is_signed_now_and_logged_later(
    run: Run, sigstore: SigstoreService, tmp_path: Path, keyless: bool, kind: str
) -> None:
    root = sign_pending(run, sigstore, tmp_path, "--blob", keyless=keyless, kind=kind)
    before = bundle()
    size = len(sigstore.rekor[2].bodies)
    sigstore.up(V2)
    Path("a.txt").write_text("hullo\n")
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "ARTIFACT_CHANGED")
    Path("a.txt").unlink()
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "FILE_MISSING")
    assert len(sigstore.rekor[2].bodies) == size, "nothing is logged about it"
    Path("a.txt").write_text("hello\n")
    code, out, _ = run("log", "flush", *root, "--format", "json")
    assert (code, json.loads(out)["flushed"][0]["index"]) == (0, size)
    assert bundle()["messageSignature"] == before["messageSignature"]
    assert len(material()["tlogEntries"]) == 1
    assert run("log", "flush", *root)[2] == "nothing is pending\n"
    who = ["--certificate-identity", WHO, "--certificate-oidc-issuer", sigstore.issuer.name]
    asked = [*who, *root] if keyless else ["--key", "key.pem.pub"]
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", *asked)[0] == 0


def test_another_signature_of_the_file_is_left_alone(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path, "--blob")
    sigstore.up(V2)
    make_key(name="other.pem")
    assert run("sign", "a.txt", "--key", "other.pem", "--blob")[0] == 0
    other = bundle()
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "BUNDLE_CHANGED")
    assert run("sign", "a.txt", "--key", "other.pem")[0] == 0
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "NOT_A_BUNDLE")
    assert bundle() != other
    assert list(Path(".supplychain/pending").iterdir())


def test_killed_before_the_bundle_was_written(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path)
    Path("a.txt.sigstore.json").unlink()
    sigstore.up(V2)
    assert run("log", "flush", *root)[0] == 0
    assert len(material()["tlogEntries"]) == 1
    assert run("verify", "a.txt", "--bundle", "a.txt.sigstore.json", "--key", "key.pem.pub")[0] == 0


def test_killed_after_the_log_took_it(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path)
    shutil.copytree(".supplychain/pending", "kept")
    sigstore.up(V2)
    assert run("log", "flush", *root)[0] == 0
    done, size = Path("a.txt.sigstore.json").read_bytes(), len(sigstore.rekor[2].bodies)
    shutil.copytree("kept", ".supplychain/pending", dirs_exist_ok=True)
    assert run("log", "flush", *root)[0] == 0
    assert len(sigstore.rekor[2].bodies) == size, "it is in the log once"
    assert json.loads(done)["dsseEnvelope"] == bundle()["dsseEnvelope"]
    assert len(material()["tlogEntries"]) == 1
    assert not list(Path(".supplychain/pending").iterdir())


@pytest.mark.parametrize("version", [1, 2])
def test_a_log_that_takes_the_entry_and_does_not_say_so(
    run: Run, sigstore: SigstoreService, tmp_path: Path, version: int
) -> None:
    """The worst moment for a connection to break: the entry is made, and nobody knows."""
    make_key()
    path = f"/api/v{version}/log/entries"
    size = len(sigstore.rekor[version].bodies)

    def silent(handler: Any) -> None:
        handler.say = lambda *_, **__: setattr(handler, "close_connection", True)
        handler._honest("POST", path, handler.body)

    sigstore.down(path, silent)
    root = ["--trusted-root", sigstore.write_root(tmp_path)]
    witnesses = ["--timestamp-url", sigstore.tsa_url, "--log-url", f"{sigstore.url}/api/v{version}"]
    code, _, err = run("sign", "a.txt", "--key", "key.pem", *witnesses, *root)
    assert (code, "LOG_PENDING" in err) == (0, True), err
    sigstore.up(path)
    assert run("log", "flush", *root)[0] == 0
    assert len(sigstore.rekor[version].bodies) == size + 1, "however often it was sent, it is there once"
    assert len(material()["tlogEntries"]) == 1


def test_a_file_that_was_signed_anew_is_left_alone(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path)
    make_key(name="other.pem")
    assert run("sign", "a.txt", "--key", "other.pem")[0] == 0
    before = Path("a.txt.sigstore.json").read_bytes()
    sigstore.up(V2)
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "BUNDLE_CHANGED")
    assert Path("a.txt.sigstore.json").read_bytes() == before


def test_a_note_cannot_write_just_anywhere(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path)
    sigstore.up(V2)
    (note,) = Path(".supplychain/pending").iterdir()
    body = json.loads(note.read_text())
    for target in ({"file": str(tmp_path / ".bashrc")}, {"name": "../x", "subjects": ["sha256:" + "0" * 64]}, {}, None):
        note.write_text(json.dumps({**body, "target": target}))
        assert run("log", "flush", *root)[0] in (4, 5)
        assert not (tmp_path / ".bashrc").exists()
        assert note.exists()
    victim = tmp_path / "victim.sigstore.json"
    victim.write_text("{}")
    note.write_text(json.dumps({**body, "target": {"file": str(victim)}}))
    assert run("log", "flush", *root)[0] == 4
    assert victim.read_text() == "{}"


def test_a_log_that_lies_later_is_not_believed(run: Run, sigstore: SigstoreService, tmp_path: Path) -> None:
    root = sign_pending(run, sigstore, tmp_path)
    before = Path("a.txt.sigstore.json").read_bytes()
    sigstore.up(V2)
    sigstore.rekor[2].change = {"root": b"\0" * 32}
    code, _, err = run("log", "flush", *root)
    assert (code, error_of(err)) == (4, "WITNESS_INVALID")
    assert Path("a.txt.sigstore.json").read_bytes() == before
    assert list(Path(".supplychain/pending").iterdir())

"""The public conformance samples through the client, by file and by digest; and the client's own manners."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError
from supplychain.files import read_bytes
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.facts import CertificateIdentity, ManagedKey
from supplychain.verification.sigstore.formats import parse_bundles
from supplychain.verification.sigstore.roots import load_root
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle
from tests.conformance.forge import ARTIFACT, IDENTITY, ISSUER, pem
from tests.conformance.forged import bundle, check, instance

CLIENT = Path(__file__).parent / "sigstore_client"
BEACON = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)


def text_of(path: Path, default: str) -> str:
    return path.read_text().strip() if path.exists() else default


def verdict(case: Path, artifact: bytes | Digest) -> str:
    """`OK`, or the code of the refusal."""
    try:
        if (case / "key.pub").exists():
            signer: CertificateIdentity | ManagedKey = ManagedKey.parse(
                (case / "key.pub").read_bytes(), where="key.pub"
            )
        else:
            signer = CertificateIdentity(
                identity=text_of(case / "identity", BEACON), issuer=text_of(case / "issuer", ISSUER)
            )
        given = case / "trusted_root.json"
        root = TrustedRoot.parse(given.read_bytes(), where="root") if given.exists() else load_root()
        parsed = SigstoreBundle.parse(read_bytes(case / "bundle.sigstore.json"), where=case.name)
        verify_bundle(parsed, artifact=artifact, trusted_root=root, signer=signer)
    except SupplychainError as error:
        return error.code
    return "OK"


@pytest.mark.shared
def test_every_public_sample_comes_out_as_its_name_says(shared: Path) -> None:
    cases = shared / "sigstore" / "cases"
    wrong = []
    for case in sorted(path for path in cases.iterdir() if path.is_dir()):
        local = case / "artifact"
        data = (local if local.exists() else cases / "a.txt").read_bytes()
        for artifact in (data, Digest.of_bytes(data)):
            found = verdict(case, artifact)
            if (found == "OK") is case.name.endswith("_fail"):
                wrong.append(f"{case.name}: {found}")
    assert wrong == []


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("bundle-from-wrong-instance_fail", "UNKNOWN_LOG"),
        ("bundle-malformed-json_fail", "NOT_JSON"),
        ("bundle-negative-log-index_fail", "NOT_A_BUNDLE"),
        ("bundle-unknown-version_fail", "NOT_A_BUNDLE"),
        ("bundle-with-root-cert_fail", "CERTIFICATE_UNTRUSTED"),
        ("intoto-expired-certificate_fail", "CERTIFICATE_EXPIRED"),
        ("intoto-log-entry-mismatch_fail", "LOG_ENTRY_MISMATCH"),
        ("intoto-missing-inclusion-proof_fail", "NOT_IN_LOG"),
        ("invalid-checkpoint-signature_fail", "CHECKPOINT_INVALID"),
        ("managed-key-no-key_fail", "UNKNOWN_SIGNER"),
        ("rekor2-timestamp-payload-mismatch_fail", "TIMESTAMP_INVALID"),
        ("rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail", "TIMESTAMP_INVALID"),
        ("rekor2-timestamp-with-incorrect-time_fail", "CERTIFICATE_EXPIRED"),
    ],
)
def test_a_public_sample_is_refused_for_its_own_reason(shared: Path, name: str, code: str) -> None:
    case = shared / "sigstore" / "cases" / name
    local = case / "artifact"
    data = (local if local.exists() else case.parent / "a.txt").read_bytes()
    assert verdict(case, data) == code


@pytest.mark.shared
def test_provenance_of_public_builders_verifies_or_has_a_damaged_signature(shared: Path) -> None:
    """Signatures only: what the provenance says is the business of `expectations`."""
    folder = shared / "provenance" / "files"
    names = [
        p for p in sorted(folder.rglob("*")) if p.suffix in (".jsonl", ".slsa", ".sigstore") and "vsa" not in p.parts
    ]
    assert names
    anyone = CertificateIdentity(identity="*", issuer=ISSUER, pattern=True)
    for path in [*names, *sorted((folder / "npm").rglob("*.json"))]:
        codes = []
        for parsed in parse_bundles(path.read_bytes(), where=path.name):
            if parsed.certificate is None:
                continue  # npm's own publish statement: by a key of the registry
            try:
                verify_bundle(parsed, artifact=None, trusted_root=load_root(), signer=anyone)
                codes.append("OK")
            except SupplychainError as error:
                codes.append(error.code)
        assert codes == ["SIGNATURE_MISMATCH" if "invalidsigprov" in path.name else "OK"], path.name


@pytest.mark.filterwarnings("default")
def test_sigstore_python_agrees_about_forged_bundles(tmp_path: Path) -> None:
    """A second opinion: what that client accepts, this one accepts; and nothing damaged passes here that fails there."""
    models = pytest.importorskip("sigstore.models")
    verifier = pytest.importorskip("sigstore.verify.verifier")
    policy = pytest.importorskip("sigstore.verify.policy")
    (tmp_path / "root.json").write_text(json.dumps(instance().trusted_root()))
    theirs = verifier.Verifier(trusted_root=models.TrustedRoot.from_file(str(tmp_path / "root.json")))
    who = policy.Identity(identity=IDENTITY, issuer=ISSUER)

    def accepted_there(text: str) -> bool:
        try:
            read = models.Bundle.from_json(text)
            if "dsseEnvelope" in text:
                theirs.verify_dsse(read, who)
            else:
                theirs.verify_artifact(ARTIFACT, read, who)
        except Exception:
            return False
        return True

    def accepted_here(text: str) -> bool:
        try:
            check(json.loads(text))
        except (SupplychainError, ValueError):
            return False
        return True

    both = [("dsse", "0.0.1", True), ("hashedrekord", "0.0.1", False), ("hashedrekord", "0.0.2", False)]
    chance = random.Random(1)
    for kind, version, dsse in [*both, ("hashedrekord", "0.0.2", True)]:
        text = json.dumps(bundle(kind, version, dsse=dsse))
        assert accepted_there(text)
        assert accepted_here(text)
        for _ in range(100):
            position = chance.randrange(len(text))
            damaged = text[:position] + chance.choice("aB3/0 ") + text[position + 1 :]
            assert accepted_there(damaged) or not accepted_here(damaged), damaged


def run(*argv: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(CLIENT), *map(str, argv)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def test_the_client_speaks_the_protocol(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "artifact").write_bytes(ARTIFACT)
    (tmp_path / "root.json").write_text(json.dumps(instance().trusted_root()))
    (tmp_path / "keyless.json").write_text(json.dumps(bundle()))
    (tmp_path / "keyed.json").write_text(json.dumps(bundle(keyed=True, key=key)))
    (tmp_path / "key.pem").write_bytes(pem(key))
    who = ("--certificate-identity", IDENTITY, "--certificate-oidc-issuer", ISSUER)
    root = ("--trusted-root", "root.json")
    keyless = ("verify-bundle", "--bundle", "keyless.json", *who)
    digest = "sha256:" + hashlib.sha256(ARTIFACT).hexdigest()
    assert run(*keyless, *root, "artifact", cwd=tmp_path).returncode == 0
    assert run(*keyless, *root, digest, cwd=tmp_path).returncode == 0
    keyed = ("verify-bundle", "--bundle", "keyed.json", "--key", "key.pem", *root)
    assert run(*keyed, "artifact", cwd=tmp_path).returncode == 0
    assert "UNKNOWN_LOG" in run(*keyless, "artifact", cwd=tmp_path).stderr
    assert "UNKNOWN_LOG" in run(*keyless, "--staging", "artifact", cwd=tmp_path).stderr
    assert "WRONG_ARTIFACT" in run(*keyless, *root, "sha256:" + "0" * 64, cwd=tmp_path).stderr
    nobody = run("verify-bundle", "--bundle", "keyless.json", *root, "artifact", cwd=tmp_path)
    assert nobody.returncode == 2
    assert "--certificate-identity" in nobody.stderr
    assert run(*keyed, *who, "artifact", cwd=tmp_path).returncode == 2, "a key and an identity"
    assert (
        "does not sign" in run("sign-bundle", "--bundle", "x", "--identity-token", "y", "artifact", cwd=tmp_path).stderr
    )

"""`verify` on evidence that no key of the user's signed, as a user calls it."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from supplychain.cli.verify import verify
from supplychain.errors import SupplychainError, UsageError
from supplychain.signing.local_key import generate_pem
from tests.conformance.forge import ISSUER
from tests.conformance.forged import instance
from tests.unit.verification.provenance.made import GENERIC, changed, generic, sign

SHOP = ("--source-uri", "github.com/example/shop")


@pytest.fixture
def built(tmp_path: Path) -> list[str]:
    """An artifact, its provenance by a public builder, and the root to believe; as words of the command."""
    (tmp_path / "shop").write_bytes(b"shop 1.2.3")
    (tmp_path / "root.json").write_text(json.dumps(instance().trusted_root()))
    (tmp_path / "shop.jsonl").write_text(json.dumps(sign(generic())))
    names = ("shop", "--bundle", "shop.jsonl", "--trusted-root", "root.json")
    return [str(tmp_path / word) if not word.startswith("--") else word for word in names]


def run(*words: str) -> Result:
    app = typer.Typer()
    app.command()(verify)
    return CliRunner().invoke(app, list(words))


def refused(code: str, *words: str) -> SupplychainError:
    done = run(*words)
    assert isinstance(done.exception, SupplychainError), done.output
    assert done.exception.code == code, done.exception.diagnostics()
    return done.exception


def test_a_public_builder_needs_no_key_and_no_trust_file(built: list[str]) -> None:
    done = run(*built, *SHOP, "--source-versioned-tag", "v1", "--source-branch", "main")
    assert done.exit_code == 0, done.output
    assert f"built by {GENERIC}, level 3" in done.stdout
    told = json.loads(run(*built, *SHOP, "--format", "json", "--predicate", "provenance").stdout)
    (one,) = told["verified"]
    assert (one["builder_level"], one["ref"]) == (3, "refs/tags/v1.2.3")
    digest = "sha256:" + hashlib.sha256(b"shop 1.2.3").hexdigest()
    assert told["artifact"] == {"name": "shop", "digest": digest}
    assert run(digest, *built[1:], *SHOP).exit_code == 0


def test_each_refusal_reaches_the_user_with_its_code(built: list[str]) -> None:
    assert isinstance(refused("SOURCE_EXPECTED", *built), UsageError)
    refused("SOURCE_MISMATCH", *built, "--source-uri", "github.com/example/other")
    refused("TAG_MISMATCH", *built, *SHOP, "--source-tag", "v1")
    refused("WORKFLOW_INPUT_MISMATCH", *built, *SHOP, "--workflow-input", "a=b")
    refused("PACKAGE_VERSION_MISMATCH", *built, *SHOP, "--package-version", "1")
    refused("WRONG_PREDICATE", *built, *SHOP, "--predicate", "sbom")
    refused("UNKNOWN_LOG", *built[:3], *SHOP)
    refused("WRONG_ARTIFACT", "sha256:" + "f" * 64, *built[1:], *SHOP)
    for words in (["--workflow-input", "a"], ["--workflow-input", "a=1", "--workflow-input", "a=2"]):
        assert isinstance(refused("USAGE", *built, *SHOP, *words), UsageError)


def test_a_key_or_a_trust_file_leaves_nobody_else_to_believe(built: list[str], tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(generate_pem()[1])
    refused("UNKNOWN_SIGNER", *built, *SHOP, "--key", str(tmp_path / "key.pub"))


def test_a_named_identity_is_believed_and_no_other(built: list[str], tmp_path: Path) -> None:
    who = ("--certificate-identity", GENERIC, "--certificate-oidc-issuer", ISSUER)
    assert "signed by" in run(*built, *who).stdout
    assert run(*built, *who, *SHOP, "--source-tag", "v1.2.3").exit_code == 0
    refused("TAG_MISMATCH", *built, *who, "--source-tag", "v1")
    refused("IDENTITY_MISMATCH", *built, "--certificate-identity", "x", *who[2:])
    refused("ISSUER_MISMATCH", *built, *who[:3], "https://evil.test")
    refused("USAGE", *built, *who[:2])
    refused("USAGE", built[0], *who)
    refused("USAGE", *built, *who, "--key", str(tmp_path / "key.pub"))


def test_evidence_by_a_key_still_asks_for_trust(built: list[str], tmp_path: Path) -> None:
    keyed = tmp_path / "keyed.json"
    keyed.write_text(json.dumps({"payload": "eA==", "payloadType": "x", "signatures": [{"keyid": "", "sig": "eA=="}]}))
    refused("TRUST_MISSING", built[0], "--bundle", str(keyed), "--project", str(tmp_path))


def test_a_folder_must_be_an_image_layout(built: list[str], tmp_path: Path) -> None:
    refused("NOT_A_LAYOUT", built[0], "--bundle", str(tmp_path), *SHOP)


def test_every_given_file_must_verify(built: list[str], tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(json.dumps(sign(changed(generic(), "subject.1.digest.sha256", "0" * 64))))
    refused("WRONG_ARTIFACT", *built, *SHOP, "--bundle", str(bad))


def test_keyed_evidence_imports_nothing_of_certificates() -> None:
    code = (
        "import sys, supplychain.pipeline.verify, supplychain.cli.verify, supplychain.pipeline.public\n"
        "print([m for m in sys.modules if 'x509' in m or 'sigstore' in m and 'supplychain.verification' in m])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

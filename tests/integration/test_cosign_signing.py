"""The real cosign believes what we sign: keyless and by key, statements and files, logs of both versions."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.runner import run_cli
from tests.simulator.sigstore_service import SigstoreService

WHO = "https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v1"
TYPE = "urn:supplychain:predicate:signature:v1"

pytestmark = pytest.mark.tools


@pytest.fixture(scope="module")
def cosign() -> str:
    found = os.environ.get("COSIGN") or shutil.which("cosign")
    if found is None:
        pytest.skip("cosign is not on PATH (or in $COSIGN)")
    return found


@pytest.fixture
def sigstore() -> Iterator[SigstoreService]:
    with SigstoreService() as running:
        yield running


def verify(cosign: str, folder: Path, verb: str, *words: object) -> None:
    (folder / "home").mkdir(exist_ok=True)
    more = ["--trusted-root", "trusted_root.json", "--bundle", "a.txt.sigstore.json", "--use-signed-timestamps"]
    usage = subprocess.run([cosign, verb, "--help"], capture_output=True, text=True, check=True).stdout
    if "--new-bundle-format" in usage and "--new-bundle-format=true" not in usage:
        more.append("--new-bundle-format")
    done = subprocess.run(
        [cosign, verb, *more, *map(str, words), "a.txt"],
        cwd=folder,
        env={"HOME": str(folder / "home"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "Verified OK" in done.stderr + done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("blob", [False, True], ids=["statement", "file"])
@pytest.mark.parametrize("log", [1, 2])
@pytest.mark.parametrize("keyless", [True, False], ids=["keyless", "key"])
def test_cosign_believes_it(
    cosign: str, sigstore: SigstoreService, tmp_path: Path, keyless: bool, log: int, blob: bool
) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    root = sigstore.write_root(tmp_path)
    if keyless:
        config = sigstore.write_config(tmp_path, log=log)
        words: list[object] = ["--signer", f"sigstore:?trust-config={config}"]
        words += ["--identity-token", sigstore.write_token(tmp_path)]
        who = ["--certificate-identity", WHO, "--certificate-oidc-issuer", sigstore.issuer.name]
    else:
        assert run_cli(["keys", "generate", "key.pem"], env={}, cwd=tmp_path).exit_code == 0
        words = ["--key", "key.pem", "--timestamp-url", sigstore.tsa_url, "--trusted-root", root]
        words += ["--log-url", f"{sigstore.url}/api/v{log}"]
        who = ["--key", "key.pem.pub"]
    signed = run_cli(["sign", "a.txt", *words, *(["--blob"] if blob else [])], env={}, cwd=tmp_path)
    assert signed.exit_code == 0, signed.stderr
    if blob:
        verify(cosign, tmp_path, "verify-blob", *who)
    else:
        verify(cosign, tmp_path, "verify-blob-attestation", *who, "--type", TYPE)

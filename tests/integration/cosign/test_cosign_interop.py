"""The real cosign and us, both directions: keys, files and images, and keyless bundles of a Sigstore instance of our own.

Needs `cosign` on PATH (`go install github.com/sigstore/cosign/v3/cmd/cosign@latest`, or v2); further versions may lie
there as `cosign2` and `cosign3`. By hand: `python -m pytest tests/integration/cosign -v`.

`--insecure-ignore-tlog=true` and `--tlog-upload=false` are cosign's words for "signed by a key, without an entry in the
public log", which is what is tested here; nothing of ours has such a switch.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.image.credentials import Credentials
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.artifact.image.registry_push import PushClient
from supplychain.errors import ExitCode
from supplychain.pipeline.attest import sign_and_put
from supplychain.pipeline.sign import RELEASE_TYPE
from supplychain.store.manifests import EMPTY, MANIFEST
from supplychain.store.oci import OciStore
from supplychain.verification.image_signature import IMAGE_SIGNATURE
from tests.conformance import forge, forged
from tests.simulator import evidence
from tests.simulator.real_registry import RealRegistry
from tests.simulator.runner import assert_told, run_cli
from tests.simulator.world import AT, HOUR, World

pytestmark = pytest.mark.tools
ROOT = Path(__file__).resolve().parents[3]
PRODUCTION = ROOT / "supplychain/verification/sigstore/roots/production.json"
"""cosign 2 wants a trusted root for every bundle, also where a key signs and no log is asked; it stays offline with it."""
CUSTOM = "https://cosign.sigstore.dev/attestation/v1"


class Cosign:
    """One cosign, with a key pair and a file, in a folder."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program = program
        self.folder = folder
        self.env = {"HOME": str(folder), "PATH": os.environ["PATH"], "COSIGN_PASSWORD": ""}
        self.major = int(json.loads(self.run("version", "--json").stdout)["gitVersion"].lstrip("v").partition(".")[0])
        self.run("generate-key-pair", "--output-key-prefix", "key")
        self.key, self.public = folder / "key.key", folder / "key.pub"
        self.file = folder / "shop-1.0.txt"
        self.file.write_text("the bytes of shop 1.0\n")

    def run(self, *words: str | Path, fails: bool = False) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self.program, *map(str, words)], cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=120
        )
        assert (done.returncode != 0) == fails, f"{words}\n{done.stdout}\n{done.stderr}"
        return done

    def sign(self, verb: str, *words: str | Path) -> None:
        """Sign something with the key, without the public log."""
        offline = ["--tlog-upload=false", *(["--use-signing-config=false"] if self.major >= 3 else [])]
        self.run(verb, "--key", self.key, *offline, "--yes", *words)

    def verify(self, verb: str, *words: str | Path, fails: bool = False) -> str:
        """Verify something with a key, without the public log; what was told."""
        return self.run(verb, "--insecure-ignore-tlog=true", *words, fails=fails).stdout

    def verify_bundle(self, verb: str, key: Path, bundle: Path, *words: str | Path, fails: bool = False) -> None:
        """Verify a bundle about a file."""
        root = ["--trusted-root", PRODUCTION, "--new-bundle-format"] if self.major < 3 else []
        self.verify(verb, "--key", key, "--bundle", bundle, *root, *words, fails=fails)


@pytest.fixture(params=["cosign", "cosign2", "cosign3"])
def cosign(request: pytest.FixtureRequest, tmp_path: Path) -> Cosign:
    program = shutil.which(request.param)
    if program is None:
        pytest.skip(f"needs {request.param} on PATH")
    folder = tmp_path / "cosign"
    folder.mkdir()
    return Cosign(program, folder)


def ours(cosign: Cosign, *words: str | Path, key: str = "", at: str = "") -> int:
    """Run our command line in the folder; its exit code."""
    env = {**cosign.env, "SUPPLYCHAIN_HOME": str(cosign.folder / "home"), "SUPPLYCHAIN_KEY": key}
    return run_cli([str(word) for word in words], env=env, cwd=cosign.folder).exit_code


# ours, verified by cosign


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ed25519"])
def test_cosign_verifies_what_we_sign(cosign: Cosign, kind: str) -> None:
    assert ours(cosign, "keys", "generate", "ours", "--type", kind) == 0
    assert ours(cosign, "sign", cosign.file, key="ours") == 0
    public, bundle = cosign.folder / "ours.pub", cosign.file.with_name(f"{cosign.file.name}.sigstore.json")
    cosign.verify_bundle("verify-blob", public, bundle, cosign.file)
    kinds = ("--type", RELEASE_TYPE)
    cosign.verify_bundle("verify-blob-attestation", public, bundle, *kinds, cosign.file)
    if cosign.major >= 3:  # cosign 2.6 does not look at the type in a bundle
        cosign.verify_bundle("verify-blob-attestation", public, bundle, "--type", "custom", cosign.file, fails=True)
    cosign.verify_bundle("verify-blob-attestation", cosign.public, bundle, *kinds, cosign.file, fails=True)
    cosign.file.write_text("other bytes\n")
    cosign.verify_bundle("verify-blob", public, bundle, cosign.file, fails=True)
    cosign.verify_bundle("verify-blob-attestation", public, bundle, *kinds, cosign.file, fails=True)


def test_cosign_and_we_verify_what_we_sign_without_a_statement(cosign: Cosign) -> None:
    assert ours(cosign, "keys", "generate", "ours") == 0
    assert ours(cosign, "sign", "--blob", cosign.file, key="ours") == 0
    public, bundle = cosign.folder / "ours.pub", cosign.file.with_name(f"{cosign.file.name}.sigstore.json")
    assert "messageSignature" in json.loads(bundle.read_bytes())
    assert ours(cosign, "verify", cosign.file, "--bundle", bundle, "--key", public) == ExitCode.OK
    cosign.verify_bundle("verify-blob", public, bundle, cosign.file)
    cosign.file.write_text("other bytes\n")
    cosign.verify_bundle("verify-blob", public, bundle, cosign.file, fails=True)
    assert ours(cosign, "verify", cosign.file, "--bundle", bundle, "--key", public) == ExitCode.VERIFICATION_FAILED


def test_cosign_verifies_what_we_sign_with_p384_when_told_its_hash(cosign: Cosign) -> None:
    assert ours(cosign, "keys", "generate", "ours", "--type", "ecdsa-p384") == 0
    assert ours(cosign, "sign", cosign.file, key="ours") == 0
    public, bundle = cosign.folder / "ours.pub", cosign.file.with_name(f"{cosign.file.name}.sigstore.json")
    told = ("--type", RELEASE_TYPE, "--signature-digest-algorithm", "sha384")
    cosign.verify_bundle("verify-blob-attestation", public, bundle, *told, cosign.file)


@pytest.mark.parametrize("name", ["provenance", "vulns", "scan-sast", "sbom", "summary"])
def test_cosign_verifies_our_attestations(cosign: Cosign, world: World, name: str) -> None:
    statements = {**world.honest(), "summary": evidence.summary(world.artifact, "dev", at=AT)}
    bundle = cosign.folder / "bundle.json"
    bundle.write_bytes(world.signers["release"].sign(statements[name]).to_bundle())
    kind = "slsaprovenance1" if name == "provenance" else statements[name].predicate_type
    public = world.folder / "keys" / "release.pub"
    cosign.verify_bundle("verify-blob-attestation", public, bundle, "--type", kind, world.file)
    world.file.write_text("other bytes\n")
    cosign.verify_bundle("verify-blob-attestation", public, bundle, "--type", kind, world.file, fails=True)


# cosign's, verified by us


@pytest.mark.parametrize("form", ["--new-bundle-format=true", "--new-bundle-format=false"])
@pytest.mark.parametrize("verb", ["sign-blob", "attest-blob"])
def test_we_verify_what_cosign_signs(cosign: Cosign, verb: str, form: str) -> None:
    (cosign.folder / "predicate.json").write_text('{"a": 1}')
    more = ("--type", "custom", "--predicate", "predicate.json") if verb == "attest-blob" else ()
    cosign.sign(verb, form, "--bundle", "theirs.json", *more, cosign.file)
    given = ("--bundle", "theirs.json", "--key")
    assert ours(cosign, "verify", cosign.file, *given, cosign.public) == ExitCode.OK
    assert ours(cosign, "keys", "generate", "ours") == 0
    assert ours(cosign, "verify", cosign.file, *given, "ours.pub") == ExitCode.VERIFICATION_FAILED
    cosign.file.write_text("other bytes\n")
    assert ours(cosign, "verify", cosign.file, *given, cosign.public) == ExitCode.VERIFICATION_FAILED


# images


class Images:
    """A registry that asks for a password, with one image, a world of evidence and a cosign that may log in."""

    def __init__(self, registry: RealRegistry, cosign: Cosign, world: World) -> None:
        self.cosign = cosign
        self.world = world
        cosign.env["DOCKER_CONFIG"] = str(registry.login)
        self.reference = parse_reference(f"{registry.host}/team/app")
        known = Credentials((registry.login / "config.json",))
        push = PushClient(self.reference, credentials=known)
        blob = push.put_blob(EMPTY)
        config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": str(blob), "size": len(EMPTY)}
        image = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": []}
        data = json.dumps(image).encode()
        push.put_manifest("v1", data, MANIFEST)
        self.store = OciStore(self.reference, reader=RegistryClient(self.reference, credentials=known), writer=push)
        self.digest = Digest.of_bytes(data)
        self.name = f"{registry.host}/team/app@{self.digest}"
        self.place = f"oci:{registry.host}/team/app"

    def verify(self, key: Path, *more: str) -> list[str]:
        """Predicate types that `supplychain verify` verifies in the registry."""
        words = ("verify", str(self.digest), "--store", self.place, "--key", str(key), "--format", "json", *more)
        env = {**self.world.env, **self.cosign.env}
        outcome = run_cli(words, env=env, cwd=self.world.project)
        assert outcome.exit_code == 0, outcome.stderr
        return sorted(one["predicate_type"] for one in outcome.json["verified"])

    def gate(self):
        words = ("gate", str(self.digest), "--env", "dev", "--at", "2026-11-21T00:00:00Z", "--format", "json")
        env = {**self.world.env, **self.cosign.env}
        return run_cli([*words, "--store", self.place], env=env, cwd=self.world.project)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture
def images(cosign: Cosign, world: World, tmp_path: Path) -> Iterator[Images]:
    with RealRegistry(tmp_path / "registry") as registry:
        made = Images(registry, cosign, world)
        yield made
        made.store.close()


def test_we_read_what_cosign_leaves_in_a_registry(images: Images) -> None:
    """cosign 2 by tags (`.att`, `.sig`), cosign 3 by referrers behind the fallback tag."""
    cosign = images.cosign
    (cosign.folder / "predicate.json").write_text('{"a": 1}')
    cosign.sign("attest", "--type", "custom", "--predicate", "predicate.json", images.name)
    assert images.verify(cosign.public) == [CUSTOM]
    cosign.sign("sign", images.name)
    assert images.verify(cosign.public) == [CUSTOM, IMAGE_SIGNATURE]
    assert len(images.verify(cosign.public, "--predicate", IMAGE_SIGNATURE)) == 1
    folder = images.world.folder / "copy"
    env = {**images.world.env, **cosign.env}
    copied = run_cli(["store", "copy", images.place, str(folder), "--all"], env=env, cwd=images.world.project)
    assert_told(copied, ExitCode.OK)
    offline = ["verify", str(images.digest), "--store", str(folder), "--key", str(cosign.public)]
    assert_told(run_cli(offline, env=images.world.env, cwd=images.world.project), ExitCode.OK)


def test_the_gate_takes_provenance_that_cosign_attested(images: Images) -> None:
    world, cosign = images.world, images.cosign
    image = Artifact(name="", digest=images.digest)
    for state in (evidence.sbom, evidence.dependencies, evidence.sast):
        sign_and_put(state([image], at=AT - HOUR), world.signers["scanner"], images.store)
    images.store.put_document(evidence.sbom_document([image], at=AT - HOUR))
    world.rules = [{**rule, "artifacts": ["*"]} for rule in world.rules]
    world.write_trust()
    before = images.gate()
    assert_told(before, ExitCode.DENIED)
    assert before.codes == {"PROVENANCE_MISSING"}
    (cosign.folder / "p.json").write_text(json.dumps(evidence.provenance([image], at=AT - HOUR).predicate))
    cosign.sign("attest", "--type", "slsaprovenance1", "--predicate", "p.json", images.name)
    assert images.gate().rejected == {"UNKNOWN_SIGNER"}
    trust = (world.project / "trust.yaml").read_text()
    named = trust.replace(
        "identities:\n", f"identities:\n  cosign:\n    key: {json.dumps(cosign.public.read_text())}\n"
    )
    (world.project / "trust.yaml").write_text(
        named.replace("- provenance\n  signers:\n  - release", "- provenance\n  signers:\n  - cosign")
    )
    assert_told(images.gate(), ExitCode.OK)


def test_cosign_reads_what_we_leave_in_a_registry(images: Images) -> None:
    world, cosign = images.world, images.cosign
    image = Artifact(name="app", digest=images.digest)
    sign_and_put(evidence.provenance([image], at=AT - HOUR), world.signers["release"], images.store)
    sign_and_put(evidence.sast([image], at=AT - HOUR), world.signers["scanner"], images.store)
    keys = world.folder / "keys"
    older = ("--new-bundle-format", "--trusted-root", PRODUCTION) if cosign.major < 3 else ()
    words = ("--type", "slsaprovenance1", *older, images.name)
    told = cosign.verify("verify-attestation", "--key", keys / "release.pub", *words)
    assert "payload" in told
    cosign.verify("verify-attestation", "--key", keys / "attacker.pub", *words, fails=True)
    cosign.verify("verify-attestation", "--key", keys / "scanner.pub", *words, fails=True)


# keyless, without anybody's network: a Sigstore instance of our own


@pytest.mark.parametrize("defect", ["", "artifact", "identity", "issuer", "root"])
def test_both_say_the_same_about_a_keyless_bundle(cosign: Cosign, defect: str) -> None:
    if cosign.major < 3:
        pytest.skip("cosign 2 asks its own keys for the certificate log")
    folder, root = cosign.folder, forge.Instance() if defect == "root" else forged.instance()
    (folder / "root.json").write_text(json.dumps(root.trusted_root()))
    (folder / "bundle.json").write_text(json.dumps(forged.bundle()))
    (folder / "artifact").write_bytes(forge.ARTIFACT + (b"x" if defect == "artifact" else b""))
    identity = forge.IDENTITY + ("x" if defect == "identity" else "")
    issuer = forge.ISSUER + ("x" if defect == "issuer" else "")
    given = (
        "--bundle", "bundle.json", "--trusted-root", "root.json",
        "--certificate-identity", identity, "--certificate-oidc-issuer", issuer,
    )  # fmt: skip
    cosign.run("verify-blob", *given, "artifact", fails=bool(defect))
    assert ours(cosign, "verify", "artifact", *given) == (ExitCode.VERIFICATION_FAILED if defect else ExitCode.OK)


if __name__ == "__main__":
    raise SystemExit(pytest.main([__file__, "-v", "-rs"]))

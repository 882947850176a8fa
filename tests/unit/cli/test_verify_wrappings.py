"""`verify` of files that hold several envelopes, or one in another wrapping: JSON lines, lists, the package index's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import ExitCode
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, root_bytes, sign, trust_also
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

FAILED = ExitCode.VERIFICATION_FAILED
PUBLISH = "https://docs.pypi.org/attestations/publish/v1"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def written(world: World, data: bytes | object, name: str = "evidence.jsonl") -> Path:
    path = world.folder / name
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())
    return path


def lines(*pieces: bytes) -> bytes:
    return b"".join(json.dumps(json.loads(piece)).encode() + b"\n" for piece in pieces)


def signed(world: World, kind: str, by: str) -> bytes:
    return world.signers[by].sign(world.honest()[kind]).to_bundle()


def kinds(outcome: Outcome) -> list[str]:
    assert_told(outcome, ExitCode.OK)
    return sorted(one["kind"] for one in outcome.json["verified"])


def test_json_lines_by_keys(world: World) -> None:
    """Each line counts by itself, whatever their order; what is by others does not matter."""
    good, scan = signed(world, "provenance", "release"), signed(world, "scan-sast", "scanner")
    strange = signed(world, "vulns", "attacker")
    odd = b"\n" + lines(good, scan) + b"{}\n# end\n", b"# begin\n{}\n" + lines(good, scan)
    for data in (lines(good, scan, strange), lines(strange, scan, good), *odd):
        path = written(world, data)
        assert kinds(world.verify_file(path, "--format", "json")) == ["provenance", "scan"]
        assert kinds(world.verify_file(path, "--predicate", "scan", "--format", "json")) == ["scan"]
        assert_told(world.verify_file(path, "--predicate", "sbom"), FAILED, "WRONG_PREDICATE")
    key = ("--key", world.folder / "keys" / "release.pub", "--format", "json")
    assert kinds(world.verify_file(written(world, lines(good, scan)), *key)) == ["provenance"]


def test_json_lines_of_which_none_verifies(world: World) -> None:
    strange = signed(world, "provenance", "attacker")
    assert_told(world.verify_file(written(world, lines(strange, strange))), FAILED, "UNKNOWN_SIGNER")
    wrong = signed(world, "sbom", "release")
    assert_told(world.verify_file(written(world, lines(strange, wrong))), FAILED, "NOT_ALLOWED")
    assert_told(world.verify_file(written(world, b"{\n}{\n")), ExitCode.MALFORMED, "NOT_JSON")
    damaged = written(world, b"{\n{}\n")
    assert_told(world.verify_file(damaged, "--trust", "trust.yaml"), ExitCode.MALFORMED, "NOT_JSON")
    # A file is not helped by another one.
    good = written(world, signed(world, "provenance", "release"), "good.json")
    path = written(world, lines(strange, strange))
    assert_told(world.verify("--bundle", good, "--bundle", path), FAILED, "UNKNOWN_SIGNER")


def test_signers_of_a_threshold_in_one_file(world: World) -> None:
    world.rules[0] |= {"signers": ["release", "other"], "threshold": 2}
    world.write_trust()
    one, two = (signed(world, "provenance", by) for by in ("release", "other"))
    assert kinds(world.verify_file(written(world, lines(one, two)), "--format", "json")) == ["provenance"]
    assert_told(world.verify_file(written(world, lines(one, one))), FAILED, "THRESHOLD")


@pytest.fixture
def keyless(world: World) -> World:
    world.rules = []
    rule = {"claims": ["provenance", PUBLISH], "signers": ["workflow"], "artifacts": ["shop-*"]}
    trust_also(world, identities={"workflow": {"issuer": ISSUER, "subject": SUBJECT}}, rules=[rule])
    (world.project / "root.json").write_bytes(root_bytes())
    return world


def pypi(bundle: bytes) -> dict[str, Any]:
    """The same as PEP 740 has it."""
    body = json.loads(bundle)
    material, envelope = body["verificationMaterial"], body["dsseEnvelope"]
    certificate = material["certificate"]["rawBytes"]
    return {
        "version": 1,
        "verification_material": {
            "certificate": certificate[:76] + "\n" + certificate[76:] + "\n",
            "transparency_entries": material["tlogEntries"],
        },
        "envelope": {"statement": envelope["payload"], "signature": envelope["signatures"][0]["sig"]},
    }


def provenance(*attestations: dict[str, Any]) -> dict[str, Any]:
    publisher = {"kind": "GitHub", "repository": "somebody/else", "workflow": "evil.yml"}
    return {"version": 1, "attestation_bundles": [{"publisher": publisher, "attestations": list(attestations)}]}


BY_IDENTITY = ("--certificate-identity", SUBJECT, "--certificate-oidc-issuer", ISSUER, "--trusted-root", "root.json")
BY_TRUST = ("--trust", "trust.yaml")


@pytest.mark.parametrize("who", [BY_IDENTITY, BY_TRUST])
def test_the_package_index(keyless: World, who: tuple[str, ...]) -> None:
    one = pypi(sign(Statement.make((keyless.artifact,), PUBLISH, {})))
    for body in (one, provenance(one), {**one, "more": 1}):
        outcome = keyless.verify_file(written(keyless, body), *who, "--format", "json")
        assert_told(outcome, ExitCode.OK)
        assert [told["predicate_type"] for told in outcome.json["verified"]] == [PUBLISH]
    stranger = pypi(sign(Statement.make((keyless.artifact,), PUBLISH, {}), by=f"{SUBJECT}.evil"))
    code = "IDENTITY_MISMATCH" if who is BY_IDENTITY else "UNKNOWN_SIGNER"
    assert_told(keyless.verify_file(written(keyless, provenance(stranger)), *who), FAILED, code)
    assert_told(keyless.verify_file(written(keyless, provenance(stranger, one)), *who), ExitCode.OK)
    unlogged = json.loads(json.dumps(one))
    unlogged["verification_material"]["transparency_entries"][0]["canonicalizedBody"] = "e30="
    assert keyless.verify_file(written(keyless, unlogged), *who).exit_code == FAILED


@pytest.mark.parametrize("who", [BY_IDENTITY, BY_TRUST])
@pytest.mark.parametrize("change", [
    {"version": 2}, {"version": True}, {"envelope": None}, {"verification_material": {}}, {"envelope": {"statement": "e30="}},
])  # fmt: skip
def test_what_the_package_index_would_not_write(keyless: World, who: tuple[str, ...], change: dict[str, Any]) -> None:
    one = pypi(sign(Statement.make((keyless.artifact,), PUBLISH, {}))) | change
    for body in (one, provenance(one)):
        assert keyless.verify_file(written(keyless, body), *who).exit_code in (ExitCode.MALFORMED, FAILED)


@pytest.mark.parametrize("who", [BY_IDENTITY, BY_TRUST])
def test_what_the_package_index_would_not_write_around_attestations(keyless: World, who: tuple[str, ...]) -> None:
    one = pypi(sign(Statement.make((keyless.artifact,), PUBLISH, {})))
    good = provenance(one)
    nothing: dict[str, Any] = {"attestation_bundles": []}
    beside = {"attestation_bundles": [*good["attestation_bundles"], {"attestations": []}]}
    for change in ({"version": 2}, nothing, beside, provenance(*[one] * 1001)):
        assert_told(keyless.verify_file(written(keyless, good), *who), ExitCode.OK)
        outcome = keyless.verify_file(written(keyless, good | change), *who)
        assert (outcome.exit_code, outcome.error) in [
            (ExitCode.MALFORMED, "NOT_A_BUNDLE"), (ExitCode.MALFORMED, "NOT_AN_ENVELOPE")
        ]  # fmt: skip


def test_an_attestation_list_by_a_workflow_that_the_trust_file_knows(keyless: World) -> None:
    listed = [{"bundle": json.loads(sign(keyless.honest(at=NOW)[kind]))} for kind in ("provenance", "scan-sast")]
    path = written(keyless, {"attestations": listed})
    outcome = keyless.verify_file(path, *BY_TRUST, "--format", "json")
    assert outcome.error == "BUILDER_MISMATCH"
    own = Statement.make((keyless.artifact,), PUBLISH, {})
    path = written(keyless, {"attestations": [*listed, {"bundle": json.loads(sign(own))}, {"bundle": None}, 5]})
    assert_told(keyless.verify_file(path, *BY_TRUST), ExitCode.OK)


def test_signatures_over_files_are_no_lines(world: World) -> None:
    envelope = world.signers["release"].sign_payload(PAYLOAD_TYPE, b"{}")
    line = json.dumps({"messageSignature": {}, "mediaType": ""}).encode()
    path = written(world, line + b"\n" + lines(envelope.to_bundle()))
    assert world.verify_file(path).exit_code == FAILED

"""`verify --bundle`: every file that is named must verify, also one that says the same as another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.statement.statement import PAYLOAD_TYPE
from tests.simulator.runner import assert_told
from tests.simulator.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def written(world: World, name: str, data: bytes) -> Path:
    path = world.folder / name
    path.write_bytes(data)
    return path


def test_a_forged_copy_beside_an_honest_one(world: World) -> None:
    statement = world.honest()["vulns"]
    good = written(world, "good.json", world.signers["scanner"].sign(statement).to_bundle())
    forged = written(world, "forged.json", world.signers["attacker"].sign(statement).to_bundle())
    assert_told(world.verify("--bundle", good, "--trust", "trust.yaml"), ExitCode.OK)
    for files in ((good, forged), (forged, good)):
        words = [word for path in files for word in ("--bundle", path)]
        assert_told(world.verify(*words, "--trust", "trust.yaml"), ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")


def test_signers_of_a_threshold_each_in_a_file(world: World) -> None:
    world.rules[0] |= {"signers": ["release", "other"], "threshold": 2}
    world.write_trust()
    payload = world.honest()["provenance"].payload
    one, two = (
        written(world, f"{name}.json", world.signers[name].sign_payload(PAYLOAD_TYPE, payload).to_bundle())
        for name in ("release", "other")
    )
    assert_told(world.verify("--bundle", one, "--bundle", two, "--trust", "trust.yaml"), ExitCode.OK)
    assert_told(world.verify("--bundle", one, "--trust", "trust.yaml"), ExitCode.VERIFICATION_FAILED, "THRESHOLD")


@pytest.mark.parametrize("words", [("--env", "dev"), ("--policy", "sha256:" + "0" * 64), ("--envelope", "out.json")])
def test_a_summary_is_asked_of_a_trust_file_and_of_nobody_else(world: World, words: tuple[str, ...]) -> None:
    """An expectation that nobody holds would be worse than none."""
    body = json.loads(world.lies("vsa").read_bytes())
    body["verificationMaterial"] = {"certificate": {"rawBytes": "AAAA"}, "tlogEntries": []}
    path = written(world, "named.json", json.dumps(body).encode())
    who = ("--certificate-identity", "a", "--certificate-oidc-issuer", "https://b")
    assert_told(world.verify("--bundle", path, *who, *words), ExitCode.USAGE, "USAGE")
    assert_told(world.verify("--bundle", path, "--source-uri", "github.com/x/y", *words), ExitCode.USAGE, "USAGE")

"""Threshold: a person is one signer also where only another name of the key tells who it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.statement.statement import PAYLOAD_TYPE
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World


def verified(world: World, **alias: Any) -> Outcome:
    keys = {name: world.signers[name].public_key.pem for name in ("release", "other")}
    identities = {
        "alice": {"key": keys["release"], "person": "alice@shop.example", **alias},
        "laptop": {"key": keys["release"]},
        "phone": {"key": keys["other"], "person": "alice@shop.example"},
    }
    rule = {"claims": ["provenance"], "signers": ["laptop", "phone"], "threshold": 2, "artifacts": ["*"]}
    path = world.folder / "two.yaml"
    path.write_text(yaml.safe_dump({"version": 1, "identities": identities, "rules": [rule]}))
    payload = world.honest()["provenance"].payload
    words: list[str | Path] = ["--trust", path]
    for name in ("release", "other"):
        file = world.folder / f"{name}.json"
        file.write_bytes(world.signers[name].sign_payload(PAYLOAD_TYPE, payload).to_bundle())
        words += ["--bundle", file]
    return world.verify(*words)


@pytest.mark.parametrize("alias", [{}, {"until": format_time(AT - HOUR)}])
def test_one_person_is_no_two_signers(tmp_path: Path, alias: dict[str, Any]) -> None:
    world = World(tmp_path / "world")
    assert_told(verified(world, **alias), ExitCode.VERIFICATION_FAILED, "THRESHOLD")
    path = world.folder / "two.yaml"
    outcome = world.run("trust", "check", path)
    assert "THRESHOLD_OUT_OF_REACH" in outcome.stderr

"""A decision record that is none, in a file or left in the store: told as such, and it keeps no other from being replayed."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import canonical_json
from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World

CHANGES: list[dict[str, Any]] = [
    *({key: None} for key in ("at", "environment", "verdict", "warnings", "violations")),
    {"artifact": {}},
    {"artifact": {"name": 5, "digest": "x"}},
    {"warnings": {"a": 1}},
    {"warnings": ["x"]},
    {"warnings": [{"code": "PROFILE_OVERRIDDEN"}]},
    {"violations": 5},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_record_that_is_none(tmp_path: Path, change: dict[str, Any]) -> None:
    world = World(tmp_path / "world")
    assert_told(world.gate(), ExitCode.OK)
    record = world.store.root / "decisions" / "sha256" / world.artifact.digest.hex / "staging.json"
    body = {**copy.deepcopy(json.loads(record.read_bytes())), **change}
    data = canonical_json({key: value for key, value in body.items() if value is not None})
    (world.project / "record.json").write_bytes(data)
    for verb in ("replay", "explain"):
        assert_told(world.run("policy", verb, "record.json"), ExitCode.MALFORMED, "NOT_A_DECISION")
    world.store.put_document(data)
    told = world.run("policy", "replay")
    assert_told(told, ExitCode.OK)
    assert told.stdout == "1 of 1 decisions are the same, byte for byte\n"

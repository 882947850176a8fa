"""Statement re-serialised: the same value in other bytes is not what was signed."""

from __future__ import annotations

import base64
import json

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


@pytest.mark.parametrize("indent", [None, 2])
def test_refused(world: World, indent: int | None) -> None:
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    bundle = json.loads(path.read_bytes())
    value = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    again = json.dumps(value, indent=indent).encode()
    assert json.loads(again) == value
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(again).decode()
    path.write_text(json.dumps(bundle))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    assert world.gate().rejected == {"SIGNATURE_MISMATCH"}


def test_a_bundle_written_again_around_the_same_payload_is_no_attack(world: World) -> None:
    path = world.lies("provenance")
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=7))
    assert_told(world.verify_file(path), ExitCode.OK)

"""Certificates of one workflow under two names of the trust file: revoked under one is revoked under both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, sign, trust_also
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

WORKFLOW = {"issuer": ISSUER, "subject": SUBJECT}
REVOKED = {"revoked": format_time(NOW)}


def verified(tmp_path: Path, *identities: dict[str, Any]) -> Outcome:
    world = World(tmp_path / "world")
    world.rules = []
    named = {f"name{number}": one for number, one in enumerate(identities)}
    trust_also(world, identities=named, rules=[{"claims": ["*"], "signers": list(named), "artifacts": ["*"]}])
    path = world.folder / "evidence.json"
    path.write_bytes(sign(evidence.sast([world.artifact], at=NOW)))
    return world.verify_file(path)


@pytest.mark.parametrize("first", [0, 1])
def test_the_same_certificates(tmp_path: Path, first: int) -> None:
    both = [WORKFLOW, WORKFLOW | REVOKED]
    assert_told(verified(tmp_path, both[first], both[1 - first]), ExitCode.VERIFICATION_FAILED, "KEY_REVOKED")


def test_other_demands_are_another_identity(tmp_path: Path) -> None:
    """How an identity is replaced: the old one ends, and the new one asks for more."""
    stricter = WORKFLOW | {"claims": {"runner_environment": "github-hosted"}}
    assert_told(verified(tmp_path / "a", WORKFLOW | REVOKED, stricter), ExitCode.OK)
    assert_told(verified(tmp_path / "b", WORKFLOW, stricter | REVOKED), ExitCode.OK)


def test_ended_is_not_revoked(tmp_path: Path) -> None:
    assert_told(verified(tmp_path, WORKFLOW | {"until": format_time(NOW)}, WORKFLOW), ExitCode.OK)

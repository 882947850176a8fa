"""Signature stripped: no signature is never as good as one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def _none(envelope: dict[str, Any]) -> None:
    envelope["signatures"] = []


def _no_field(envelope: dict[str, Any]) -> None:
    del envelope["signatures"]


def _empty(envelope: dict[str, Any]) -> None:
    envelope["signatures"][0]["sig"] = ""


def _null(envelope: dict[str, Any]) -> None:
    envelope["signatures"] = None


@pytest.mark.parametrize(
    ("strip", "exit_code", "code"),
    [
        (_none, ExitCode.VERIFICATION_FAILED, "NOT_SIGNED"),
        (_no_field, ExitCode.MALFORMED, "NOT_AN_ENVELOPE"),
        (_empty, ExitCode.MALFORMED, "NOT_AN_ENVELOPE"),
        (_null, ExitCode.MALFORMED, "NOT_AN_ENVELOPE"),
    ],
)
def test_refused(world: World, strip: Callable[[dict[str, Any]], None], exit_code: ExitCode, code: str) -> None:
    path = world.lies("provenance")
    assert_told(world.verify_file(path), ExitCode.OK)
    world.tamper_envelope(path, strip)
    assert_told(world.verify_file(path), exit_code, code)
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {code}

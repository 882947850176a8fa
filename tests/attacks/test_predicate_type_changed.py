"""Predicate type changed: a scan is passed off as provenance."""

from __future__ import annotations

from typing import Any

from supplychain.errors import ExitCode
from supplychain.statement.predicates import provenance, scan
from supplychain.statement.statement import Statement
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_the_type_is_signed_too(world: World) -> None:
    path = world.lies("scan-sast")
    assert_told(world.verify_file(path), ExitCode.OK)

    def change(statement: dict[str, Any]) -> None:
        statement["predicateType"] = provenance.TYPE

    world.tamper(path, change)
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "SCAN_MISSING" in outcome.codes
    assert outcome.rejected == {"SIGNATURE_MISMATCH"}


def test_another_kind_than_the_one_asked_for(world: World) -> None:
    path = world.lies("scan-sast")
    assert_told(world.verify_file(path, "--predicate", "scan"), ExitCode.OK)
    assert_told(world.verify_file(path, "--predicate", "provenance"), ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
    world.forget("provenance")
    assert_told(world.verify("--predicate", "provenance"), ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
    assert_told(world.verify("--predicate", scan.TYPE), ExitCode.OK)


def test_a_type_that_does_not_fit_its_predicate(world: World) -> None:
    """Even the right signer cannot sign a scan under the type of provenance."""
    predicate = world.honest()["scan-sast"].predicate
    path = world.put(Statement.make([world.artifact], provenance.TYPE, predicate))
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "BAD_PREDICATE")
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert outcome.rejected == {"BAD_PREDICATE"}

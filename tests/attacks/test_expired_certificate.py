"""Expired certificate: a signing key kept for longer than the ten minutes its certificate is worth."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, sign, trust_also
from tests.simulator.runner import assert_told
from tests.simulator.world import World

SECOND = timedelta(seconds=1)


def offer(world: World, **certificate: Any) -> None:
    world.forget("provenance")
    rule = {"claims": ["provenance"], "signers": ["ci"], "artifacts": ["shop-*"], "builders": {SUBJECT: 2}}
    trust_also(world, identities={"ci": {"issuer": ISSUER, "subject": SUBJECT}}, rules=[rule])
    statement = evidence.provenance([world.artifact], at=NOW, builder=SUBJECT)
    world.put_raw(sign(statement, **certificate), name="provenance-1")


def test_its_last_second_is_good(world: World) -> None:
    offer(world, start=NOW, end=NOW)
    assert_told(world.gate(), ExitCode.OK)


@pytest.mark.parametrize(
    "period",
    [
        {"start": NOW - timedelta(minutes=10), "end": NOW - SECOND},
        {"start": NOW + SECOND, "end": NOW + timedelta(minutes=10)},
    ],
    ids=["after", "before"],
)
def test_signed_outside_of_its_time(world: World, period: dict[str, Any]) -> None:
    """By the log's time, which the signer cannot choose; the date in the statement is the signer's."""
    offer(world, **period)
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"CERTIFICATE_EXPIRED"}
    told = world.verify_file(world.lies("provenance"), "--trust", "trust.yaml")
    assert_told(told, ExitCode.VERIFICATION_FAILED, "CERTIFICATE_EXPIRED")

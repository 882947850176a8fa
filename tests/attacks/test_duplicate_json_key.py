"""Duplicate JSON key: one document that two readers read in two ways."""

from __future__ import annotations

import json

from supplychain.errors import ExitCode
from supplychain.statement.statement import PAYLOAD_TYPE
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_in_a_signed_statement(world: World) -> None:
    """Signed by the right person, and refused all the same: the subject stands in it twice."""
    payload = world.honest()["provenance"].payload
    other = b'{"subject":[{"name":"shop-1.0.whl","digest":{"sha256":"' + b"0" * 64 + b'"}}],'
    world.forget("provenance")
    twice = world.signers["release"].sign_payload(PAYLOAD_TYPE, other + payload[1:])
    path = world.put_raw(twice.to_bundle())
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "DUPLICATE_KEY")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"DUPLICATE_KEY"}

    once = world.signers["release"].sign_payload(PAYLOAD_TYPE, payload)
    path.write_bytes(once.to_bundle())
    assert_told(world.verify_file(path), ExitCode.OK)


def test_in_the_envelope(world: World) -> None:
    path = world.lies("provenance")
    honest = json.loads(path.read_bytes())["dsseEnvelope"]["payload"]
    text = path.read_text().replace('"payload":', f'"payload": "{honest}", "payload":', 1)
    path.write_text(text)
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "DUPLICATE_KEY")
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert outcome.rejected == {"DUPLICATE_KEY"}


def test_in_the_trust_file(world: World) -> None:
    path = world.project / "trust.yaml"
    assert_told(world.gate(), ExitCode.OK)
    path.write_text(path.read_text() + "rules: []\n")
    assert_told(world.gate(), ExitCode.MALFORMED, "NOT_YAML")

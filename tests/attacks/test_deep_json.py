"""JSON nested 100,000 deep: refused, by the same code wherever it stands."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_sbom
from supplychain.statement.statement import PAYLOAD_TYPE
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

DEEP = b"[" * 100_000
BOMBS = [DEEP, DEEP + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000]


@pytest.mark.parametrize("bomb", BOMBS, ids=["open", "lists", "objects"])
def test_as_a_bundle(world: World, bomb: bytes) -> None:
    path = world.put_raw(bomb)
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "TOO_DEEP")
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert outcome.rejected == {"TOO_DEEP"}


@pytest.mark.parametrize("depth", [101, 100_000])
def test_inside_a_signed_statement(world: World, depth: int) -> None:
    payload = world.honest()["provenance"].payload
    bomb = b'{"bomb":' + b"[" * depth + b"]" * depth + b"," + payload[1:]
    path = world.put_raw(world.signers["release"].sign_payload(PAYLOAD_TYPE, bomb).to_bundle())
    assert_told(world.verify_file(path), ExitCode.MALFORMED, "TOO_DEEP")
    assert world.gate().rejected == {"TOO_DEEP"}
    allowed = b'{"bomb":' + b"[" * 90 + b"]" * 90 + b"," + payload[1:]
    path.write_bytes(world.signers["release"].sign_payload(PAYLOAD_TYPE, allowed).to_bundle())
    assert_told(world.verify_file(path), ExitCode.OK)
    assert_told(world.gate(), ExitCode.OK)


def test_as_the_document_of_an_sbom(world: World) -> None:
    world.store.put_document(DEEP)
    world.put(state_sbom([world.artifact], DEEP, at=AT), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {"SBOM_DOCUMENT_MISSING"}

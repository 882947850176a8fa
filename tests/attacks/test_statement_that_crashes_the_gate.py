"""A trusted signer's statement built to crash the gate: it is refused, or the gate cannot tell; it never crashes."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from supplychain.pipeline.attest import state_sbom
from supplychain.statement.predicates import scan, vulns
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


@pytest.mark.parametrize(
    ("number", "refused"),
    [("1e999", {"NOT_JSON"}), ("-1e999", {"NOT_JSON"}), ("NaN", {"NOT_JSON"}), ("9" * 5000, {"NOT_JSON"})],
)
def test_a_number_that_is_none(world: World, number: str, refused: set[str]) -> None:
    payload = world.honest()["scan-sast"].payload.replace(b'"asked":3', b'"asked":' + number.encode())
    path = world.put_raw(world.signers["scanner"].sign_payload(PAYLOAD_TYPE, payload).to_bundle())
    assert_told(world.verify_file(path), ExitCode.MALFORMED, *refused)
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    assert outcome.rejected == refused


@pytest.mark.parametrize("digits", [20, 400, 4000])
def test_a_number_that_the_engine_cannot_hold(world: World, digits: int) -> None:
    payload = world.honest(at=AT)["scan-sast"].payload.replace(b'"asked":3', b'"asked":' + b"9" * digits)
    world.put_raw(world.signers["scanner"].sign_payload(PAYLOAD_TYPE, payload).to_bundle())
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.decision["verdict"] == "CANNOT_TELL"


SHAPES = [
    {"coverage": None},
    {"coverage": []},
    {"findings": None},
    {"findings": [1]},
    {"findings": [{}]},
    {"findings": [{"id": 5, "severity": {}}]},
    {"findings": [{"id": "x", "severity": ["high"]}]},
    {"coverage": {"asked": "3", "looked_at": None, "skipped": 7}},
    {"coverage": {"asked": -1, "looked_at": -5, "skipped": [[]], "time_limit_hit": 0}},
    {"coverage": {"asked": 0.5, "looked_at": 1.5, "skipped": [], "time_limit_hit": False, "database": 5}},
    {"scanner": {"name": "s", "version": "1", "kind": "sast\u0000\n"}},
    {"metadata": {"scanStartedOn": "2026-11-20T00:00:00Z", "scanFinishedOn": "0001-01-01T00:00:00+23:00"}},
]


@pytest.mark.parametrize("kind", [scan.TYPE, vulns.TYPE])
@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_a_predicate_of_another_shape(world: World, kind: str, shape: dict[str, object]) -> None:
    honest = world.honest(at=AT)["scan-sast" if kind == scan.TYPE else "vulns"]
    predicate = {**honest.predicate, **shape}
    if kind == vulns.TYPE and "findings" in shape:
        predicate = {**honest.predicate, "scanner": {**honest.predicate["scanner"], "result": shape["findings"]}}
    if kind == vulns.TYPE and "scanner" in shape:
        predicate = {**honest.predicate, "scanner": {"uri": 5, "result": {}}}
    payload = Statement.make([world.artifact], kind, predicate).payload
    world.put_raw(world.signers["scanner"].sign_payload(PAYLOAD_TYPE, payload).to_bundle())
    outcome = world.gate()
    assert outcome.exit_code in (ExitCode.OK, ExitCode.DENIED, ExitCode.POLICY_NOT_EVALUATED), outcome.stderr
    if outcome.exit_code == ExitCode.OK:
        assert outcome.rejected or "scanner" in shape, "believed, although it has another shape"
    history = world.run("history", str(world.file), "--at", "2026-11-21T00:00:00Z")
    assert history.exit_code == ExitCode.OK, history.stderr


@pytest.mark.parametrize(
    "document",
    [
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":null}',
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":[]}',
        b'{"bomFormat":"CycloneDX","specVersion":"1.6","components":[null]}',
        b'{"bomFormat":"CycloneDX","specVersion":1.6}',
        b"[]",
        b'"x"',
        b"\x00",
        b"1e999",
    ],
)
def test_an_sbom_document_of_another_shape(world: World, document: bytes) -> None:
    world.store.put_document(document)
    world.put(state_sbom([world.artifact], document, at=AT), by="scanner")
    outcome = world.gate()
    assert_told(outcome, ExitCode.POLICY_NOT_EVALUATED)
    assert outcome.codes == {"SBOM_DOCUMENT_MISSING"}

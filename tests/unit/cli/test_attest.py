"""`attest provenance|sbom|scan|link|layout`: what is signed, and what is refused before it is."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_time
from supplychain.errors import ExitCode
from supplychain.report.findings import scan_document
from supplychain.scan.coverage import Coverage, DatabaseState, Reason, Skip
from supplychain.scan.finding import Status
from supplychain.scan.interface import ScanResult
from tests.simulator import evidence
from tests.simulator.layouts import PRODUCT, Chain
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World

NOW = format_time(AT)


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path / "world")
    made.rules = [{"claims": ["*"], "signers": ["release"], "artifacts": ["*"]}]
    made.write_trust()
    return made


def attest(world: World, kind: str, *words: str | Path, artifact: str | Path | None = None) -> Outcome:
    return world.run("attest", kind, artifact or world.file, "--at", NOW, "--format", "json", *words)


def stated(world: World, told: Outcome) -> dict[str, Any]:
    assert_told(told, ExitCode.OK)
    bundle = json.loads((world.project / told.json["attested"][0]["where"]).read_bytes())
    return json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))


def write(world: World, value: object, name: str = "document.json", *, at: str = "2026-11-20T00:00:00Z") -> Path:
    path = world.project / name
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    when = parse_time(at, where="test").timestamp()
    os.utime(path, (when, when))
    return path


def other() -> Artifact:
    return Artifact(name="other.whl", digest=Digest.of_bytes(b"other"))


# provenance


def test_provenance_from_a_predicate_and_from_a_statement(world: World) -> None:
    whole = evidence.provenance([world.artifact], at=AT)
    for value in (whole.predicate, json.loads(whole.payload)):
        found = stated(world, attest(world, "provenance", "--file", write(world, value)))
        assert found["predicate"] == whole.predicate
        assert found["subject"] == [world.artifact.to_json()]


def test_provenance_of_something_else(world: World) -> None:
    whole = json.loads(evidence.provenance([other()], at=AT).payload)
    told = attest(world, "provenance", "--file", write(world, whole))
    assert_told(told, ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


@pytest.mark.parametrize(("value", "code"), [({}, "BAD_PREDICATE"), ({"_type": "x"}, "NOT_A_STATEMENT")])
def test_what_is_no_provenance(world: World, value: object, code: str) -> None:
    assert_told(attest(world, "provenance", "--file", write(world, value)), ExitCode.MALFORMED, code)


def test_statement_of_another_kind_is_no_provenance(world: World) -> None:
    whole = json.loads(evidence.sbom([world.artifact], at=AT).payload)
    told = attest(world, "provenance", "--file", write(world, whole))
    assert_told(told, ExitCode.MALFORMED, "WRONG_PREDICATE")


# sbom


def test_sbom_by_digest_with_its_document_beside(world: World) -> None:
    document = evidence.sbom_document([world.artifact], at=AT)
    found = stated(world, attest(world, "sbom", "--file", write(world, document, "s.cdx.json")))
    digest = Digest.of_bytes(document)
    assert found["predicate"]["references"][0]["digest"] == digest.to_set()
    assert world.store.document(digest) == document


def test_spdx_document(world: World) -> None:
    world.run(
        "sbom", f"sbom:{write(world, evidence.sbom_document([], at=AT))}", "--format", "spdx", "-o", "s.spdx.json"
    )
    found = stated(world, attest(world, "sbom", "--file", world.project / "s.spdx.json"))
    assert found["predicate"]["references"][0]["mediaType"] == "application/spdx+json"


def test_sbom_of_something_else(world: World) -> None:
    told = attest(world, "sbom", "--file", write(world, evidence.sbom_document([other()], at=AT)))
    assert_told(told, ExitCode.VERIFICATION_FAILED, "WRONG_ARTIFACT")


def test_what_is_no_sbom(world: World) -> None:
    assert_told(attest(world, "sbom", "--file", write(world, {"a": 1})), ExitCode.MALFORMED, "NOT_AN_SBOM")


# scan


def result(kind: str = "sast", **changes: Any) -> ScanResult:
    skip = Skip(what="x.bin", reason=Reason.UNSUPPORTED_FILE, detail="no rules", count=2)
    database = DatabaseState(digest=Digest.of_bytes(b"db"), built=AT - HOUR, records=7)
    coverage = Coverage(asked=5, looked_at=3, skipped=(skip,), database=database if kind == "dependencies" else None)
    found = (evidence.HIGH,) if kind == "dependencies" else (evidence.weakness(),)
    return ScanResult(kind=kind, scanner="tool", version="1.2", findings=found, coverage=coverage)


@pytest.mark.parametrize("kind", ["sast", "dependencies"])
def test_our_own_results_keep_findings_coverage_and_time(world: World, kind: str) -> None:
    from supplychain.pipeline.attest import state_scan

    made = result(kind)
    ended = parse_time("2026-11-20T00:00:00Z", where="test")
    told = attest(world, "scan", "--file", write(world, scan_document([made])))
    assert stated(world, told)["predicate"] == state_scan([world.artifact], made, at=ended).predicate


def test_results_of_several_scans_are_attested_one_by_one(world: World) -> None:
    path = write(world, scan_document([result(), result("dependencies")]))
    assert_told(attest(world, "scan", "--file", path), ExitCode.MALFORMED, "NOT_A_SCAN")


@pytest.mark.parametrize("change", [{"findings": []}, {"coverage": {}}, {"scans": []}])
def test_results_that_do_not_fit_together(world: World, change: dict[str, object]) -> None:
    path = write(world, {**scan_document([result()]), **change})
    assert_told(attest(world, "scan", "--file", path), ExitCode.MALFORMED, "NOT_A_SCAN")


def test_judged_findings_are_not_attested(world: World) -> None:
    document = scan_document([result()])
    document["findings"][0]["status"] = Status.NOT_AFFECTED.value
    assert_told(attest(world, "scan", "--file", write(world, document)), ExitCode.MALFORMED, "NOT_A_SCAN")


def test_results_of_tomorrow(world: World) -> None:
    path = write(world, scan_document([result()]), at="2026-11-22T00:00:00Z")
    assert_told(attest(world, "scan", "--file", path), ExitCode.USAGE, "SCAN_FROM_THE_FUTURE")
    assert_told(attest(world, "scan", "--file", path, "--finished", "2026-11-20T12:00:00Z"), ExitCode.OK)


def sarif(**changes: Any) -> dict[str, Any]:
    rule = {"id": "R1", "properties": {"security-severity": "9.1"}, "shortDescription": {"text": "bad"}}
    place = {"artifactLocation": {"uri": "a%20b.py"}, "region": {"startLine": 3, "endLine": 4}}
    found = {"ruleId": "R1", "message": {"text": "very bad"}, "locations": [{"physicalLocation": place}]}
    run = {"tool": {"driver": {"name": "other-tool", "version": "7", "rules": [rule]}}, "results": [found], **changes}
    return {"version": "2.1.0", "runs": [run]}


def test_sarif_of_another_scanner(world: World) -> None:
    found = stated(world, attest(world, "scan", "--file", write(world, sarif()), "--kind", "secrets"))["predicate"]
    assert found["scanner"] == {"name": "other-tool", "version": "7", "kind": "secrets"}
    finding = found["findings"][0]
    assert (finding["id"], finding["severity"], finding["title"]) == ("R1", "critical", "very bad")
    assert finding["location"] == {"path": "a b.py", "line": 3, "column": 1, "end_line": 4}
    assert found["metadata"]["scanFinishedOn"] == "2026-11-20T00:00:00Z"


def test_coverage_of_an_import_is_never_whole(world: World) -> None:
    value = sarif(invocations=[{"executionSuccessful": False, "endTimeUtc": "2026-11-19T00:00:00Z"}])
    found = stated(world, attest(world, "scan", "--file", write(world, value)))["predicate"]
    assert [skip["reason"] for skip in found["coverage"]["skipped"]] == ["coverage_unknown", "tool_failed"]
    assert (found["coverage"]["asked"], found["coverage"]["looked_at"]) == (3, 1)
    assert found["metadata"]["scanFinishedOn"] == "2026-11-19T00:00:00Z"


def test_imported_scan_cannot_pass_a_gate_by_its_silence(world: World) -> None:
    """No results is not "clean": the gate says that it cannot tell, until a profile tolerates it."""
    world.write_trust()
    world.forget("scan-sast")
    attest(world, "scan", "--file", write(world, sarif(results=[])), "--kind", "sast")
    told = world.gate()
    assert "SCAN_INCOMPLETE" in told.codes


@pytest.mark.parametrize(
    ("item", "level"),
    [
        ({"ruleId": "X"}, "medium"),
        ({"ruleId": "X", "level": "error"}, "high"),
        ({"ruleId": "X", "level": "odd"}, "unknown"),
        ({"ruleIndex": 0}, "critical"),
        ({"ruleId": "X", "kind": "open", "suppressions": [{"kind": "inSource"}]}, "medium"),
    ],
)
def test_levels_of_sarif(world: World, item: dict[str, Any], level: str) -> None:
    found = stated(world, attest(world, "scan", "--file", write(world, sarif(results=[item]))))["predicate"]["findings"]
    assert [finding["severity"] for finding in found] == [level]


@pytest.mark.parametrize("item", [{"ruleId": "X", "kind": "pass"}, {"ruleId": "X", "baselineState": "absent"}])
def test_results_that_are_no_findings(world: World, item: dict[str, Any]) -> None:
    assert (
        stated(world, attest(world, "scan", "--file", write(world, sarif(results=[item]))))["predicate"]["findings"]
        == []
    )


@pytest.mark.parametrize(
    "value",
    [
        {"runs": 1},
        {"version": "2.0.0", "runs": []},
        sarif(results=None),
        sarif(tool={}),
        sarif(results=[{"ruleIndex": 9}]),
    ],
)
def test_what_is_no_sarif(world: World, value: object) -> None:
    assert_told(attest(world, "scan", "--file", write(world, value)), ExitCode.MALFORMED, "NOT_SARIF")


def test_sarif_without_a_run(world: World) -> None:
    path = write(world, {"version": "2.1.0", "runs": []})
    assert_told(attest(world, "scan", "--file", path), ExitCode.NOTHING_TO_CHECK, "NO_RUNS")


@pytest.mark.parametrize("kind", ["dependencies", "SAST", "../x", ""])
def test_kind_of_a_sarif_log(world: World, kind: str) -> None:
    assert_told(attest(world, "scan", "--file", write(world, sarif()), "--kind", kind), ExitCode.USAGE, "USAGE")


# any of them


def test_key_that_may_not_claim_it_is_refused_at_once(world: World) -> None:
    world.rules = World._rules()
    world.write_trust()
    count = len(list(world.store.folder(world.artifact.digest).iterdir()))
    told = attest(world, "sbom", "--file", write(world, evidence.sbom_document([], at=AT)))
    assert_told(told, ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")
    assert len(list(world.store.folder(world.artifact.digest).iterdir())) == count


def test_artifact_by_digest_has_the_name_its_evidence_gives_it(world: World) -> None:
    path = write(world, evidence.provenance([world.artifact], at=AT).predicate)
    found = stated(world, attest(world, "provenance", "--file", path, artifact=str(world.artifact.digest)))
    assert found["subject"] == [world.artifact.to_json()]


def test_table_says_where_it_lies(world: World) -> None:
    path = write(world, evidence.provenance([world.artifact], at=AT).predicate)
    told = world.run("attest", "provenance", world.file, "--file", path, "--at", NOW)
    assert told.stdout.startswith("attested  provenance  ")
    assert (world.project / told.stdout.split()[2]).is_file()


# link


def link(world: World, *words: str | Path) -> Outcome:
    return world.run("attest", "link", "--step", "review", "--format", "json", *words)


def test_link_in_one_go(world: World) -> None:
    found = stated(world, link(world, "--product", "shop-*.whl", "--material", "trust.yaml"))
    assert found["predicate"]["name"] == "review"
    assert [material["name"] for material in found["predicate"]["materials"]] == ["trust.yaml"]
    assert found["subject"] == [world.artifact.to_json()]


def test_link_in_two(world: World) -> None:
    source = world.project / "app.py"
    source.write_text("before")
    before = Digest.of_file(source)
    assert_told(link(world, "--start", "--material", "app.py"), ExitCode.OK)
    source.write_text("after")
    found = stated(world, link(world, "--stop", "--product", "app.py"))
    assert found["predicate"]["materials"] == [{"name": "app.py", "digest": before.to_set()}]
    assert found["subject"] == [{"name": "app.py", "digest": Digest.of_file(source).to_set()}]
    assert_told(link(world, "--stop", "--product", "app.py"), ExitCode.USAGE, "STEP_NOT_STARTED")


def test_step_that_was_started_already(world: World) -> None:
    link(world, "--start")
    assert_told(link(world, "--start"), ExitCode.USAGE, "STEP_STARTED")


def test_start_that_was_changed_meanwhile(world: World) -> None:
    link(world, "--start")
    path = world.project / ".supplychain" / "steps" / "review.json"
    body = json.loads(path.read_bytes())
    payload = json.loads(base64.b64decode(body["payload"]))
    payload["materials"] = []
    path.write_text(json.dumps({**body, "payload": base64.b64encode(json.dumps(payload).encode()).decode()}))
    assert_told(link(world, "--stop", "--product", "*.whl"), ExitCode.VERIFICATION_FAILED, "STEP_CHANGED")


def test_start_of_another_step_under_this_name(world: World) -> None:
    link(world, "--start")
    folder = world.project / ".supplychain" / "steps"
    (folder / "review.json").rename(folder / "deploy.json")
    told = world.run("attest", "link", "--step", "deploy", "--stop", "--product", "*.whl")
    assert_told(told, ExitCode.VERIFICATION_FAILED, "STEP_CHANGED")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--start", "--stop"], "USAGE"),
        ([], "USAGE"),
        (["--stop", "--product", "x", "--material", "y"], "USAGE"),
        (["--product", "../x"], "PRODUCT_OUTSIDE"),
    ],
)
def test_link_that_makes_no_sense(world: World, words: list[str], code: str) -> None:
    assert_told(link(world, *words), ExitCode.USAGE, code)


def test_link_too_large_to_lie_everywhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supplychain.pipeline.link_state._MAX_KEPT", 10)
    assert_told(link(world, "--product", "*.whl"), ExitCode.USAGE, "LINK_TOO_LARGE")


# layout


def under_layout(world: World, chain: Chain, *words: str) -> Outcome:
    world.file.write_bytes(PRODUCT["shop.tar"])
    options = ["--layout", chain.path, "--layout-key", chain.folder / "owner.pub", "--link-dir", chain.links]
    return attest(world, "layout", *options, *words)


def kept_layout(world: World, told: Outcome) -> dict[str, Any]:
    bundle = json.loads((world.project / told.json["where"]).read_bytes())
    return json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))["predicate"]


def test_layout_that_was_followed(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    told = under_layout(world, chain)
    assert_told(told, ExitCode.OK)
    found = kept_layout(world, told)
    assert (found["result"], found["code"], found["timeVerified"]) == ("PASSED", "", NOW)
    assert [step["name"] for step in found["steps"]] == ["checkout", "build"]


def test_layout_that_was_not_followed_is_kept_as_failed(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.link("build", by="bob", materials={"evil.py": b"x"}, products=PRODUCT)
    told = under_layout(world, chain)
    assert_told(told, ExitCode.VERIFICATION_FAILED, "LAYOUT_RULE")
    found = kept_layout(world, told)
    assert (found["result"], found["code"], found["steps"]) == ("FAILED", "LAYOUT_RULE", [])
    assert found["keys"] == [chain.keyid("owner")]


def test_failed_layout_claims_no_owner_who_has_not_signed(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.layout(by=("mallory",))
    assert kept_layout(world, under_layout(world, chain))["keys"] == []


def test_layout_that_could_not_be_checked_is_not_stated(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.path.write_text("{}")
    told = under_layout(world, chain)
    assert told.exit_code == ExitCode.MALFORMED
    assert told.stdout == ""


def test_history_tells_of_steps_and_layouts(world: World, tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    under_layout(world, chain)
    link(world, "--product", "shop-*.whl")
    told = world.run("history", world.file, "--at", NOW).stdout
    assert "PASSED by layout root.layout" in told
    assert "step review, " in told

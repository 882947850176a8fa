"""One decision, whatever evaluates it: regorus in any order of files, before and after other decisions, and the real `opa`."""

from __future__ import annotations

import copy
import json
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import regorus

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_time
from supplychain.policy.alike import findings_of
from supplychain.policy.decision import Decision, Verdict
from supplychain.policy.engine import Engine, decide
from supplychain.policy.opa_server import OpaServer
from supplychain.policy.policy_set import PolicySet, load_policies
from supplychain.policy.regorus import Regorus

POLICIES = Path(__file__).resolve().parents[2] / "policies"
Document = dict[str, Any]
Change = Callable[[dict[str, Document]], None]
NOTES: Document = {
    "aliases": ["CVE-2026-1234"],
    "component": "pkg:pypi/jinja2@2.4.1",
    "name": "jinja2",
    "version": "2.4.1",
    "fixed": ["3.0"],
    "severity": "critical",
    "status": "affected",
    "title": "a hole",
    "knownExploited": None,
    "epss": None,
}


def sampled(expression: str) -> Any:
    """A value of the sample evidence that the Rego tests use."""
    engine = regorus.Engine()
    for path in ("lib/sample_test.rego",):
        engine.add_policy(path, (POLICIES / path).read_text("utf-8"))
    engine.add_policy(
        "ask.rego", f"package ask\n\nimport data.supplychain.lib.sample_test as sample\n\nx := {expression}\n"
    )
    return json.loads(engine.eval_rule_as_json("data.ask.x"))


def put(kind: str, *path: str, value: Any) -> Change:
    """Exchange one value of a statement, or take it away."""

    def change(statements: dict[str, Document]) -> None:
        at: Any = statements[kind]
        for key in path[:-1]:
            at = at[key]
        if value is Ellipsis:
            del at[path[-1]]
        else:
            at[path[-1]] = value

    return change


def finding(**notes: Any) -> Change:
    """One finding whose annotations are otherwise."""
    told = {key: value for key, value in {**NOTES, **notes}.items() if value is not Ellipsis}
    return results([{"id": "OSV-1", "severity": [], "annotations": told}])


def results(value: Any) -> Change:
    """What a scan of the dependencies found, as it is signed."""
    return put("vulns", "findings", value=findings_of(value))


def group(**facts: Any) -> Change:
    """A finding in a group that is not as the document has them."""
    one = findings_of([{"id": "OSV-1", "annotations": NOTES}])
    assert one is not None
    found = {key: value for key, value in {**one["alike"][0], **facts}.items() if value is not Ellipsis}
    return put("vulns", "findings", "alike", value=[found])


def secret(**fields: Any) -> Change:
    """One finding of the static analysis."""
    found = {"id": "eval-used", "title": "eval of input", "severity": "high", "status": "open", "help": "take it out"}
    return put("sast", "predicate", "findings", value=[{**found, "location": {"path": "a.py", "line": 3}, **fields}])


CHANGES: dict[str, Change] = {
    "as it is": lambda _: None,
    **{f"no {kind}": lambda s, k=kind: s.pop(k) for kind in ("provenance", "sbom", "vulns", "sast", "vsa")},  # type: ignore[misc]
    **{f"{kind} undated": put(kind, "time", value=None) for kind in ("provenance", "sbom", "vulns", "sast", "vsa")},
    **{f"{kind} of no day": put(kind, "time", value="2026-02-30T00:00:00Z") for kind in ("vulns", "sbom")},
    **{f"{kind} stale": put(kind, "time", value="2026-01-01T00:00:00Z") for kind in ("provenance", "sbom", "vulns")},
    "vulns to come": put("vulns", "time", value="2026-11-22T00:00:00Z"),
    "builder of level 0": put("provenance", "builder_level", value=0),
    "another builder": put(
        "provenance", "predicate", "runDetails", "builder", "id", value="https://elsewhere.example/1"
    ),
    "no builder": put("provenance", "predicate", "runDetails", value=7),
    "sbom unread": put("sbom", "document", value=None),
    "sbom without subjects": put("sbom", "document", "subjects", value=[]),
    "sbom of nothing": put("sbom", "document", "components", value=0),
    "sbom with a gap": put("sbom", "document", "gaps", value=[{"what": "x", "reason": "unreadable", "detail": ""}]),
    "sbom without facts": put("sbom", "document", "missing", value=...),
    "coverage lost": put("vulns", "predicate", "coverage", "looked_at", value=1),
    "coverage odd": put("vulns", "predicate", "coverage", value=[1]),
    "database unknown": put("vulns", "predicate", "coverage", "database", value=None),
    "database old": put("vulns", "predicate", "coverage", "database", "built", value="2020-01-01T00:00:00Z"),
    "results odd": results({"id": "OSV-1"}),
    "results without id": results([{"annotations": NOTES}, 7, None]),
    "findings gone": put("vulns", "findings", value=...),
    "findings unread": put("vulns", "findings", "unreadable", value=...),
    "groups odd": put("vulns", "findings", "alike", value={"a": 1}),
    "members that are no groups": put("vulns", "findings", "alike", value=[None, 7, "x", ["y"], {}]),
    "members gone": group(members=...),
    "members odd": group(members="x"),
    "members that are no findings": group(members=[None, 7, "x", ["y"], {}]),
    "group odd": group(severity=7, exploited="no", new=0, vex=[1], seen_by=None),
    **{f"group without {fact}": group(**{fact: ...}) for fact in ("severity", "status", "exploited", "vex", "epss")},
    "critical": finding(),
    "low": finding(severity="low"),
    "severity odd": finding(severity=["low"]),
    "version unknown": finding(version=None),
    "nothing told": finding(**dict.fromkeys(NOTES, ...)),
    "settled by nobody": finding(status="not_affected"),
    "exploited": finding(severity="low", knownExploited=True),
    "likely exploited": finding(severity="low", epss="0.97"),
    "with paths": finding(paths=[["pkg:pypi/a@1", "pkg:pypi/jinja2@2.4.1"]], upgrade="2.0", new=False),
    "sast high": secret(),
    "sast low": secret(severity="low"),
    "sast odd": secret(severity=None, location=None),
    "sast without list": put("sast", "predicate", "findings", value="none"),
    "vsa failed": put("vsa", "predicate", "verificationResult", value="FAILED"),
    "vsa of another place": put("vsa", "predicate", "policy", "uri", value="urn:supplychain:policy:dev"),
}
TOPS: dict[str, Document] = {
    "no clock": {"at": ...},
    "odd clock": {"at": "tomorrow"},
    "odd statements": {"statements": {"a": 1}},
    "no statements": {"statements": []},
    "members that are none": {"statements": [None, 7, "x", ["y"], {}]},
    "rejected": {"rejected": [{"code": "SIGNATURE_INVALID", "message": "no", "ref": "x"}]},
    "no environment before": {"previous_environment": None},
}


def documents() -> dict[str, Document]:
    """Many inputs, each good but for one thing."""
    good: Document = sampled("sample.document")
    found: dict[str, Document] = {}
    for name, change in CHANGES.items():
        statements = {s["kind"] if s["kind"] != "scan" else "sast": s for s in copy.deepcopy(good["statements"])}
        change(statements)
        found[name] = {**good, "statements": list(statements.values())}
    for name, fields in TOPS.items():
        found[name] = {key: value for key, value in {**good, **fields}.items() if value is not Ellipsis}
    more = [sampled('sample.approval("ada", {})'), sampled('sample.approval("bob", {})'), sampled("sample.waiver({})")]
    more += [sampled(f'sample.broken("vulnerabilities", "{person}")') for person in ("ada", "bob")]
    for name in ("as it is", "critical", "exploited"):
        found[f"{name}, excused"] = {**found[name], "statements": [*found[name]["statements"], *more]}
    return found


def judges() -> dict[str, PolicySet]:
    """A profile that can allow, one of every rule there is, and one whose thresholds are gone."""
    modules = load_policies(POLICIES, "production").modules
    whole = load_policies(POLICIES, "production").profile
    every = sorted({Path(path).parts[0] for path, _ in modules} - {"lib"})
    profiles = {
        "sample": sampled("sample.profile"),
        "every rule": {**whole, "rules": every},
        "no thresholds": {**whole, "rules": every, "thresholds": {}},
    }
    return {
        name: PolicySet(environment="production", modules=modules, rules=tuple(profile["rules"]), profile=profile)
        for name, profile in profiles.items()
    }


DOCUMENTS = documents()
JUDGES = judges()
ARTIFACT = Artifact(name="shop", digest=Digest.of_bytes(b"shop"))
AT = parse_time("2026-11-21T00:00:00Z", where="here")


def said(engine: Engine, judge: PolicySet, document: Document) -> Document:
    """A decision, without what names the engine and the order of the files: which place is told first is no matter."""
    told: Decision = decide(engine, judge, document, ARTIFACT, at=AT)
    record = {key: value for key, value in told.to_json().items() if key not in ("engine", "policy")}
    for violation in record["violations"]:
        if violation["rule"] == "engine":
            violation["message"] = ""
    return record


@pytest.fixture(scope="module")
def expected() -> dict[tuple[str, str], Document]:
    return {(j, d): said(Regorus(), JUDGES[j], DOCUMENTS[d]) for j in JUDGES for d in DOCUMENTS}


def test_every_verdict_is_among_them(expected: dict[tuple[str, str], Document]) -> None:
    assert len(DOCUMENTS) >= 50
    assert {answer["verdict"] for answer in expected.values()} == {verdict.value for verdict in Verdict}
    assert expected["sample", "as it is"]["verdict"] == "ALLOW"
    assert expected["no thresholds", "as it is"]["verdict"] != "ALLOW"
    codes = {v["code"] for answer in expected.values() for v in (*answer["violations"], *answer["warnings"])}
    assert len(codes) > 60, sorted(codes)
    assert [key for key, answer in expected.items() if "POLICY_FAILED" in str(answer["violations"])] == []


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_files_and_of_decisions_changes_nothing(
    expected: dict[tuple[str, str], Document], seed: int
) -> None:
    chance = random.Random(seed)
    engine = Regorus()
    for name, judge in JUDGES.items():
        shuffled = PolicySet(
            environment=judge.environment,
            modules=tuple(chance.sample(judge.modules, len(judge.modules))),
            rules=judge.rules,
            profile=judge.profile,
        )
        for asked in chance.sample(sorted(DOCUMENTS), len(DOCUMENTS)):
            assert said(engine, shuffled, DOCUMENTS[asked]) == expected[name, asked], (name, asked)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    opa = shutil.which("opa")
    if not opa:
        pytest.skip("needs the real opa on PATH")
    with socket.socket() as handle:
        handle.bind(("127.0.0.1", 0))
        port = int(handle.getsockname()[1])
    words = [opa, "run", "--server", "--disable-telemetry", "--addr", f"127.0.0.1:{port}"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        for _ in range(200):
            with socket.socket() as handle:
                if handle.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
        child.terminate()


@pytest.mark.tools
@pytest.mark.parametrize("name", JUDGES)
def test_opa_decides_the_same(expected: dict[tuple[str, str], Document], server: str, name: str) -> None:
    engine = OpaServer(server)
    other = {
        asked: (found, expected[name, asked])
        for asked, document in DOCUMENTS.items()
        if (found := said(engine, JUDGES[name], document)) != expected[name, asked]
    }
    assert other == {}

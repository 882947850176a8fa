"""attestations/: schema, example, document and class of every predicate say the same."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import Source, read_source
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.pipeline.attest import state_sbom
from supplychain.pipeline.build import BUILDER, Built, provenance_of
from supplychain.pipeline.config import load_config
from supplychain.pipeline.sign import RELEASE_TYPE
from supplychain.policy.alike import findings_of
from supplychain.policy.decision import RECORD_TYPE, Decision, Verdict, Violation
from supplychain.policy.document import build_document
from supplychain.promotion.record import admission_decision
from supplychain.promotion.summary import summarize
from supplychain.scan.coverage import Coverage, DatabaseState, Reason, Skip
from supplychain.scan.finding import Finding, Level, Location, Status
from supplychain.scan.interface import ScanResult
from supplychain.statement.predicates import provenance
from supplychain.statement.predicates.registry import KINDS, TYPES, parse_predicate
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.statement import Statement
from supplychain.verification.dossier import Dossier
from supplychain.verification.verifier import VerifiedStatement

FOLDER = Path(__file__).resolve().parents[3] / "attestations"
PREDICATES = {**TYPES, "signature": RELEASE_TYPE}
DOCUMENTS = sorted([f"predicates/{kind}" for kind in PREDICATES] + ["records/decision"])
AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
ARTIFACT = Artifact(name="shop.whl", digest=Digest.of_bytes(b"wheel"))
COMPONENT = Component(name="jinja2", version=None, purl="pkg:pypi/jinja2", origin="requirements.txt")


def read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def valid(name: str, value: object) -> bool:
    return jsonschema_rs.Draft202012Validator(read(f"{name}/v1.schema.json")).is_valid(value)


def check(name: str, value: object) -> None:
    problems = jsonschema_rs.Draft202012Validator(read(f"{name}/v1.schema.json")).iter_errors(value)
    assert [f"{problem.instance_path}: {problem.message}" for problem in problems] == []


def changed(value: Any, path: str, new: object = None) -> Any:
    """A copy in which one field has another value, or is gone."""
    result = copy.deepcopy(value)
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place = result
    for step in way:
        place = place[step]
    if new is None:
        del place[last]
    else:
        place[last] = new
    return result


# What is there


def test_every_predicate_has_a_folder_and_every_folder_a_predicate() -> None:
    assert {path.name for path in (FOLDER / "predicates").iterdir()} == set(PREDICATES)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_schema_is_one_and_the_example_keeps_to_it(name: str) -> None:
    schema = read(f"{name}/v1.schema.json")
    jsonschema_rs.meta.validate(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    check(name, read(f"{name}/v1.example.json"))


@pytest.mark.parametrize("kind", sorted(PREDICATES))
def test_document_shows_the_example_as_a_whole_statement(kind: str) -> None:
    text = (FOLDER / "predicates" / kind / "v1.md").read_text("utf-8")
    shown = re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    statement = Statement.parse(shown[-1].encode(), where="v1.md")
    assert statement.predicate_type == PREDICATES[kind]
    assert statement.predicate == read(f"predicates/{kind}/v1.example.json")
    assert f"Type URI: `{PREDICATES[kind]}`" in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_has_the_sections_of_the_template(name: str) -> None:
    text = (FOLDER / name / "v1.md").read_text("utf-8")
    sections = re.findall(r"^##+ ([A-Z]\w+)$", text, re.MULTILINE)
    assert [s for s in sections if s != "Build"] == [
        "Purpose",
        "Prerequisites",
        "Model",
        "Schema",
        "Fields",
        "Example",
        "Notes",
    ]


@pytest.mark.parametrize("kind", sorted(TYPES))
def test_class_reads_the_example_and_writes_it_back(kind: str) -> None:
    example = read(f"predicates/{kind}/v1.example.json")
    predicate = parse_predicate(TYPES[kind], example, where="example")
    assert predicate is not None
    assert predicate.to_json() == example


def test_readme_lists_every_predicate() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    for kind, uri in PREDICATES.items():
        assert re.search(rf"^\| `{kind}` \|.*`{re.escape(uri)}`", text, re.MULTILINE), kind
    assert RECORD_TYPE in text


def test_enumerations_are_those_of_the_code() -> None:
    scan, vulns = read("predicates/scan/v1.schema.json"), read("predicates/vulns/v1.schema.json")
    finding = scan["$defs"]["finding"]["properties"]
    assert finding["severity"]["enum"] == [level.value for level in Level]
    assert finding["status"]["enum"] == [status.value for status in Status]
    skip = scan["$defs"]["coverage"]["properties"]["skipped"]["items"]["properties"]
    assert skip["reason"]["enum"] == [reason.value for reason in Reason]
    assert vulns["$defs"]["coverage"] == scan["$defs"]["coverage"]


# What we really state


def results() -> list[ScanResult]:
    database = DatabaseState(digest=Digest.of_bytes(b"db"), built=None, records=0)
    finding = Finding(
        id="X-1", title="t", level=Level.UNKNOWN, component=COMPONENT, scores=(("CVSS_V3", "CVSS:3.1/…"),)
    )
    place = Finding(id="rule", title="", level=Level.LOW, location=Location(path="a.py", line=3), help="do it")
    skips = tuple(Skip(what="w", reason=reason, detail="d", count=2) for reason in Reason)
    return [
        ScanResult(kind=kind, scanner="s", version="1", findings=findings, coverage=coverage)
        for kind in ("dependencies", "sast")
        for findings in ((), (finding, place))
        for coverage in (
            Coverage(asked=0, looked_at=0),
            Coverage(asked=30, looked_at=4, skipped=skips, database=database, time_limit_hit=True),
            Coverage(asked=1, looked_at=1, rules=Digest.of_bytes(b"rules")),
        )
    ]


@pytest.mark.parametrize("result", results())
def test_stated_scans_are_valid(result: ScanResult) -> None:
    if result.kind == "dependencies":
        check("predicates/vulns", Vulns.of(result, at=AT).to_json())
    else:
        check("predicates/scan", Scan.of(result, at=AT).to_json())


@pytest.mark.parametrize("commit", [None, "a" * 40, "b" * 64])
@pytest.mark.parametrize("build", ["", "build: {command: [make], products: [out/*]}\n"])
def test_stated_provenance_is_valid(tmp_path: Path, commit: str | None, build: str) -> None:
    (tmp_path / "supplychain.yaml").write_text("version: 1\n" + build)
    uri = "git+git@git.example:shop.git" if commit else tmp_path.as_uri()
    source = Source(uri=uri, tree=Digest.of_bytes(b"tree"), commit=commit, ref="refs/tags/v1" if commit else None)
    built = Built(products=((ARTIFACT, tmp_path),), started=AT, reused=False)
    stated = provenance_of(load_config(tmp_path), source, built)
    assert (stated.build_type, stated.builder_id) == (provenance.BUILD_TYPE, BUILDER)
    check("predicates/provenance", stated.to_json())


def test_tree_digest_is_what_the_document_defines(tmp_path: Path) -> None:
    """Computed once more, from the words of predicates/provenance/v1.md."""
    for name, text in {"b/z.txt": "z", "a": "a", "run": "#!", "node_modules/x": "x", "dist/out": "o"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "run").chmod(0o755)
    (tmp_path / "link").symlink_to("b/z.txt")
    content = {"a": b"a", "b/z.txt": b"z", "link": b"", "run": b"#!"}
    total = hashlib.sha256()
    for path, data in sorted(content.items()):
        kind = {"link": "link", "run": "exec"}.get(path, "file")
        value = "b/z.txt" if kind == "link" else hashlib.sha256(data).hexdigest()
        line = f"{kind}\0{path}\0{value}\n".encode()
        total.update(len(line).to_bytes(8, "big") + line)
    assert read_source(tmp_path, exclude=("dist/*",)).tree.hex == total.hexdigest()


def test_stated_sbom_is_valid() -> None:
    check("predicates/sbom", state_sbom((ARTIFACT,), b"{}", at=AT).predicate)


def decision(verdict: Verdict, *kinds: str) -> Decision:
    reasons = [Violation(rule="r", code="C", message="m", fix="", kind=kind) for kind in kinds]
    loaded = verdict is not Verdict.CANNOT_TELL
    return Decision(
        verdict=verdict,
        environment="dev",
        artifact=ARTIFACT,
        violations=tuple(reasons),
        warnings=(Violation(rule="r", code="C", message="m", fix="f", kind="warn", evidence={"a": 1}),),
        rules=("r",) if loaded else (),
        policy=Digest.of_bytes(b"policy") if loaded else None,
        input=Digest.of_bytes(b"input") if loaded else None,
        engine="e",
        at=AT,
    )


DECISIONS = [
    decision(Verdict.ALLOW),
    decision(Verdict.DENY, "deny", "cannot_tell"),
    decision(Verdict.CANNOT_TELL, "cannot_tell"),
]


@pytest.mark.parametrize("made", DECISIONS)
def test_decisions_and_their_summaries_are_valid(made: Decision) -> None:
    check("records/decision", made.to_json())
    summary = summarize(made, Dossier(artifact=ARTIFACT, statements=(), rejected=()))
    if made.verdict is Verdict.CANNOT_TELL:
        assert summary is None
    else:
        assert summary is not None
        check("predicates/vsa", summary.to_json())


def test_admission_decision_is_a_valid_record() -> None:
    made = admission_decision(Dossier(artifact=ARTIFACT, statements=(), rejected=()), "dev", at=AT)
    check("records/decision", made.to_json())


@pytest.mark.parametrize(
    "broken", [decision(Verdict.ALLOW, "deny"), decision(Verdict.DENY, "cannot_tell"), decision(Verdict.CANNOT_TELL)]
)
def test_verdict_and_reasons_must_agree(broken: Decision) -> None:
    assert not valid("records/decision", broken.to_json())


def test_example_decision_is_what_the_class_writes() -> None:
    example = read("records/decision/v1.example.json")
    assert set(example) == set(decision(Verdict.ALLOW).to_json())
    assert example["_type"] == RECORD_TYPE


# What is refused, and what is let pass


BROKEN: list[tuple[str, str, object]] = [
    ("provenance", "buildDefinition", None),
    ("provenance", "buildDefinition/buildType", 1),
    ("provenance", "buildDefinition/externalParameters", ["make"]),
    ("provenance", "buildDefinition/resolvedDependencies", {}),
    ("provenance", "buildDefinition/resolvedDependencies/0", "git"),
    ("provenance", "runDetails/builder/id", None),
    ("provenance", "runDetails/metadata/startedOn", "yesterday"),
    ("sbom", "attester", None),
    ("sbom", "references", []),
    ("sbom", "references/0/digest", {"sha1": "a" * 40}),
    ("sbom", "references/0/digest/sha256", "A" * 64),
    ("sbom", "references/0/annotations/size", "1265"),
    ("vulns", "scanner", None),
    ("vulns", "scanner/uri", None),
    ("vulns", "scanner/result", {}),
    ("vulns", "scanner/result/0", "CVE-1"),
    ("vulns", "metadata/scanFinishedOn", "2026-11-21"),
    ("vulns", "coverage", "all of it"),
    ("scan", "scanner/kind", None),
    ("scan", "scanner/version", 2),
    ("scan", "findings", None),
    ("scan", "findings/0", "finding"),
    ("scan", "metadata/scanStartedOn", "2026-11-21T08:00:00"),
    ("scan", "coverage", None),
    ("link", "name", None),
    ("link", "name", ""),
    ("link", "command", "make"),
    ("link", "materials/0/name", None),
    ("link", "materials/0/digest", {"sha256": 1}),
    ("link", "materials", {"a": 1}),
    ("link", "byproducts", []),
    ("layout", "layout", None),
    ("layout", "layout/digest", {}),
    ("layout", "layout/expires", "tomorrow"),
    ("layout", "keys", "e0"),
    ("layout", "steps/0/name", None),
    ("layout", "steps/0/threshold", "1"),
    ("layout", "steps/0/links/0/digest", {}),
    ("layout", "parameters/VERSION", 1),
    ("layout", "timeVerified", None),
    ("layout", "result", "passed"),
    ("layout", "result", "FAILED"),
    ("layout", "code", "LAYOUT_RULE"),
    ("waiver", "waives", None),
    ("waiver", "waives", " "),
    ("waiver", "owner", ""),
    ("waiver", "reason", None),
    ("waiver", "scope", None),
    ("waiver", "scope/environments", "production"),
    ("waiver", "scope/component", ["pkg:pypi/a"]),
    ("waiver", "ticket", 17),
    ("waiver", "until", None),
    ("waiver", "until", "2027-01-31"),
    ("waiver", "until", "2027-01-31T00:00:00.5Z"),
    ("waiver", "from", "2026-11-21t08:00:00z"),
    ("vsa", "verifier", None),
    ("vsa", "timeVerified", "now"),
    ("vsa", "resourceUri", None),
    ("vsa", "policy/digest", {}),
    ("vsa", "verificationResult", "passed"),
    ("vsa", "verifiedLevels", "SLSA_BUILD_LEVEL_1"),
    ("vsa", "inputAttestations/0", {}),
]


@pytest.mark.parametrize(("kind", "path", "new"), BROKEN)
def test_broken_predicates_are_refused_by_schema_and_class(kind: str, path: str, new: object) -> None:
    broken = changed(read(f"predicates/{kind}/v1.example.json"), path, new)
    assert not valid(f"predicates/{kind}", broken)
    with pytest.raises(MalformedInput):
        parse_predicate(TYPES[kind], broken, where="broken")


STRICT: list[tuple[str, str, object]] = [
    ("predicates/provenance", "buildDefinition/externalParameters/shell", "bash"),
    ("predicates/provenance", "buildDefinition/resolvedDependencies/0/annotations/digestOf", "something"),
    ("predicates/provenance", "buildDefinition/resolvedDependencies/0/digest/gitCommit", None),
    ("predicates/provenance", "runDetails/metadata/invocationId", "1"),
    ("predicates/sbom", "references/0/mediaType", "text/plain"),
    ("predicates/sbom", "references/0/annotations/created", ""),
    ("predicates/vulns", "coverage", None),
    ("predicates/vulns", "coverage/asked", -1),
    ("predicates/vulns", "scanner/result/0/annotations/0/severity", "severe"),
    ("predicates/scan", "more", 1),
    ("predicates/scan", "coverage/skipped/0/reason", "was_tired"),
    ("predicates/scan", "findings/0/status", "ignored"),
    ("predicates/vsa", "urn:supplychain:decision", None),
    ("predicates/vsa", "verifiedLevels", ["SLSA_BUILD_LEVEL_1", "SLSA_BUILD_LEVEL_2"]),
    ("predicates/layout", "more", 1),
    ("predicates/layout", "keys", []),
    ("predicates/layout", "steps", []),
    ("predicates/waiver", "more", 1),
    ("predicates/waiver", "scope/artifacts", ["*"]),
    ("predicates/vsa", "urn:supplychain:decision/until", "soon"),
    ("predicates/signature", "anything", 1),
    ("records/decision", "more", 1),
    ("records/decision", "verdict", "MAYBE"),
    ("records/decision", "artifact/digest", "sha1:" + "a" * 40),
    ("records/decision", "violations/0/code", "lower"),
]


@pytest.mark.parametrize(("name", "path", "new"), STRICT)
def test_schemas_are_strict_about_what_we_make(name: str, path: str, new: object) -> None:
    assert not valid(name, changed(read(f"{name}/v1.example.json"), path, new))


FOREIGN: Mapping[str, Any] = {
    "provenance": {
        "buildDefinition": {
            "buildType": "https://builder.example/workflow/v1",
            "externalParameters": {"workflow": {"ref": "refs/tags/v1"}},
            "internalParameters": None,
            "resolvedDependencies": [
                {"uri": "git+https://git.example/a@refs/tags/v1", "digest": {"gitCommit": "a" * 40}}
            ],
        },
        "runDetails": {"builder": {"id": "https://builder.example", "version": {"a": "1"}}, "metadata": None, "x": 1},
    },
    "sbom": {
        "attester": {"id": "https://attester.example"},
        "references": [{"downloadLocation": "https://a.example/b.json", "digest": {"sha512": "a" * 128, "md5": "x"}}],
        "more": [],
    },
    "vulns": {
        "invocation": {"parameters": []},
        "scanner": {
            "uri": "pkg:generic/scanner@1",
            "db": {"lastUpdate": "2026-08-06T17:45:50.52Z"},
            "result": [
                {"id": "CVE-1", "severity": [], "annotations": [{"a": "b"}]},
                {"vulnerability": {"id": "CVE-2"}},
            ],
        },
        "metadata": {"scanStartedOn": "2026-08-06T17:45:50.52+02:00", "scanFinishedOn": "2026-08-06T17:50:50.52Z"},
    },
    "vsa": {
        "verifier": {"id": "https://verifier.example", "version": {}},
        "timeVerified": "1985-04-12T23:20:50.52Z",
        "resourceUri": "https://a.example/a.tar.gz",
        "policy": {"uri": "https://a.example/policy", "digest": {"sha256": "a" * 64}},
        "inputAttestations": [{"uri": "https://a.example/p", "digest": {"sha256": "b" * 64}}],
        "verificationResult": "FAILED",
        "verifiedLevels": ["FAILED"],
        "dependencyLevels": {"SLSA_BUILD_LEVEL_3": 5},
    },
}


@pytest.mark.parametrize("kind", sorted(FOREIGN))
def test_foreign_predicates_may_say_more(kind: str) -> None:
    check(f"predicates/{kind}", FOREIGN[kind])
    assert parse_predicate(TYPES[kind], FOREIGN[kind], where="foreign") is not None


# The input document of policies


def keys(value: Any) -> Any:
    """The names of all fields, level by level; `predicate` is described elsewhere."""
    if isinstance(value, dict):
        return {name: None if name == "predicate" else keys(inner) for name, inner in value.items()}
    return [keys(value[0])] if isinstance(value, list) and value else None


def test_readme_shows_the_shape_of_the_input_document() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0])
    document = (
        b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"timestamp": '
        b'"2026-11-21T08:00:00Z", "component": {"type": "file", "name": "shop.whl"}}, "components": '
        b'[{"type": "library", "name": "a", "purl": "pkg:pypi/a"}]}'
    )
    statement = state_sbom((ARTIFACT,), document, at=AT)
    dossier = Dossier(
        artifact=ARTIFACT,
        statements=(
            VerifiedStatement(
                statement=statement,
                predicate=parse_predicate(statement.predicate_type, statement.predicate, where="test"),
                artifact=ARTIFACT,
                signers=("builder",),
                builder_level=0,
                people=("builder",),
            ),
        ),
        rejected=(),
        documents={Digest.of_bytes(document): document},
    )
    made = build_document(dossier, environment="staging", previous="dev", at=AT)
    assert keys(shown) | {"rejected": None} == keys(made) | {"rejected": None}
    assert set(shown["rejected"][0]) == {"code", "message", "ref"}
    for entry in shown["statements"]:
        assert entry["kind"] in KINDS.values()


def test_readme_shows_findings_as_policy_reads_them() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    shown = json.loads(re.findall(r"^```json\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[1])
    part = replace(COMPONENT, name="jinja2", version="2.4.1", purl="pkg:pypi/jinja2@2.4.1")
    finding = Finding(
        id="PYSEC-2019-217",
        title="a template leaves its sandbox",
        level=Level.HIGH,
        aliases=("CVE-2019-10906",),
        component=part,
        fixed=("2.10.1",),
        upgrade="2.11.3",
        paths=(("pkg:pypi/flask@1.0", "pkg:pypi/jinja2@2.4.1"),),
        new=False,
        epss="0.0214",
        seen_by=("supplychain-osv",),
    )
    whole = Coverage(asked=1, looked_at=1)
    scan = ScanResult(kind="dependencies", scanner="s", version="1", findings=(finding,), coverage=whole)
    assert findings_of(Vulns.of(scan, at=AT).to_json()["scanner"]["result"]) == shown
    for name in [*shown["alike"][0], "unreadable"]:
        assert re.search(rf"^\| .*`(members\[\]\.\w+|{name})`.* \|", text, re.MULTILINE), name

"""VEX documents as values: OpenVEX, CycloneDX, and what is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.vex import VexStatus
from supplychain.advisory.vex_document import parse_vex
from supplychain.errors import MalformedInput

AT = datetime(2026, 6, 1, tzinfo=UTC)
PURL = "pkg:pypi/jinja2@2.4.1"


def openvex(*statements: dict[str, Any], **more: Any) -> bytes:
    body = {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.com/vex-1",
        "author": "Example",
        "timestamp": "2026-01-01T00:00:00Z",
        "version": 1,
        "statements": list(statements),
        **more,
    }
    return json.dumps(body).encode()


def said(**changes: Any) -> dict[str, Any]:
    value = {
        "vulnerability": {"name": "CVE-1", "aliases": ["GHSA-1"]},
        "products": [{"@id": PURL}],
        "status": "not_affected",
        "justification": "component_not_present",
        **changes,
    }
    return {key: item for key, item in value.items() if item is not None}


def cyclonedx(**more: Any) -> bytes:
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": "2026-01-01T00:00:00Z"},
        "vulnerabilities": [
            {
                "id": "CVE-1",
                "references": [{"id": "GHSA-1", "source": {"name": "GitHub"}}],
                "analysis": {"state": "not_affected", "justification": "code_not_reachable"},
                "affects": [{"ref": PURL}],
            }
        ],
        **more,
    }
    return json.dumps(body).encode()


def only(data: bytes) -> Any:
    (statement,) = parse_vex(data, where="a.json").statements
    return statement


def test_openvex() -> None:
    document = parse_vex(openvex(said()), where="a.json")
    (statement,) = document.statements
    assert (document.format, document.author, document.notes) == ("OpenVEX", "Example", ())
    assert (statement.ids, statement.status) == (("CVE-1", "GHSA-1"), VexStatus.NOT_AFFECTED)
    assert [scope.product.purl for scope in statement.scopes] == [PURL]
    assert statement.time == datetime(2026, 1, 1, tzinfo=UTC)
    assert (statement.number, statement.document, statement.barred(AT, None)) == (1, "a.json", "")


def test_forerunner_with_texts_instead_of_objects() -> None:
    old = {"vulnerability": "CVE-1", "products": [PURL], "status": "fixed", "timestamp": "2022-12-22T16:36:43-05:00"}
    statement = only(openvex(old, **{"@context": "https://openvex.dev/ns"}))
    assert statement.ids == ("CVE-1",)
    assert statement.time == datetime(2022, 12, 22, 21, 36, 43, tzinfo=UTC)


def test_times_of_a_statement_come_before_those_of_the_document() -> None:
    later = openvex(said(timestamp="2026-02-01T00:00:00Z", last_updated="2026-03-01T00:00:00Z"))
    assert only(later).time == datetime(2026, 3, 1, tzinfo=UTC)
    assert only(openvex(said(), last_updated="2026-04-01T00:00:00Z")).time == datetime(2026, 4, 1, tzinfo=UTC)


def test_products_by_identifier_hash_and_part() -> None:
    digest = "a" * 64
    product = {
        "@id": "https://example.com/app",
        "identifiers": {"purl": "pkg:oci/app@1"},
        "hashes": {"sha-256": digest.upper(), "md5": "x"},
        "subcomponents": [{"@id": PURL}, {"@id": "pkg:pypi/other@1"}],
    }
    scopes = only(openvex(said(products=[product]))).scopes
    assert [scope.text for scope in scopes] == [f"{PURL} in pkg:oci/app@1", "pkg:pypi/other@1 in pkg:oci/app@1"]
    assert [str(found) for found in scopes[0].product.hashes] == [f"sha256:{digest}"]


def test_every_version_is_said_in_so_many_words() -> None:
    for text, purl, every in [
        ("pkg:pypi/jinja2", "pkg:pypi/jinja2", False),
        ("pkg:pypi/jinja2@*", "pkg:pypi/jinja2", True),
        ("pkg:deb/debian/a@*?arch=all", "pkg:deb/debian/a?arch=all", True),
        ("pkg:pypi/jinja2@*1", "pkg:pypi/jinja2@*1", False),
    ]:
        product = only(openvex(said(products=[{"@id": text}]))).scopes[0].product
        assert (product.purl, product.every_version) == (purl, every)


def test_names_that_are_addresses_also_count_by_their_last_part() -> None:
    name = {"name": "https://www.cve.org/CVERecord?id=CVE-2015-3193", "aliases": ["https://osv.dev/GHSA-x/"]}
    assert only(openvex(said(vulnerability=name))).ids[-2:] == ("CVE-2015-3193", "GHSA-x")


def test_what_is_not_understood_is_noted() -> None:
    notes = parse_vex(openvex(said(statement="x"), remark="y"), where="a").notes
    assert [note.partition(" is not")[0] for note in notes] == [
        "the field 'remark'",
        "the field 'statement' of a statement",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        said(justification=None),
        said(justification="because"),
        said(status="ignored"),
        said(status=None),
        said(vulnerability=None),
        said(vulnerability={"name": ""}),
        said(vulnerability={"name": "CVE-1", "aliases": "GHSA-1"}),
        said(products={}),
        said(products=[{}]),
        said(products=[{"@id": 5}]),
        said(products=[{"@id": PURL, "hashes": {"sha-256": "a"}}]),
        said(products=[{"@id": PURL, "subcomponents": {}}]),
        said(timestamp="yesterday"),
        said(**{"supplychain:expires": "2026-01-01"}),
    ],
)
def test_malformed_openvex(broken: dict[str, Any]) -> None:
    with pytest.raises(MalformedInput, match=r".") as caught:
        parse_vex(openvex(said(), broken), where="a.json")
    assert "a.json: statement 2" in caught.value.where


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b"{}", openvex(), openvex(said(), statements="none")])
def test_no_vex_at_all(data: bytes) -> None:
    with pytest.raises(MalformedInput):
        parse_vex(data, where="a.json")


def test_impact_statement_is_a_reason_too() -> None:
    assert only(openvex(said(justification=None, impact_statement="not built in"))).impact == "not built in"


def test_expiry_is_exact() -> None:
    for body in (said(**{"supplychain:expires": "2026-06-01T00:00:00Z"}), said()):
        more = {} if "supplychain:expires" in body else {"supplychain:expires": "2026-06-01T00:00:00Z"}
        statement = only(openvex(body, **more))
        assert statement.barred(AT - timedelta(seconds=1), None) == ""
        assert statement.barred(AT, None) == "expired at 2026-06-01T00:00:00Z"
        assert statement.barred(AT + timedelta(seconds=1), None)


def test_age_and_future() -> None:
    statement = only(openvex(said()))
    assert statement.barred(AT, timedelta(days=152)) == ""
    assert "more than 151 days ago" in statement.barred(AT, timedelta(days=151))
    assert "still to come" in statement.barred(datetime(2025, 12, 31, tzinfo=UTC), None)
    undated = json.loads(openvex(said()))
    del undated["timestamp"]
    assert "carries no time" in only(json.dumps(undated).encode()).barred(AT, timedelta(days=1))
    assert only(json.dumps(undated).encode()).barred(AT, None) == ""


def test_statement_about_nothing_is_barred() -> None:
    assert only(openvex(said(products=[]))).barred(AT, None) == "names no product"


def test_cyclonedx() -> None:
    document = parse_vex(cyclonedx(), where="b.json")
    (statement,) = document.statements
    assert document.format == "CycloneDX"
    assert (statement.ids, statement.status) == (("CVE-1", "GHSA-1"), VexStatus.NOT_AFFECTED)
    assert statement.scopes[0].product.purl == PURL
    assert statement.justification == "code_not_reachable"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("resolved", "fixed"),
        ("resolved_with_pedigree", "fixed"),
        ("exploitable", "affected"),
        ("in_triage", "under_investigation"),
        ("false_positive", "not_affected"),
    ],
)
def test_cyclonedx_states(state: str, status: str) -> None:
    entry = {"id": "CVE-1", "analysis": {"state": state, "detail": "looked"}, "affects": [{"ref": PURL}]}
    assert only(cyclonedx(vulnerabilities=[entry])).status == status


def test_cyclonedx_references() -> None:
    """Bom-refs, BOM-Links and purls; a part of a described thing stays a part of it."""
    parts = {
        "metadata": {"component": {"type": "application", "name": "shop", "version": "1", "bom-ref": "root"}},
        "components": [{"type": "library", "name": "jinja2", "bom-ref": "j", "purl": PURL}],
    }
    link = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#"

    def scopes(ref: str, **more: Any) -> list[str]:
        entry = {"id": "C", "analysis": {"state": "in_triage"}, "affects": [{"ref": ref}]}
        return [scope.text for scope in only(cyclonedx(vulnerabilities=[entry], **more)).scopes]

    assert scopes("j", **parts) == [f"{PURL} in shop@1"]
    assert scopes("root", **parts) == ["shop@1"]
    assert scopes(link + "j", **parts) == [f"{PURL} in shop@1"]
    assert scopes(link + PURL) == [PURL]
    assert scopes(link + "pkg%3Apypi%2Fjinja2%402.4.1") == [PURL]
    assert scopes("j", components=parts["components"]) == [PURL]
    assert scopes("nothing") == ["nothing"]
    entry = {"id": "C", "analysis": {"state": "in_triage"}, "affects": [{"ref": "nothing"}]}
    assert "reference to nothing" in only(cyclonedx(vulnerabilities=[entry])).scopes[0].product.problem


def test_cyclonedx_versions_narrow_and_have_a_status_of_their_own() -> None:
    versions = [
        {"version": "1.0", "status": "affected"},
        {"version": "2.0", "status": "unaffected"},
        {"range": "vers:pypi/>=3.0|<4.0", "status": "unaffected"},
        {"range": "vers:pypi/*", "status": "unknown"},
    ]
    entry = {
        "id": "CVE-1",
        "analysis": {"state": "exploitable", "detail": "2.x is rewritten"},
        "affects": [{"ref": "pkg:pypi/jinja2?x=y", "versions": versions}],
    }
    found = {s.status: s.scopes for s in parse_vex(cyclonedx(vulnerabilities=[entry]), where="b").statements}
    assert [scope.product.purl for scope in found[VexStatus.AFFECTED]] == ["pkg:pypi/jinja2@1.0?x=y"]
    assert found[VexStatus.NOT_AFFECTED][0].product.purl == "pkg:pypi/jinja2@2.0?x=y"
    assert "ranges are not evaluated" in found[VexStatus.NOT_AFFECTED][1].product.problem
    assert found[VexStatus.UNDER_INVESTIGATION][0].product.every_version


def test_cyclonedx_version_that_contradicts_its_reference() -> None:
    entry = {
        "id": "C",
        "analysis": {"state": "resolved"},
        "affects": [{"ref": PURL, "versions": [{"version": "9"}, {"version": "2.4.1"}]}],
    }
    other, same = only(cyclonedx(vulnerabilities=[entry])).scopes
    assert "limited to the version 9" in other.product.problem
    assert (same.product.purl, same.product.problem) == (PURL, "")


def test_cyclonedx_without_reason_or_product_is_not_believed() -> None:
    for changes, reason in [
        ({"analysis": {"state": "not_affected"}}, "not affected, without a reason"),
        ({"affects": []}, "names no product"),
    ]:
        entry = {"id": "C", "analysis": {"state": "resolved"}, "affects": [{"ref": PURL}], **changes}
        assert only(cyclonedx(vulnerabilities=[entry])).barred(AT, None) == reason


def test_cyclonedx_expiry_and_time() -> None:
    entry = {
        "id": "C",
        "analysis": {"state": "resolved", "lastUpdated": "2026-02-01T00:00:00Z", "firstIssued": "2025-01-01T00:00:00Z"},
        "affects": [{"ref": PURL}],
        "properties": [{"name": "supplychain:expires", "value": "2026-06-01T00:00:00Z"}],
    }
    statement = only(cyclonedx(vulnerabilities=[entry]))
    assert (statement.time, statement.expires) == (datetime(2026, 2, 1, tzinfo=UTC), AT)


def test_cyclonedx_without_analysis_is_no_vex() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_vex(cyclonedx(vulnerabilities=[{"id": "C"}]), where="b.json")
    assert caught.value.code == "EMPTY_VEX"
    with pytest.raises(MalformedInput):
        parse_vex(cyclonedx(vulnerabilities=[{"id": "C", "analysis": {"state": "fine"}}]), where="b.json")


@pytest.mark.shared
def test_published_documents(shared: Path) -> None:
    document = parse_vex((shared / "vex/node.openvex.json").read_bytes(), where="node")
    assert len(document.statements) == 183
    paths = sorted((shared / "vex/vexctl").rglob("*vex.json"))
    assert len(paths) >= 10
    for path in paths:
        assert parse_vex(path.read_bytes(), where=path.name).statements

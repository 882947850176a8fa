"""OSV records in: what is read, what is refused, what is not meant as a record."""

from __future__ import annotations

import json
from typing import Any

import pytest

from supplychain.advisory.importers.osv import parse_record
from supplychain.advisory.importers.sources import Document
from supplychain.advisory.record import Advisory, Severity
from supplychain.errors import MalformedInput


def parse(value: Any, name: str = "r.json") -> Advisory | None:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return parse_record(Document(where=name, data=data))


def test_everything_matching_needs(record: Any) -> None:
    value = record(
        "GHSA-1",
        package="Foo_Bar",
        aliases=["CVE-1", "CVE-1", "GHSA-1"],
        related=["CVE-9"],
        summary="Bad\n thing",
        severity=[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}],
        database_specific={"severity": "MODERATE"},
        versions=["1.0"],
    )
    advisory = parse(value)
    assert advisory is not None
    assert advisory.aliases == ("CVE-1",)
    assert advisory.summary == "Bad thing"
    assert advisory.severity_word == "moderate"
    assert advisory.severities == (Severity(method="CVSS_V3", score="CVSS:3.1/AV:N"),)
    (part,) = advisory.affected
    assert (part.ecosystem, part.package, part.versions) == ("PyPI", "foo-bar", ("1.0",))
    assert [(event.kind, event.version) for event in part.ranges[0].events] == [("introduced", "0"), ("fixed", "2.0")]


def test_yaml_is_the_same_record(record: Any) -> None:
    yaml = (
        b"id: X-1\nmodified: 2026-01-01T00:00:00Z\naffected:\n- package: {ecosystem: PyPI, name: Demo}\n"
        b'  ranges:\n  - type: ECOSYSTEM\n    events:\n    - introduced: "0"\n    - fixed: "2.0"\n'
    )
    assert parse(yaml, "r.yaml") == parse(record())


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.123456Z"])
def test_year_one_is_no_time(record: Any, time: str) -> None:
    advisory = parse({**record(), "modified": time, "withdrawn": time})
    assert advisory is not None
    assert advisory.modified is None
    assert advisory.withdrawn is None
    assert advisory.affected


def test_withdrawn_affects_nothing(record: Any) -> None:
    advisory = parse({**record(), "withdrawn": "2026-01-01T00:00:00Z"})
    assert advisory is not None
    assert advisory.withdrawn
    assert advisory.affected == ()


def test_one_upstream_is_another_name_several_are_not(record: Any) -> None:
    one = parse({**record("DEBIAN-CVE-1"), "upstream": ["CVE-1"]})
    several = parse({**record("DSA-1"), "upstream": ["CVE-1", "CVE-2"]})
    assert one is not None
    assert several is not None
    assert one.aliases == ("CVE-1",)
    assert several.aliases == ()


def test_events_of_early_records_are_taken_apart(record: Any) -> None:
    advisory = parse(record(events=[{"fixed": "2", "introduced": "1"}]))
    assert advisory is not None
    assert [event.kind for event in advisory.affected[0].ranges[0].events] == ["introduced", "fixed"]


def test_title_from_details_where_there_is_no_summary(record: Any) -> None:
    advisory = parse({**record(), "details": "## Problem\n\n" + "word " * 100})
    assert advisory is not None
    assert advisory.summary.startswith("Problem word")
    assert len(advisory.summary) <= 160


@pytest.mark.parametrize("value", [{"name": "project"}, [1], "text", {"id": "x"}])
def test_other_documents_are_not_meant_as_records(value: Any) -> None:
    assert parse(value) is None


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": ""}, "BAD_RECORD"),
        ({"id": 3}, "BAD_RECORD"),
        ({"id": "x" * 300}, "BAD_RECORD"),
        ({"modified": "yesterday"}, "NOT_A_TIME"),
        ({"modified": None}, "BAD_RECORD"),
        ({"withdrawn": "soon"}, "NOT_A_TIME"),
        ({"aliases": "CVE-1"}, "BAD_RECORD"),
        ({"affected": {}}, "BAD_RECORD"),
        ({"affected": [{"package": "demo"}]}, "BAD_RECORD"),
        ({"affected": [{"package": {"ecosystem": "PyPI"}}]}, "BAD_RECORD"),
        ({"affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "versions": [1.0]}]}, "BAD_RECORD"),
        ({"affected": [{"ranges": [{"type": "SEMVER", "events": [{"introduced": 0}]}]}]}, "BAD_RECORD"),
        ({"severity": [{"type": "CVSS_V3"}]}, "BAD_RECORD"),
    ],
)
def test_a_record_that_breaks_the_schema_is_refused_by_name(record: Any, change: dict[str, Any], code: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse({**record(), **change}, "all.zip!r.json")
    assert caught.value.code == code
    assert caught.value.where == "all.zip!r.json"


@pytest.mark.parametrize("data", [b"", b"{", b'{"id": "a", "id": "b"}', b"\xff", b"[" * 200_000])
def test_broken_json_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse(data)
    assert caught.value.where == "r.json"

"""Version requirements as spans: what is in, what is out, what is none."""

from __future__ import annotations

import pytest

from supplychain.advisory.evaluation import evaluate
from supplychain.advisory.importers.requirements import (
    GEM_LINE,
    GEM_ORDER,
    SEMVER_LINE,
    RequirementError,
    cargo_span,
    gem_spans,
    node_spans,
)
from supplychain.advisory.importers.spans import unreadable
from supplychain.advisory.record import Affected, Range
from supplychain.advisory.versions.registry import SEMVER


def holds(part: Range, version: str, gem: bool = False) -> bool:
    entry = Affected(ecosystem="x", package="p", ranges=(part,))
    answer = evaluate(entry, version, GEM_ORDER if gem else SEMVER)
    assert answer.affected or answer.certain
    return answer.affected


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        (">= 1.2.3", "1.2.3 2.0.0 1.2.4-rc.1", "1.2.2 1.2.3-rc.1"),
        ("> 1.2.3", "1.2.4 1.2.4-alpha", "1.2.3 1.2.3-rc"),
        ("> 1.2.3-rc.1", "1.2.3 1.2.3-rc.2 1.2.3-rc.1.1", "1.2.3-rc.1 1.2.3-rc.0"),
        ("< 1.2.3", "1.2.2 1.2.3-rc 0.0.0", "1.2.3"),
        ("<= 1.2.3", "1.2.3 1.2.3-rc", "1.2.4-alpha 1.2.4"),
        ("= 1.2.3", "1.2.3", "1.2.2 1.2.4-0 1.2.4"),
        ("^1.2.3", "1.2.3 1.99.0", "1.2.2 2.0.0 2.0.0-rc.1"),
        ("^ 0.2.3", "0.2.3 0.2.9", "0.3.0 0.3.0-a 0.2.2"),
        ("^0.0.3", "0.0.3", "0.0.4 0.0.2"),
        ("^0", "0.1.0 0.9.9", "1.0.0"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("1.2.3", "1.2.3 1.9.0", "2.0.0"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"),
        ("~1", "1.9.0", "2.0.0"),
        (">= 1.2, < 2", "1.2.0 1.9.9", "1.1.9 2.0.0"),
        ("> 1.2", "1.3.0", "1.2.9"),
        ("<= 1.2", "1.2.9", "1.3.0"),
        ("= 1.2", "1.2.0 1.2.9", "1.3.0 1.1.9"),
        ("1.*", "1.0.0 1.9.0", "2.0.0"),
        ("*", "0.0.0 9.9.9", ""),
    ],
)
def test_cargo(text: str, inside: str, outside: str) -> None:
    part = SEMVER_LINE.to_range("SEMVER", [cargo_span(text)])
    others = SEMVER_LINE.to_range("SEMVER", SEMVER_LINE.complement([cargo_span(text)]))
    for version in inside.split():
        assert holds(part, version), version
        assert not (others.events and holds(others, version)), version
    for version in outside.split():
        assert not holds(part, version), version
        assert holds(others, version), version


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("<=1.5.1", "1.5.1 0.1.0", "1.5.2"),
        ("<=v1.5.1", "1.5.1", "1.5.2"),
        ("*", "0.0.1", ""),
        ("", "0.0.1", ""),
        ("1.x || >=2.5.0 <3", "1.0.0 1.9.9 2.5.0 2.9.9", "2.0.0 3.0.0 0.9.0"),
        (">=1.0.0 <1.2.0 || >1.3.0 <=1.4.0", "1.0.0 1.1.9 1.3.1 1.4.0", "1.2.0 1.3.0 1.4.1"),
        ("1.2.3 - 2.3.4", "1.2.3 2.3.4", "1.2.2 2.3.5"),
        ("=1.0.0 || 1.0.2", "1.0.0 1.0.2", "1.0.1"),
        ("~1.2.3", "1.2.3 1.2.9", "1.3.0"),
        ("~> 1.2.3", "1.2.9", "1.3.0"),
        ("< 1.0.0", "0.9.9 1.0.0-rc.1", "1.0.0"),
        (">= 1.0.0 , < 2.0.0", "1.5.0", "2.0.0"),
    ],
)
def test_node(text: str, inside: str, outside: str) -> None:
    part = SEMVER_LINE.to_range("SEMVER", node_spans(text))
    assert [v for v in inside.split() if not holds(part, v)] == []
    assert [v for v in outside.split() if holds(part, v)] == []


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("~> 1.2.3", "1.2.3 1.2.9 1.2.9.1", "1.3.0 1.3.0.rc1 1.3.a 1.2.2"),
        ("~> 1.2", "1.2 1.9", "2.0 2.0.a 2.pre"),
        ("~> 1", "1.0 1.9", "2.0"),
        ("~> 1.2.0.rc1", "1.2.0.rc1 1.2.0 1.2.5", "1.3.0 1.2.0.beta"),
        ("~> 6.1.7, >= 6.1.7.9", "6.1.7.9 6.1.8", "6.1.7.8 6.2.0"),
        (">= 2.0", "2.0 2.0.0 3", "2.0.rc1 1.9"),
        ("> 2.0", "2.0.1 2.1", "2.0 2.0.0"),
        ("<= 2.0", "2.0 2.0.0 2.0.rc1", "2.0.1"),
        ("= 2.0", "2.0 2.0.0", "2.0.1 1.9"),
        ("2.0", "2.0", "2.1"),
        ("!= 2.0", "1.9 2.1", "2.0 2.0.0"),
        (">= 1, != 2.0, < 3", "1 2.1", "2.0 3 0.9"),
    ],
)
def test_gem(text: str, inside: str, outside: str) -> None:
    part = GEM_LINE.to_range("ECOSYSTEM", gem_spans(text))
    others = GEM_LINE.to_range("ECOSYSTEM", GEM_LINE.complement(gem_spans(text)))
    for version in inside.split():
        assert holds(part, version, gem=True), version
        assert not holds(others, version, gem=True), version
    for version in outside.split():
        assert not holds(part, version, gem=True), version
        assert holds(others, version, gem=True), version


@pytest.mark.parametrize("text", ["", "abc", ">= x.y", "=> 1.0", "< 1.0.0, > 2.0.0", "1.0.0 || 2.0.0", "1" * 3000])
def test_no_cargo_requirement(text: str) -> None:
    with pytest.raises(RequirementError):
        cargo_span(text)


@pytest.mark.parametrize("text", ["<1.0.0 >=2.0.0", "nonsense", ">=", ">= 1.0.0 <", "1.0.0 & 2", "~" * 100])
def test_no_node_range(text: str) -> None:
    with pytest.raises(RequirementError):
        node_spans(text)


@pytest.mark.parametrize("text", ["", "~>", "< 1, > 2", ">= one", "=> 1"])
def test_no_gem_requirement(text: str) -> None:
    with pytest.raises(RequirementError):
        gem_spans(text)


def test_everything_and_nothing() -> None:
    assert [event.version for event in SEMVER_LINE.to_range("SEMVER", SEMVER_LINE.complement([])).events] == ["0"]
    assert SEMVER_LINE.to_range("SEMVER", SEMVER_LINE.complement([cargo_span("*")])).events == ()


def test_a_range_nobody_can_read_is_a_doubt() -> None:
    entry = Affected(ecosystem="x", package="p", ranges=(unreadable("???"),))
    answer = evaluate(entry, "1.0.0", SEMVER)
    assert (answer.affected, answer.certain) == (False, False)

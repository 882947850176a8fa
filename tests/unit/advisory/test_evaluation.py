"""The evaluation of OSV, event by event."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.advisory.evaluation import evaluate
from supplychain.advisory.record import Affected, Event, Range
from supplychain.advisory.versions.registry import ORDERS


def entry(
    *ranges: list[tuple[str, str]] | tuple[str, list[tuple[str, str]]], versions: tuple[str, ...] = ()
) -> Affected:
    parts = [part if isinstance(part, tuple) else ("ECOSYSTEM", part) for part in ranges]
    return Affected(
        ecosystem="PyPI",
        package="demo",
        ranges=tuple(Range(type=t, events=tuple(Event(kind=k, version=v) for k, v in events)) for t, events in parts),
        versions=versions,
    )


def ask(part: Affected, version: str, ecosystem: str = "PyPI") -> tuple[bool, bool, tuple[str, ...]]:
    answer = evaluate(part, version, ORDERS[ecosystem])
    return answer.affected, answer.certain, answer.fixed


TWO_BRANCHES = [("introduced", "1.0"), ("fixed", "1.5"), ("introduced", "2.0"), ("fixed", "2.5")]


@pytest.mark.parametrize(
    ("version", "affected", "fixed"),
    [
        ("0.9", False, ()),
        ("1.0", True, ("1.5",)),
        ("1.4.9", True, ("1.5",)),
        ("1.5rc1", True, ("1.5",)),
        ("1.5", False, ()),
        ("1.9", False, ()),
        ("2.0", True, ("2.5",)),
        ("2.5", False, ()),
        ("3.0", False, ()),
    ],
)
def test_fixed_ends_before_and_names_its_own_branch(version: str, affected: bool, fixed: tuple[str, ...]) -> None:
    assert ask(entry(TWO_BRANCHES), version) == (affected, True, fixed)


@pytest.mark.parametrize("events", list(itertools.permutations(TWO_BRANCHES)))
def test_the_order_of_events_does_not_matter(events: list[tuple[str, str]]) -> None:
    got = [ask(entry(list(events)), version)[0] for version in ("0.9", "1.2", "1.7", "2.2", "3")]
    assert got == [False, True, False, True, False]


def test_last_affected_is_affected() -> None:
    part = entry([("introduced", "0"), ("last_affected", "1.5")])
    assert ask(part, "1.5") == (True, True, ())
    assert ask(part, "1.5.post1") == (False, True, ())


def test_introduced_zero_is_before_every_version() -> None:
    assert ask(entry([("introduced", "0")]), "0.0.0.dev0") == (True, True, ())
    assert ask(entry([("introduced", "0"), ("fixed", "1")]), "0~rc", "Debian")[0]


def test_limits() -> None:
    part = entry([("introduced", "0"), ("limit", "2.0")])
    assert ask(part, "1.9")[0]
    assert not ask(part, "2.0")[0]
    assert ask(entry([("introduced", "0"), ("limit", "*")]), "9")[0]


def test_listed_versions_count_beside_ranges() -> None:
    part = entry([("introduced", "2.0"), ("fixed", "2.5")], versions=("1.0", "weird-build"))
    assert ask(part, "1.0") == (True, True, ("2.5",))
    assert ask(part, "1.0.0")[0], "another spelling of a listed version"
    assert ask(part, "weird-build")[0]
    assert ask(part, "1.1") == (False, True, ())


def test_only_listed_versions() -> None:
    part = entry(versions=("1.0",))
    assert ask(part, "1.0")[0]
    assert ask(part, "1.1") == (False, True, ())


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(entry(), id="nothing said"),
        pytest.param(entry(("GIT", [])), id="commits only"),
        pytest.param(entry([("fixed", "1.0")]), id="never introduced"),
        pytest.param(entry([("introduced", "0"), ("mended", "1.0")]), id="unknown event"),
        pytest.param(entry(("CALVER", [("introduced", "0"), ("fixed", "1.0")])), id="unknown type"),
        pytest.param(entry([("introduced", "0"), ("fixed", "2019-09-12")]), id="bound is no version"),
        pytest.param(entry([("introduced", "0"), ("fixed", "1" * 2000)]), id="bound too long"),
        pytest.param(entry([("introduced", "0"), ("fixed", "")]), id="empty bound"),
    ],
)
def test_what_cannot_be_evaluated_is_not_certain(part: Affected) -> None:
    assert ask(part, "1.5")[:2] == (False, False)


def test_commits_beside_listed_versions_are_evaluated_by_the_list() -> None:
    assert ask(entry(("GIT", []), versions=("1.0",)), "1.1") == (False, True, ())


def test_semver_ranges_use_semantic_versioning() -> None:
    part = entry(("SEMVER", [("introduced", "0"), ("fixed", "1.2.3")]))
    assert ask(part, "v1.2.3-rc.1", "Go") == (True, True, ("1.2.3",))
    assert not ask(part, "v1.2.3+incompatible", "Go")[0]


@pytest.mark.parametrize(
    ("ecosystem", "listed", "version"),
    [
        ("PyPI", "v1.0", "1.0.0"),
        ("PyPI", "0!1.0", "1"),
        ("PyPI", "1!2", "1!2.0"),
        ("PyPI", "00.1", "0.1"),
        ("PyPI", "v0.1", "0.1.0"),
        ("Debian", "0:1.0-1", "1.0-1"),
        ("Maven", "1", "1.0.0-final"),
        ("npm", "v1.2.3", "1.2.3+build"),
        ("Go", "v0.0.0", "0"),
        ("Alpine", "1.2-r0", "1.2"),
        ("Alpine", "01.2-r1", "1.2-r1"),
        ("RubyGems", "1.0.a", "1.a"),
        ("Packagist", "1.0-alpha1", "v1.0.a1"),
    ],
)
def test_listed_in_another_spelling(ecosystem: str, listed: str, version: str) -> None:
    for first, second in ((listed, version), (version, listed)):
        assert ask(entry(versions=("9.9", first)), second, ecosystem)[0], f"{second} is {first}"


@pytest.mark.parametrize("end", ["fixed", "last_affected"])
def test_a_range_that_ends_before_it_begins_is_not_believed(end: str) -> None:
    """Whoever wrote it meant something else; what lies between is not called unaffected."""
    part = entry([("introduced", "3.0"), (end, "1.0")])
    assert ask(part, "2.0")[:2] == (False, False)
    assert ask(part, "4.0")[:2] == (True, True)
    empty = entry([("introduced", "3.0"), ("fixed", "3.0")])
    assert ask(empty, "2.0")[:2] == (False, True), "nothing is affected, which can be meant"


@pytest.mark.parametrize("ecosystem", ["CRAN", "Hackage"])
def test_what_is_no_version_is_not_every_other_that_is_none(ecosystem: str) -> None:
    assert ORDERS[ecosystem].compare("1+", "2+") < 0
    assert not ask(entry(versions=("1+",)), "2+", ecosystem)[0]


PIECES = [*"0123", "00", "10", *".-+~_:!v", "rc", "a"]


@pytest.mark.parametrize(
    "ecosystem",
    ["PyPI", "Debian", "Maven", "npm", "NuGet", "Packagist", "RubyGems", "Red Hat", "Pub", "CRAN"],
)
@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_listed_means_equal_in_the_order(ecosystem: str, data: st.DataObject) -> None:
    text = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map("".join)
    others, version = data.draw(st.lists(text, max_size=6)), data.draw(text)
    equal = any(ORDERS[ecosystem].compare(other, version) == 0 for other in others)
    assert ask(entry(versions=tuple(others)), version, ecosystem)[0] == equal

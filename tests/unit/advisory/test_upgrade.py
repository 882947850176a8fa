"""The smallest upgrade: clear of every advisory, not only of those that affect the present version."""

from __future__ import annotations

import pytest

from supplychain.advisory import upgrade
from supplychain.advisory.evaluation import Prepared
from supplychain.advisory.record import Affected, Event, Range
from supplychain.advisory.upgrade import Fixes, smallest_upgrade
from supplychain.advisory.versions.registry import order_for


def entry(*turns: str, versions: tuple[str, ...] = (), kind: str = "ECOSYSTEM") -> Affected:
    """`"introduced 0", "fixed 2"`, …"""
    events = tuple(Event(kind=turn.split()[0], version=turn.split()[1]) for turn in turns)
    ranges = (Range(type=kind, events=events),) if events else ()
    return Affected(ecosystem="PyPI", package="x", ranges=ranges, versions=versions)


def up(version: str, *entries: Affected, ecosystem: str = "PyPI") -> str | None:
    order = order_for(ecosystem)
    assert order is not None
    made = [Prepared(one, order) for one in entries]
    return smallest_upgrade([one.answer(version) for one in made], version, Fixes(made, order))


DJANGO = entry("introduced 2.2", "fixed 2.2.28", "introduced 3.0", "fixed 3.2.13", "introduced 4.0", "fixed 4.0.4")


def test_of_several_branches_the_smallest_above_the_present() -> None:
    assert up("2.2.1", DJANGO) == "2.2.28"
    assert up("3.1", DJANGO) == "3.2.13"
    assert up("4.0.1", DJANGO) == "4.0.4"


def test_the_one_that_ends_all() -> None:
    assert up("1.0", entry("introduced 0", "fixed 1.5"), entry("introduced 0", "fixed 2.0")) == "2.0"


def test_an_advisory_that_begins_later_stands_in_the_way() -> None:
    later = entry("introduced 1.5", "fixed 3.0")
    assert up("1.0", entry("introduced 0", "fixed 1.5"), later) == "3.0"
    assert up("1.0", entry("introduced 0", "fixed 1.5"), entry("introduced 1.5")) is None


def test_a_fix_that_was_taken_back() -> None:
    assert (
        up("1.0", entry("introduced 0", "fixed 2", "introduced 2.1", "fixed 3"), entry("introduced 0", "fixed 2.2"))
        == "3"
    )


def test_none_known() -> None:
    assert up("1.0", entry("introduced 0")) is None
    assert up("1.0", entry("introduced 0", "last_affected 5")) is None
    assert up("1.0", entry(versions=("1.0",))) is None
    assert up("1.0", entry("introduced 0", "fixed nonsense")) is None
    assert up("1.0", entry("introduced 0", "fixed abc1", kind="GIT"), entry(versions=("1.0",))) is None


def test_listed_versions_count() -> None:
    assert (
        up("1.0", entry("introduced 0", "fixed 2.0", versions=("2.0.0",)), entry("introduced 0", "fixed 2.1")) == "2.1"
    )


def test_a_limit_ends_the_range_not_the_search() -> None:
    limited = entry("introduced 0", "fixed 9", "limit 3")
    assert up("1.0", limited, entry("introduced 0", "fixed 4"), entry("introduced 0", "fixed 2")) == "4"


def test_what_cannot_be_evaluated_stands_in_the_way_unless_it_did_already() -> None:
    good = entry("introduced 0", "fixed 2.0")
    mute = entry("fixed 7")
    assert up("1.0", good, mute) == "2.0"
    # For the present version it is known (listed), for the candidate nobody knows.
    half = Affected(ecosystem="PyPI", package="x", ranges=mute.ranges, versions=("1.0",))
    assert up("1.0", good, half) is None


def test_never_down_and_never_the_same() -> None:
    assert (
        up("2.0", entry("introduced 1.0", "fixed 1.5", "introduced 1.9"), entry("introduced 0", "fixed 2.0.0")) is None
    )


def test_another_order() -> None:
    npm = entry("introduced 0", "fixed 1.10.0", kind="SEMVER")
    assert up("1.9.0", npm, entry("introduced 0", "fixed 1.9.5", kind="SEMVER"), ecosystem="npm") == "1.10.0"


def test_a_package_built_to_be_slow_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "_MOST_LOOKS", 50)
    entries = [entry(versions=(f"{number}.0",)) for number in range(1, 100)]
    ladder = [entry("introduced 0", f"fixed {number}.0") for number in range(1, 100)]
    assert up("0.5", *entries, *ladder) is None


def test_many_fixed_versions_need_few_looks() -> None:
    """The end of what stands in the way is where the search goes on."""
    ladder = [entry("introduced 0", f"fixed {number}.0") for number in range(1, 2000)]
    assert up("0.5", *ladder) == "1999.0"

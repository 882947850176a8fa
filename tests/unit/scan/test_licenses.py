"""Licences: what is told, what stays unknown, and what an expression leaves to choose from."""

from __future__ import annotations

import pytest

from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.scan.coverage import Reason
from supplychain.scan.finding import Finding, Level
from supplychain.scan.license_terms import alternatives, joined, normalise
from supplychain.scan.licenses import LicenseScanner, is_only_told


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("MIT", "MIT"),
        ("mit or apache-2.0", "MIT OR Apache-2.0"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("GPL-3.0+", "GPL-3.0-or-later"),
        ("GPL-2.0 WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT AND (BSD-3-Clause OR LicenseRef-x)", "MIT AND (BSD-3-Clause OR LicenseRef-x)"),
        ("MIT License", "MIT"),
        ("Apache  License, Version 2.0", "Apache-2.0"),
    ],
)
def test_normalised(text: str, expression: str) -> None:
    assert normalise(text) == expression
    assert normalise(expression) == expression


UNCLEAR = [
    "",
    "BSD",
    "GPL",
    "GPL OR MIT",
    "Apache Software License",
    "NOASSERTION",
    "NONE",
    "UNLICENSED",
    "public domain",
]
BROKEN = ["SEE LICENSE IN x", "(MIT", "MIT OR", "MIT/Apache-2.0", "LicenseRef-", "Apache-2.0 WITH MIT", "MIT " * 1000]


@pytest.mark.parametrize("text", [*UNCLEAR, *BROKEN])
def test_unknown_stays_unknown(text: str) -> None:
    assert normalise(text) is None
    assert alternatives(text) is None


def test_alternatives() -> None:
    assert alternatives("MIT") == (("MIT",),)
    assert alternatives("MIT OR MIT") == (("MIT",),)
    assert alternatives("A-x OR MIT") is None
    assert alternatives("MIT AND (ISC OR Zlib)") == (("ISC", "MIT"), ("MIT", "Zlib"))
    bomb = " AND ".join(f"(LicenseRef-a{i} OR LicenseRef-b{i})" for i in range(20))
    assert normalise(bomb)
    assert alternatives(bomb) is None, "a million choices are not taken apart"


def test_joined() -> None:
    assert joined(("MIT",), "AND") == "MIT"
    assert joined(("MIT OR ISC", "Zlib"), "AND") == "(MIT OR ISC) AND Zlib"


def only(*licenses: str, purl: str = "pkg:pypi/a@1") -> Finding:
    part = Component(name="a", version="1", purl=purl, licenses=licenses)
    (finding,) = LicenseScanner(Sbom.of("x", [part])).scan().findings
    assert finding.component == part
    return finding


def test_known() -> None:
    finding = only("mit OR apache-2.0")
    assert (finding.id, finding.level) == ("license:MIT OR Apache-2.0", Level.NONE)
    assert finding.aliases == ("license:Apache-2.0", "license:MIT")
    assert is_only_told(finding)
    assert only("MIT").aliases == ()


def test_several_hold_together_except_where_one_may_be_chosen() -> None:
    assert only("MIT", "MIT License").id == "license:MIT"
    assert only("MIT OR ISC", "Zlib").id == "license:(MIT OR ISC) AND Zlib"
    assert only("MIT", "ISC", purl="pkg:composer/a/a@1").id == "license:MIT OR ISC"


@pytest.mark.parametrize("licenses", [(), ("BSD",), ("MIT", "see file"), ("Custom OR MIT",)])
def test_unknown(licenses: tuple[str, ...]) -> None:
    finding = only(*licenses)
    assert (finding.id, finding.level) == ("license:unknown", Level.UNKNOWN)
    assert not is_only_told(finding)
    assert ("no licence is stated" in finding.title) == (not licenses)


def test_coverage() -> None:
    part = Component(name="a", version=None, purl="pkg:pypi/a", licenses=("MIT",))
    gaps = (
        Gap(what="pkg:pypi/a", reason="no_version"),
        Gap(what="b.txt", reason="unreadable"),
        Gap(what="c", reason="odd"),
    )
    coverage = LicenseScanner(Sbom.of("x", [part], gaps=gaps)).scan().coverage
    assert (coverage.asked, coverage.looked_at) == (3, 1), "a version is not needed for this"
    assert {skip.reason for skip in coverage.skipped} == {Reason.UNREADABLE}


def test_fingerprint() -> None:
    def of(*licenses: str) -> dict[str, object]:
        part = Component(name="a", version="1", purl="pkg:pypi/a@1", licenses=licenses)
        return LicenseScanner(Sbom.of("x", [part])).fingerprint()

    assert of("MIT") == of("MIT") != of("ISC")

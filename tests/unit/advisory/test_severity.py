"""One word from vectors and words."""

from __future__ import annotations

import pytest

from supplychain.advisory.record import Severity
from supplychain.advisory.severity import word_of, worst


def score(vector: str, method: str = "CVSS_V3") -> Severity:
    return Severity(method=method, score=vector)


V3 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:{}/I:{}/A:{}"


@pytest.mark.parametrize(
    ("severity", "word"),
    [
        (score(V3.format("H", "H", "H")), "critical"),
        (score(V3.format("H", "N", "N")), "high"),
        (score(V3.format("L", "N", "N")), "medium"),
        (score("CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), "low"),
        (score(V3.format("N", "N", "N")), "none"),
        (score("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "CVSS_V4"), "critical"),
        (score("CVSS:4.0/AV:L/AC:H/AT:P/PR:H/UI:A/VC:L/VI:N/VA:N/SC:N/SI:N/SA:N", "CVSS_V4"), "low"),
        (score("AV:N/AC:L/Au:N/C:C/I:C/A:C", "CVSS_V2"), "high"),
        (score("AV:N/AC:L/Au:N/C:P/I:N/A:N", "CVSS_V2"), "medium"),
        (score("medium", "Ubuntu"), "medium"),
        (score("CVSS:3.1/AV:N"), "unknown"),
        (score("CVSS:3.1/" + "A" * 10_000), "unknown"),
        (score("CVSS:9.9/AV:N/AC:L"), "unknown"),
        (score(""), "unknown"),
        (score("untriaged", "Ubuntu"), "unknown"),
    ],
)
def test_word_of_one_score(severity: Severity, word: str) -> None:
    assert word_of([severity]) == word


def test_the_worst_score_counts_and_the_word_only_without_scores() -> None:
    low, critical = score("CVSS:3.0/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"), score(V3.format("H", "H", "H"))
    assert word_of([low, critical]) == "critical"
    assert word_of([low], "critical") == "low"
    assert word_of([score("broken")], "moderate") == "medium"
    assert word_of([], "") == "unknown"


def test_v2_counts_only_without_later_scores() -> None:
    assert word_of([score("AV:N/AC:L/Au:N/C:C/I:C/A:C", "CVSS_V2"), score(V3.format("L", "N", "N"))]) == "medium"


def test_what_is_known_counts_before_unknown() -> None:
    assert worst(["unknown", "low"]) == "low"
    assert worst([]) == "unknown"

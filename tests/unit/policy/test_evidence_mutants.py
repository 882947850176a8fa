"""Flaws in good evidence: each is noticed by the rule that is named for it, or has survived and is told."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import PolicyNotEvaluated
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.evidence_flaws import FLAWS, Flaw
from supplychain.policy.evidence_mutants import for_environment, run_evidence_mutants, sample_of
from supplychain.policy.policy_files import of_folder
from supplychain.policy.policy_set import PolicySet, load_policies, modules_of
from supplychain.policy.regorus import Regorus

ENGINE = Regorus()
FILES = of_folder(policies_folder())
ENVIRONMENTS = ("dev", "staging", "production")


@pytest.fixture(scope="module")
def sample() -> tuple[dict[str, Any], dict[str, Any]]:
    return sample_of(modules_of(FILES, tests=True))


@pytest.fixture(scope="module")
def strict(sample: tuple[dict[str, Any], dict[str, Any]]) -> PolicySet:
    """The rules of the sample's own profile, which asks for everything that the sample shows."""
    profile = sample[1]
    modules = load_policies(FILES, "production").modules
    return PolicySet(environment="production", modules=modules, rules=tuple(profile["rules"]), profile=profile)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_survives_under_the_profiles_that_come_with_us(environment: str, sample: Any) -> None:
    found = list(run_evidence_mutants(load_policies(FILES, environment), ENGINE, sample))
    assert [mutant.told for mutant in found if mutant.survived] == []
    assert len(found) >= len(FLAWS) - 6, "in the first environment there is no summary to break"


def test_the_rule_that_is_named_is_the_one_that_notices(strict: PolicySet, sample: Any) -> None:
    found = list(run_evidence_mutants(strict, ENGINE, sample))
    assert len(found) == len(FLAWS)
    wrong = {m.flaw.change: (m.flaw.code, m.codes) for m in found if m.flaw.code not in m.codes}
    assert not wrong
    assert not [mutant for mutant in found if mutant.tolerated]


@pytest.mark.parametrize("rule", sorted({flaw.rule for flaw in FLAWS}))
def test_without_its_rule_a_flaw_survives_and_is_told(rule: str, strict: PolicySet, sample: Any) -> None:
    rules = tuple(name for name in strict.rules if name != rule)
    found = list(run_evidence_mutants(replace_rules(strict, rules), ENGINE, sample))
    survived = [mutant for mutant in found if mutant.survived]
    assert survived
    assert rule in {mutant.flaw.rule for mutant in survived}
    for mutant in survived:
        if mutant.flaw.rule == rule:
            assert f"rule {rule} ({mutant.flaw.code}) would notice" in mutant.told
            assert "is not among the rules of the profile" in mutant.told


def replace_rules(policies: PolicySet, rules: tuple[str, ...]) -> PolicySet:
    return replace(policies, rules=rules, profile={**policies.profile, "rules": list(rules)})


TOLERATED = [flaw for flaw in FLAWS if flaw.tolerated and not flaw.tolerated.startswith("sast.missing")]


@pytest.mark.parametrize("flaw", TOLERATED, ids=lambda flaw: flaw.change)
def test_a_threshold_that_does_not_ask(flaw: Flaw, strict: PolicySet, sample: Any) -> None:
    """Written down it is tolerated; the threshold named is the one that matters."""
    path, _, value = flaw.tolerated.partition(": ")
    thresholds = copy.deepcopy(strict.profile["thresholds"])
    at = thresholds
    *steps, last = path.split(".")
    for step in steps:
        at = at[step]
    assert last in at
    at[last] = json.loads(value)
    loose = replace(strict, profile={**strict.profile, "thresholds": thresholds})
    (mutant,) = [m for m in run_evidence_mutants(loose, ENGINE, sample) if m.flaw is flaw]
    assert mutant.tolerated == flaw.tolerated
    assert not mutant.survived


def test_a_profile_that_asks_for_more_than_the_sample_shows(strict: PolicySet, sample: Any) -> None:
    """What blocks anyway does not count as having noticed."""
    more = replace_rules(strict, (*strict.rules, "tests", "approvals"))
    found = list(run_evidence_mutants(more, ENGINE, sample))
    assert not [mutant for mutant in found if mutant.survived]
    fewer = replace_rules(strict, ("tests",))
    assert all(
        m.survived or m.tolerated for m in run_evidence_mutants(fewer, ENGINE, sample) if m.flaw.rule != "evidence"
    )


def test_the_sample_in_another_environment(strict: PolicySet, sample: Any) -> None:
    first = for_environment(sample[0], load_policies(FILES, "dev"))
    assert (first["environment"], first["previous_environment"]) == ("dev", None)
    assert "vsa" not in {entry["kind"] for entry in first["statements"]}
    assert sample[0]["environment"] == "production", "the sample itself stays"


def test_a_set_without_a_sample() -> None:
    with pytest.raises(PolicyNotEvaluated) as caught:
        sample_of([("a/a.rego", "package supplychain.a\n\ndeny contains 1 if false\n")])
    assert caught.value.code == "NO_SAMPLE"


def test_the_list_in_the_documentation() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "policy-verbs.md").read_text("utf-8")
    table = text.split("| flaw | must be noticed by | need not where |\n|---|---|---|\n")[1].split("\n\n")[0]
    rows = [f"| {f.change} | `{f.rule}`: `{f.code}` | {f'`{f.tolerated}`' if f.tolerated else ''} |" for f in FLAWS]
    assert table.splitlines() == rows

"""Policy sets: what is loaded, what is refused, and a digest over all of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.errors import MalformedInput, PolicyNotEvaluated, SupplychainError, UsageError
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.policy_set import load_policies

PROFILE: dict[str, Any] = {
    "environment": "dev",
    "rules": ["house"],
    "thresholds": {"house": {"limit": 5, "who": ["a"]}},
}
RULE = "package supplychain.house\n\ndeny contains 1 if false\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "house").mkdir()
    (tmp_path / "profiles").mkdir()
    (tmp_path / "house" / "house.rego").write_text(RULE)
    write(tmp_path, PROFILE)
    return tmp_path


def write(folder: Path, profile: object) -> None:
    (folder / "profiles" / "dev.yaml").write_text(yaml.safe_dump(profile))


def refusal(folder: Path, environment: str = "dev", **more: Any) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        load_policies(folder, environment, **more)
    return caught.value


def test_what_is_loaded(folder: Path) -> None:
    (folder / "house" / "house_test.rego").write_text("package supplychain.house_test\n")
    (folder / "readme.md").write_text("x")
    found = load_policies(folder, "dev")
    assert found.modules == (("house/house.rego", RULE),)
    assert (found.environment, found.rules, found.warnings) == ("dev", ("house",), ())
    assert found.profile == PROFILE


@pytest.mark.parametrize("environment", ["dev", "staging", "production"])
def test_the_profiles_that_come_with_the_package(environment: str) -> None:
    found = load_policies(policies_folder(), environment)
    assert found.profile["environment"] == environment
    assert all((policies_folder() / rule).is_dir() for rule in {*found.rules, *found.profile["thresholds"]})


def test_the_digest_follows_everything_and_nothing_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    first = load_policies(folder, "dev").digest
    assert load_policies(folder, "dev").digest == first
    moved = tmp_path_factory.mktemp("elsewhere") / "p"
    folder.rename(moved)
    assert load_policies(moved, "dev").digest == first, "where it lies does not matter"
    (moved / "house" / "x_test.rego").write_text("package x")
    (moved / "profiles" / "other.yaml").write_text("x")
    assert load_policies(moved, "dev").digest == first, "tests and other profiles decide nothing"
    (moved / "house" / "house.rego").rename(moved / "house" / "home.rego")
    assert load_policies(moved, "dev").digest != first


@pytest.mark.parametrize(
    "change",
    [
        {"environment": "staging"}, {"environment": None}, {"rules": "house"}, {"rules": None}, {"rules": ["house", "house"]},
        {"rules": [5]}, {"rules": ["a.b"]}, {"rules": ["house-rules"]}, {"rules": ["x; y"]}, {"thresholds": None},
        {"thresholds": []}, {"more": 1},
    ],
)  # fmt: skip
def test_what_is_no_profile(folder: Path, change: dict[str, Any]) -> None:
    write(folder, {**PROFILE, **change})
    error = refusal(folder)
    assert isinstance(error, MalformedInput)
    assert error.code == "BAD_PROFILE"


@pytest.mark.parametrize("text", ["", "[]", "a: [", "environment: dev\nenvironment: dev\n", "x: .nan"])
def test_what_is_no_yaml_mapping(folder: Path, text: str) -> None:
    (folder / "profiles" / "dev.yaml").write_text(text)
    assert isinstance(refusal(folder), MalformedInput)


def test_what_is_not_there(folder: Path) -> None:
    assert refusal(folder / "none").code == "POLICY_MISSING"
    error = refusal(folder, "staging")
    assert (error.code, error.expected) == ("PROFILE_MISSING", "one of: dev")
    assert isinstance(error, UsageError)


def test_no_rules_allow_nothing(folder: Path) -> None:
    write(folder, {**PROFILE, "rules": []})
    error = refusal(folder)
    assert isinstance(error, PolicyNotEvaluated)
    assert error.code == "NO_RULES"
    write(folder, PROFILE)
    (folder / "house" / "house.rego").rename(folder / "house" / "house_test.rego")
    assert refusal(folder).code == "NO_RULES"


def test_a_rule_that_is_no_text(folder: Path) -> None:
    (folder / "house" / "house.rego").write_bytes(b"package x\xff")
    assert refusal(folder).code == "BAD_POLICY"


def test_overrides(folder: Path) -> None:
    plain = load_policies(folder, "dev")
    same = load_policies(folder, "dev", overrides={"house": {"limit": 5}})
    assert (same.digest, same.warnings) == (plain.digest, ())
    other = load_policies(folder, "dev", overrides={"house": {"limit": 9, "who": []}})
    assert other.profile["thresholds"]["house"] == {"limit": 9, "who": []}
    assert [warning.code for warning in other.warnings] == ["PROFILE_OVERRIDDEN"] * 2
    assert other.warnings[0].evidence == {"threshold": "house.limit", "profile": 5, "in_force": 9}
    assert other.digest != plain.digest
    for unknown in ({"house": {"more": 1}}, {"home": {"limit": 1}}):
        assert refusal(folder, overrides=unknown).code == "UNKNOWN_THRESHOLD"

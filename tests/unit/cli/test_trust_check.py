"""`supplychain trust check`: what it explains, what it warns of, and where."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.verification.trust_warnings import CODES
from tests.simulator.keyless import ISSUER, SUBJECT
from tests.simulator.keys import pem_pair
from tests.simulator.runner import Run
from tests.simulator.world import AT

A, B, C = ({"key": pem_pair(name)[1].decode()} for name in ("a", "b", "c"))
NOW = format_time(AT)
RELEASE = SUBJECT.partition("@")[0]
RULE = {"claims": ["provenance"], "signers": ["alice"], "artifacts": ["shop-*"]}
HOSTED = {"claims": {"runner_environment": "github-hosted"}}


def day(days: float) -> str:
    return format_time(AT + timedelta(days=days))


def workflow(pattern: str, **more: Any) -> dict[str, Any]:
    return {"issuer": ISSUER, "subject_pattern": pattern, **HOSTED, **more}


def body(identities: dict[str, Any] | None = None, rules: list[Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"version": 1, "identities": identities or {"alice": A}, "rules": rules or [RULE], **more}


@pytest.fixture
def check(run: Run, tmp_path: Path) -> Any:
    def call(value: dict[str, Any] | str, *words: str) -> tuple[int, dict[str, Any], str]:
        file = tmp_path / "trust.yaml"
        file.write_text(value if isinstance(value, str) else yaml.safe_dump(json.loads(json.dumps(value))))
        code, out, err = run("trust", "check", file, "--at", NOW, "--format", "json", *words)
        return code, json.loads(out) if out else {}, err

    return call


def codes(told: dict[str, Any]) -> list[str]:
    return [warning["code"] for warning in told["warnings"]]


def test_a_sound_file_says_who_may_claim_what(check: Any) -> None:
    code, told, _ = check(body({"alice": A, "bob": B}, [{**RULE, "signers": ["alice", "bob"], "threshold": 2}]))
    assert (code, codes(told)) == (ExitCode.OK, [])
    (grant,) = told["grants"]
    assert grant == {
        "claims": ["provenance"],
        "artifacts": ["shop-*"],
        "signers": [{"name": "alice", "state": "valid"}, {"name": "bob", "state": "valid"}],
        "threshold": 2,
        "environments": ["*"],
        "builders": {},
        "possible": True,
    }


def both(*kinds: str) -> dict[str, Any]:
    return {**RULE, "claims": list(kinds)}


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("IDENTITY_UNUSED", body({"alice": A, "bob": B})),
        ("IDENTITY_EXPIRED", body({"alice": {**A, "until": day(0)}, "bob": B}, [{**RULE, "signers": ["alice", "bob"]}])),
        ("IDENTITY_EXPIRES_SOON", body({"alice": {**A, "until": day(29)}})),
        ("IDENTITY_REVOKED", body({"alice": A, "bob": {**B, "revoked": day(-1)}})),
        ("IDENTITY_NEVER_VALID", body({"alice": A, "bob": {**B, "from": day(50), "until": day(40)}}, [{**RULE, "signers": ["alice", "bob"]}])),
        ("KEY_TWICE", body({"alice": A, "bob": A}, [{**RULE, "signers": ["alice", "bob"]}])),
        ("SUBJECT_WITHOUT_PATTERN", body({"alice": workflow(SUBJECT)})),
        ("RUNNER_NOT_DEMANDED", body({"alice": {"issuer": ISSUER, "subject": SUBJECT}})),
        ("CLAIMS_EVERYTHING", body({"alice": A, "bob": B}, [{**both("*"), "signers": ["alice", "bob"], "threshold": 2}])),
        ("ONE_PERSON_DECIDES", body(rules=[both("provenance", "vulns", "scan"), both("waiver")])),
        ("THRESHOLD_OUT_OF_REACH", body({"alice": A, "bob": {**B, "revoked": day(-1)}}, [{**RULE, "signers": ["alice", "bob"], "threshold": 2}])),
        ("LEVEL_FOR_A_SCANNER", body(rules=[{**RULE, "builders": {"urn:b": 2}}, both("scan")])),
        ("LEVEL_FOR_ANY_BUILDER", body(rules=[{**RULE, "builders": {"*": 3}}])),
        ("SOURCE_ANY_REFERENCE", body(public_builders={"gen": {"builder": RELEASE, "level": 3, "source": "github.com/x/y", "artifacts": ["*"]}})),
        ("SUBJECT_TOO_WIDE", body({"alice": workflow("https://github.com/*/shop/.github/workflows/x.yml@refs/tags/v#")})),
    ],
)  # fmt: skip
def test_each_warning(check: Any, code: str, value: dict[str, Any]) -> None:
    exit_code, told, _ = check(value)
    assert exit_code == ExitCode.OK
    found = codes(told)
    assert code in found
    extra = {"IDENTITY_REVOKED"} if code == "THRESHOLD_OUT_OF_REACH" else set()
    assert set(found) - extra == {code}, "and nothing else"
    assert check(value, "--strict")[0] == ExitCode.DENIED


def test_every_code_has_a_test() -> None:
    parameters = test_each_warning.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert {code for code, _ in parameters} == set(CODES)
    text = (Path(__file__).resolve().parents[3] / "docs" / "trust.md").read_text("utf-8")
    assert set(
        re.findall(r"^\| `([A-Z_]+)` \|", text.partition("## Checking a trust file")[2].partition("\n## ")[0], re.M)
    ) == set(CODES)


@pytest.mark.parametrize(
    ("pattern", "wide"),
    [
        (f"{RELEASE}@refs/tags/v#.#.#", False),
        (f"{RELEASE}@refs/heads/*", False),
        ("https://github.com/example/*/.github/workflows/release.yml@refs/heads/main", False),
        ("https://github.com/example/**@refs/heads/main", True),
        ("https://github.com/**", True),
        ("https://github.com/exampl*", True),
        ("https://*/example/shop/.github/workflows/release.yml@refs/tags/v1", True),
        (f"{RELEASE}@**", True),
        (f"{RELEASE}@refs/heads/**", True),
        ("**", True),
        ("*@example.com", False),
        ("*", True),
    ],
)
def test_patterns_that_are_too_wide(check: Any, pattern: str, wide: bool) -> None:
    assert codes(check(body({"alice": workflow(pattern)}))[1]) == (["SUBJECT_TOO_WIDE"] if wide else [])


def test_lines_are_those_of_the_file(check: Any) -> None:
    text = yaml.safe_dump(body({"alice": {**A, "until": day(3)}, "bob": B}), sort_keys=False)
    lines = text.splitlines()
    told = check(text)[1]["warnings"]
    assert {(w["code"], lines[w["line"] - 1].strip().partition(":")[0]) for w in told} == {
        ("IDENTITY_EXPIRES_SOON", "until"),
        ("IDENTITY_UNUSED", "bob"),
    }


def test_a_malformed_file_names_the_line(check: Any, tmp_path: Path) -> None:
    text = yaml.safe_dump(
        json.loads(json.dumps(body(rules=[RULE, {**RULE, "claims": ["provenence"]}]))), sort_keys=False
    )
    line = next(n for n, one in enumerate(text.splitlines(), 1) if "provenence" in one)
    code, _, err = check(text)
    assert code == ExitCode.MALFORMED
    assert re.search(rf"trust.yaml:{line - 1}: rules\[1\]", err), err
    code, _, err = check(text.replace("provenence", "provenance").replace("version: 1", "version: 2"))
    assert (code, "trust.yaml" in err) == (ExitCode.MALFORMED, True)
    assert check("a: [")[0] == ExitCode.MALFORMED


def test_who_could(check: Any) -> None:
    value = body(
        {"alice": {**A, "until": day(1)}, "bob": {**B, "from": day(1)}, "carol": C},
        [
            {**RULE, "signers": ["alice", "bob"]},
            {"claims": ["vsa"], "signers": ["carol"], "artifacts": ["shop-*"], "environments": ["production"]},
            {"claims": ["provenance"], "signers": ["carol"], "artifacts": ["bank-*"]},
        ],
    )

    def who(*words: str) -> list[Any]:
        return [
            (g["claims"], [s["name"] for s in g["signers"] if s["state"] == "valid"])
            for g in check(value, *words)[1]["grants"]
        ]

    assert who("--for", "shop-1", "--claim", "provenance") == [(["provenance"], ["alice"])]
    assert who("--for", "shop-1", "--claim", "provenance", "--at", day(1)) == [(["provenance"], ["bob"])]
    assert who("--for", "shop-1", "--claim", "vsa") == [(["vsa"], ["carol"])]
    assert who("--for", "shop-1") == [(["provenance"], ["alice"]), (["vsa"], ["carol"])]
    assert who("--for", "else") == []
    assert check(value, "--claim", "vsa")[0] == ExitCode.USAGE
    assert check(value, "--for", "x", "--claim", "nothing")[0] == ExitCode.USAGE


def test_for_people(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "trust.yaml"
    file.write_text(yaml.safe_dump(body({"alice": {**A, "revoked": day(-1)}})))
    code, out, err = run("trust", "check", file, "--at", NOW)
    assert (code, "nobody can, now" in out, "alice (revoked since" in out) == (0, True, True)
    assert re.search(r"trust\.yaml:\d+: warning \[THRESHOLD_OUT_OF_REACH\]", err)
    code, out, _ = run("trust", "check", file, "--at", NOW, "--for", "else")
    assert (code, out) == (0, "nobody may claim that about else\n")


def test_a_missing_file(run: Run, tmp_path: Path) -> None:
    assert run("trust", "check", tmp_path / "none.yaml")[0] == ExitCode.USAGE

"""Many packages written as one: the same answers, the same lines, and what cannot be written so stays as it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
import regorus

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.decision import Decision
from supplychain.policy.engine import decide
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import Regorus
from supplychain.policy.regorus_flat import Flat, flattened
from supplychain.policy.regorus_syntax import check_pattern, facts_of, spelled_out, trees_of, words_of
from supplychain.policy.testing import names_of, run_tests
from tests.simulator.world import AT

Files = dict[str, str]
A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
WITH = "package supplychain.lib.other\n\nx if {\n\tcount([]) == 0 with input as {}\n}\n"
"""A file that keeps a set from being written as one package."""
LIB = """package supplychain.lib.sizes

import data.supplychain.lib.limits as bounds

default low := 0

low := bounds.lowest if bounds.lowest > 0

by_name[name] := size if some name, size in {"s": 1, "l": 9}

names contains name if some name, _ in by_name

fits(size, low) := size >= low

within(sizes) if {
	every size in sizes {
		size <= bounds["highest"]
	}
}

threshold(name) := object.get(data.profile, ["thresholds", name], low)
"""
LIMITS = 'package supplychain.lib.limits\n\nlowest := 1\n\nhighest := 5\n\ntable := {"highest": highest}\n'
HOUSE = """package supplychain.house

import data.supplychain.lib.limits.table
import data.supplychain.lib.sizes

deny contains {"code": code, "message": "m", "fix": "f", "evidence": {"low": sizes.low, "highest": table.highest}} if {
	some sizes_of in [input.sizes]
	not sizes.within(sizes_of)
	some code in sizes.names
	sizes.by_name[code] > 5
	sizes.fits(sizes.by_name[code], 9)
}

warn contains {"code": "LOW", "message": sprintf("%v", [seen]), "fix": "f"} if {
	some seen
	seen = data.supplychain.lib.sizes.threshold("low")
	is_told(seen)
}

is_told(deny) if deny in [3, 4]
"""
PROFILE: Mapping[str, Any] = {"rules": ["house"], "thresholds": {"low": 3}}


def as_one(files: Files) -> Flat | None:
    engine = regorus.Engine()
    for path, source in files.items():
        engine.add_policy(path, source)
    trees = trees_of(engine)
    facts = [facts_of(path, tree) for path, tree in zip(files, trees, strict=True)]
    words = words_of(facts)
    return None if words is None else flattened(trees, facts, words, check_pattern)


def asked(files: Files, profile: Mapping[str, Any] = PROFILE, **document: object) -> Decision:
    policies = PolicySet(environment="dev", modules=tuple(files.items()), rules=("house",), profile=profile)
    return decide(Regorus(), policies, {"statements": [], **document}, A, at=AT)


def told(files: Files, profile: Mapping[str, Any] = PROFILE, **document: object) -> list[Any]:
    record = asked(files, profile, **document).to_json()
    return [record["violations"], record["warnings"]]


FILES = {"house/house.rego": HOUSE, "lib/limits.rego": LIMITS, "lib/sizes.rego": LIB}


def test_the_answers_are_the_same_and_the_lines_too() -> None:
    assert as_one(FILES) is not None
    assert as_one({**FILES, "lib/other.rego": WITH}) is None
    for sizes in ([1, 2], [1, 7], [], None):
        found = told(FILES, sizes=sizes)
        assert found == told({**FILES, "lib/other.rego": WITH}, sizes=sizes)
        codes = [[violation["code"] for violation in group] for group in found]
        assert codes == [["l"] if sizes in ([1, 7], None) else [], ["LOW"]]
    short = as_one(FILES)
    assert short is not None
    for source, written in zip(FILES.values(), short.sources, strict=True):
        assert written.count("\n") == source.count("\n")
        assert written.startswith("package policies\n")
    house = short.sources[0].split("\n")
    assert "lib_sizes__names" in house[8]
    assert "lib_limits__table.highest" in house[5]
    assert "data.supplychain" not in "".join(short.sources)
    assert short.names["data.supplychain.house.deny"] == "data.policies.house__deny"


@pytest.mark.parametrize(
    "rule",
    [
        "deny contains REASON if count(data.supplychain.lib.limits) == 3",
        "deny contains REASON if {\n\tsome name\n\tdata.supplychain.lib[name].highest == 5\n}",
        "deny contains REASON if {\n\tsome _, value in data\n\tis_object(value)\n}",
        "deny contains REASON if {\n\tsome size in data.supplychain.lib.limits\n\tsize == 5\n}",
        "deny contains REASON if input.a with input as {}",
        "import input.sizes\n\ndeny contains REASON if sizes",
    ],
)
def test_what_looks_at_packages_or_changes_the_input_is_left_alone(rule: str) -> None:
    reason = '{"code": "X", "message": "m", "fix": "f"}'
    files = {"house/house.rego": f"package supplychain.house\n\n{rule.replace('REASON', reason)}\n"}
    assert as_one({**files, "lib/limits.rego": LIMITS}) is None


@pytest.mark.parametrize(
    "files",
    [
        {"a.rego": "package supplychain.a_b\n\nc := 1\n", "b.rego": "package supplychain.a.b\n\nc := 2\n"},
        {"a.rego": "package policies.a\n\nc := 1\n"},
        {"a.rego": "package supplychain.a\n\nb := [a__c | some a__c in [1]]\n\nc := 2\n"},
        {"a.rego": "package supplychain.a\n\nb := [_constant0 | some _constant0 in [1]]\n"},
        {"a.rego": 'package supplychain["a-b"]\n\nb := 1\n'},
    ],
    ids=["two alike", "ours", "taken", "a constant", "no word"],
)
def test_names_that_would_clash_are_left_alone(files: Files) -> None:
    assert as_one(files) is None


def test_a_set_with_names_that_clash_is_evaluated_all_the_same() -> None:
    files = {"house/house.rego": HOUSE, "lib/limits.rego": LIMITS, "lib/sizes.rego": LIB}
    files["x.rego"] = "package supplychain.lib_sizes\n\nlow := 7\n"
    assert as_one(files) is None
    assert told(files, sizes=[7]) == told(FILES, sizes=[7])


CONSTANTS = """package supplychain.house

limit(name) := object.get(data.profile, ["thresholds", name], "absent")

strict(name) := found if {
	found := limit(name)
	is_number(found)
}

names := {"low", "high"}

size(of) := count(of)

answers contains ["null", limit("null")]

answers contains ["low", limit("low")]

answers contains ["absent", limit("nobody's")]

answers contains ["undefined", 1] if not strict("null")

answers contains ["defined", strict("low")]

answers contains ["fraction", limit("fraction")]

answers contains ["text", limit("text")]

answers contains ["size", size(names), size({1, 2, 3}), size({"a": [null, true]})]

answers contains ["argument", own([1, 2, 3])]

own(names) := size(names)

answers contains ["input", size(input.sizes)]

deny contains {"code": "X", "message": "m", "fix": "f", "evidence": {"all": answers}}
"""
VALUES = {"low": 3, "null": None, "fraction": 0.1, "text": 'a "b" \\ \n é 😀'}


def test_a_call_that_no_input_changes_keeps_its_value() -> None:
    files, profile = {"house/house.rego": CONSTANTS}, {"rules": ["house"], "thresholds": VALUES}
    short = as_one(files)
    assert short is not None
    assert sorted(short.constants) == [
        'house__limit("fraction")',
        'house__limit("low")',
        'house__limit("nobody\'s")',
        'house__limit("null")',
        'house__limit("text")',
        "house__own([1, 2, 3])",
        'house__size({"a": [null, true]})',
        "house__size({1, 2, 3})",
        'house__strict("low")',
        'house__strict("null")',
    ]
    found = told(files, profile, sizes=[1])
    assert found == told({**files, "lib/other.rego": WITH}, profile, sizes=[1])
    said = dict(entry if len(entry) == 2 else (entry[0], entry[1:]) for entry in found[0][0]["evidence"]["all"])
    assert said == {
        "null": None,
        "low": 3,
        "absent": "absent",
        "undefined": 1,
        "defined": 3,
        "fraction": 0.1,
        "text": VALUES["text"],
        "size": [2, 3, 1],
        "argument": 3,
        "input": 1,
    }
    assert told(files, {**profile, "thresholds": {**VALUES, "low": 4}}, sizes=[1]) != found


READING = {
    "itself": "f(x) := input.n + x",
    "in brackets": 'f(x) := input["n"] + x',
    "by a function": "f(x) := g(x)\n\ng(x) := input.n + x",
    "by a rule": "f(x) := n + x\n\nn := input.n",
    "by another file": "f(x) := data.supplychain.lib.n.g(x)",
    "by an import": "f(x) := its.g(x)",
    "in a part": "f(x) := 0 if input.n == 0\n\nf(x) := input.n + x if input.n != 0",
    "otherwise": "f(x) := 0 if {\n\tx != 1\n} else := input.n + x",
    "in a name": "f(x) := table[3] + x\n\ntable[input.n] := input.n",
}


@pytest.mark.parametrize("more", [{}, {"lib/other.rego": WITH}], ids=["as one", "as they are"])
@pytest.mark.parametrize("reading", READING.values(), ids=READING)
def test_what_reads_the_input_is_no_constant(reading: str, more: Files) -> None:
    """It would be undefined for every input, and the rule would not fire."""
    source = "package supplychain.house\n\nimport data.supplychain.lib.n as its\n\n"
    source += 'deny contains {"code": "X", "message": "m", "fix": "f"} if f(1) + its.g(0) == 7\n\n' + reading
    files = {
        "house/house.rego": f"{source}\n",
        "lib/n.rego": "package supplychain.lib.n\n\ng(x) := input.n + x\n",
        **more,
    }
    short = as_one(files)
    assert (short.constants if short else {}) == {}
    assert [violation.code for violation in asked(files, n=3).violations] == ["X"]
    assert asked(files, n=4).violations == ()


@pytest.mark.parametrize(
    "body",
    ["low := 8\n\tis_high(low)", "every low in [8, 9] {\n\t\tis_high(low)\n\t}", "[low, _] := [8, 1]\n\tis_high(low)"],
)
def test_a_variable_that_hides_a_rule_is_no_constant(body: str) -> None:
    source = "package supplychain.house\n\nlow := 1\n\nis_high(x) if x > low\n\n"
    source += f'deny contains {{"code": "X", "message": "m", "fix": "f"}} if {{\n\t{body}\n}}\n'
    short = as_one({"house/house.rego": source})
    assert short is not None
    assert short.constants == {}
    assert [violation.code for violation in asked({"house/house.rego": source}).violations] == ["X"]


def test_a_call_of_several_lines_keeps_them() -> None:
    source = "package supplychain.house\n\nsize(x) := count(x)\n\n"
    source += 'deny contains {"code": "X", "message": "m", "fix": "f"} if size([\n\t1,\n\t2,\n]) == 2\n'
    short = as_one({"house/house.rego": source})
    assert short is not None
    assert short.sources[0].count("\n") == source.count("\n")
    assert [violation.code for violation in asked({"house/house.rego": source}).violations] == ["X"]


def test_a_constant_loses_no_member_that_another_is_to_python() -> None:
    """Python holds one of true and 1; regorus both."""
    source = "package supplychain.house\n\nown(x) := x\n\n"
    wanted = {
        "SET": "own({true, 1})[1]",
        "ZERO": "count(own({0, false})) == 2",
        "KEY": 'own({1: "a", true: 2})[true] == 2',
    }
    wanted["INSIDE"] = 'own({"a": [{true, 1}]}).a[0][1]'
    for code, condition in wanted.items():
        source += f'deny contains {{"code": "{code}", "message": "m", "fix": "f"}} if {condition}\n\n'
    short = as_one({"house/house.rego": source})
    assert short is not None
    assert len(short.constants) == len(wanted)
    assert sorted(violation.code for violation in asked({"house/house.rego": source}).violations) == sorted(wanted)


@pytest.mark.parametrize("size", [1, 330, 490, 600, 899])
def test_long_texts_of_other_letters_are_read(size: int) -> None:
    """The longest line of regorus is one of bytes."""
    text = "é" * size
    source = "package supplychain.house\n\nown(x) := x\n\nlimit(name) := object.get(data.profile, name, null)\n\n"
    source += f'deny contains {{"code": "X", "message": "m", "fix": "f"}} if startswith(limit("text"), "{"é" * min(size, 400)}")\n\n'
    source += (
        f'warn contains {{"code": "W", "message": "m", "fix": "f"}} if {{\n\town("{"é" * min(size, 490)}") != 1\n}}\n'
    )
    decision = asked({"house/house.rego": source}, {"rules": ["house"], "text": text})
    assert [violation.code for violation in (*decision.violations, *decision.warnings)] == ["X", "W"]


def test_what_throws_is_told_with_its_own_line() -> None:
    """Also where the call has become a constant: the word for it stands in a file of ours."""
    source = (
        'package supplychain.house\n\nread(text) := 1 / count(text)\n\n\ndeny contains {"code": "X"} if read([]) > 1\n'
    )
    two = source.replace("read(text) := 1 / count(text)", "read([]) := 1\n\nread(text) := count(text)")
    for text, line in ((source, 3), (two, 8)):
        short = as_one({"house/house.rego": text})
        assert short is not None
        assert len(short.constants) == 1
        (violation,) = asked({"house/house.rego": text}).violations
        assert (violation.code, violation.kind) == ("POLICY_FAILED", "cannot_tell")
        assert f"house/house.rego:{line}" in violation.message


def test_nothing_is_worked_out_before_its_calls_were_looked_at() -> None:
    """A built-in that is not allowed is refused, and never runs: no constant may reach it."""
    source = (
        "package supplychain.house\n\nread(text) := time.now_ns() + count(text)\n\ndeny contains {} if read([]) > 1\n"
    )
    short = as_one({"house/house.rego": source})
    assert short is not None
    assert short.constants == {}
    assert asked({"house/house.rego": source}).violations[0].code == "BUILTIN_REFUSED"


def test_a_constant_without_end_is_told_with_its_file() -> None:
    loops = "".join(f"\tsome x{i} in many\n" for i in range(9))
    source = f"package supplychain.house\n\nmany := [{', '.join(map(str, range(40)))}]\n\nall(_) := [1 |\n{loops}]\n\n"
    source += 'deny contains {"code": "X"} if count(all(1)) > 1\n'
    policies = PolicySet(
        environment="dev",
        modules=(("a/a.rego", "package supplychain.a\n\nx := 1\n"), ("house/house.rego", source)),
        rules=("house",),
        profile={"rules": ["house"]},
    )
    with pytest.raises(PolicyNotEvaluated) as told:
        Regorus(limit_s=1).check(policies)
    assert (told.value.code, told.value.where) == ("POLICY_TIMEOUT", "house/house.rego")


def test_both_ways_refuse_the_same() -> None:
    source = "package supplychain.house\n\nimport data.supplychain.lib.limits\n\ndeny contains limits if some limits in [1]\n"
    engine = regorus.Engine()
    engine.add_policy("a.rego", source)
    with pytest.raises(Exception, match="limits is the name of an import"):
        spelled_out("a.rego", trees_of(engine)[0])
    assert as_one({"house/house.rego": source, "lib/limits.rego": LIMITS}) is None
    assert json.dumps(words_of([])) == "{}"


def test_rules_that_the_profile_does_not_name_are_asked_for_one_by_one() -> None:
    found = told(FILES, sizes=[7])
    assert found == told(FILES, {**PROFILE, "rules": []}, sizes=[7])
    assert found == told({**FILES, "lib/other.rego": WITH}, {**PROFILE, "rules": []}, sizes=[7])
    assert [v["code"] for v in found[0]] == ["l"]


def test_tests_see_the_files_as_they_are() -> None:
    """What has become a constant would count as never reached."""
    rule = (
        "package supplychain.house\n\nlimit(name) := size if {\n\tsize := count(name)\n}\n\nhigh if limit([1, 2]) > 1\n"
    )
    tests = "package supplychain.house_test\n\nimport data.supplychain.house\n\ntest_high if house.high\n"
    modules = (("house/house.rego", rule), ("house/house_test.rego", tests))
    tested = run_tests(modules, names_of(modules), coverage=True)
    assert (tested.failed, tested.percent, tested.missed) == ((), 100.0, {})


@pytest.mark.parametrize(
    "imports",
    [["import rego.v1"] * 3, ["import rego.v1", "import future.keywords.in", "import future.keywords"]],
    ids=["v1", "future"],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_imports_of_words_of_the_language_may_stay(imports: list[str], end: str) -> None:
    files = {
        path: source.replace("\n\n", f"\n\n{line}\n\n", 1).replace("\n", end)
        for (path, source), line in zip(FILES.items(), imports, strict=True)
    }
    assert as_one(files) is not None
    assert told(files, sizes=[7]) == told(FILES, sizes=[7])


def test_a_line_that_would_become_too_long_keeps_its_names() -> None:
    many = " + ".join(["low"] * 150)
    source = f'package supplychain.house\n\nlow := 1\n\ndeny contains {{"code": "X", "message": "m", "fix": "f"}} if {many} == 150\n'
    short = as_one({"house/house.rego": source})
    assert short is not None
    assert (
        max(len(line) for line in source.split("\n")) < 1024 < max(len(line) for line in short.sources[0].split("\n"))
    )
    assert [v.code for v in asked({"house/house.rego": source}).violations] == ["X"]

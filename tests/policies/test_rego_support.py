"""The table of OPA's built-ins and syntax against the default engine: it is true, and policies are held to it."""

from __future__ import annotations

import json
import shutil

import pytest

from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.builtins import EDGES, IMPURE, PURE, differs
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import Regorus
from tests.policies.rego_support import PAGE, SYNTAX, TABLE, judged, make, page, regorus_says

KEPT = json.loads(TABLE.read_text("utf-8"))
BUILT_INS = KEPT["built_ins"]
HEAD = "package supplychain.house\n\nimport rego.v1\n\n"


def check(source: str) -> None:
    modules = (("house/house.rego", source),)
    Regorus().check(PolicySet(environment="dev", modules=modules, rules=("house",), profile={"rules": ["house"]}))


def test_what_may_be_called_answers_as_opa_does() -> None:
    assert [n for n in sorted(PURE) if BUILT_INS[n]["status"] not in ("same", "fails") and n not in EDGES] == []
    assert [n for n in EDGES if BUILT_INS[n]["status"] != "differs"] == []
    assert not PURE & IMPURE
    assert [name for name, entry in BUILT_INS.items() if entry["status"] == "unprobed"] == []


@pytest.mark.parametrize("name", [name for name, entry in BUILT_INS.items() if entry["probes"]])
def test_regorus_answers_as_the_table_says(name: str) -> None:
    for entry in BUILT_INS[name]["probes"]:
        said = regorus_says(f"x := {entry['probe']}")
        assert judged(entry["opa"], said) == entry["regorus"], (entry, said)


@pytest.mark.parametrize("name", SYNTAX)
def test_syntax_is_as_the_table_says(name: str) -> None:
    said = regorus_says(SYNTAX[name])
    assert judged(KEPT["syntax"][name]["opa"], said) == KEPT["syntax"][name]["regorus"], said


@pytest.mark.tools
def test_the_table_is_what_opa_says() -> None:
    opa = shutil.which("opa")
    if not opa:
        pytest.skip("needs the real opa on PATH")
    made = make(opa)
    if made["opa"] != KEPT["opa"]:
        pytest.skip(f"the table is of OPA {KEPT['opa']}, here is {made['opa']}")
    assert made == KEPT


def test_the_page_is_written_from_the_table() -> None:
    assert PAGE.read_text("utf-8") == page(KEPT)


@pytest.mark.parametrize("name", [n for n, e in BUILT_INS.items() if n not in PURE and n not in ("print", "trace")])
def test_the_rest_is_refused_when_loaded(name: str) -> None:
    """Never reached, and refused all the same, with file and line."""
    source = f"{HEAD}deny contains x if {{\n\tinput.version == 0\n\tx := {name}(input)\n}}\n"
    with pytest.raises(PolicyNotEvaluated) as told:
        check(source)
    assert (told.value.code, told.value.where) == ("BUILTIN_REFUSED", "house/house.rego:7")


@pytest.mark.parametrize(
    "call",
    [
        'sprintf("%5d", [1])',
        'sprintf("%x", [1])',
        'sprintf("%-3s", ["a"])',
        'regex.match("^\\\\d+$", "1")',
        'regex.match(`\\w`, "1")',
        'regex.split("\\\\s", "a b")',
    ],
)
def test_formats_and_patterns_that_differ_are_refused(call: str) -> None:
    with pytest.raises(PolicyNotEvaluated, match="otherwise than OPA") as told:
        check(f"{HEAD}deny contains x if {{\n\tx := {call}\n}}\n")
    assert told.value.where == "house/house.rego:6"


def test_formats_and_patterns_that_do_not_differ_are_taken() -> None:
    assert not differs("sprintf", "%s has %d of %v (%q), 5%% and %.2f")
    assert not differs("regex.match", "^[0-9A-Za-z]+\\.[a-z]$")
    check(f'{HEAD}deny contains x if {{\n\tx := sprintf("%s %v", ["a", 1])\n\tregex.match("^[0-9]+$", x)\n}}\n')


@pytest.mark.parametrize("text", ['x := $"a {1}"', "x := $`a {1}`"])
def test_string_interpolation_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(PolicyNotEvaluated) as told:
        check(f"{HEAD}{text}\n\ndeny contains 1 if false\n")
    assert told.value.code == "POLICY_FAILED"
    assert told.value.where.startswith("house/house.rego:5")

"""OPA's built-ins and syntax against the default engine, by asking both: `python -m tests.policies.rego_support OPA`.

Every line of `probes.txt` is an expression; each is evaluated alone. What OPA answers is kept in
`supplychain/policy/rego_support.json` with what regorus makes of it, so that a test can hold regorus to it without OPA.

same       every probe gives the same value, or none under either engine
fails      the same, but for probes that regorus refuses with an error: CANNOT-TELL, never a silent difference
differs    at least one probe gives another value: refused when a policy is loaded, unless listed in EDGES
missing    regorus has no such built-in: refused
impure     refused under every engine
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

from supplychain.policy.builtins import EDGES, IMPURE, PURE
from supplychain.policy.regorus import TALK

HERE = Path(__file__).resolve().parent
TABLE = HERE.parents[1] / "supplychain" / "policy" / "rego_support.json"
PAGE = HERE.parents[1] / "docs" / "rego-support.md"
PROBES = [line for line in (HERE / "probes.txt").read_text("utf-8").splitlines() if line]
OPERATORS = {
    "assign", "eq", "equal", "neq", "gt", "gte", "lt", "lte", "plus", "minus", "mul", "div", "rem", "and", "or",
    "set_diff", "internal.member_2", "internal.member_3", "internal.print", "internal.template_string", "internal.test_case",
}  # fmt: skip
NOTHING = {"none": True}
SYNTAX = {
    "some … in": "x := [v | some v in [1, 2]]",
    "some k, v in": 'x := {k: v | some k, v in {"a": 1}}',
    "some declarations": "x := [i | some i; [5, 6][i] == 6]",
    "every": "x if every v in [1, 2] { v > 0 }",
    "every over nothing": "x if every v in [] { v > 5 }",
    "not": "x if not data.nothing",
    "else": "f(a) := 1 if a > 5 else := 2 if a > 1 else := 3\nx := [f(9), f(2), f(0)]",
    "default rule": "default x := 7\nx := 1 if data.nothing",
    "default function": "default f(_) := 7\nf(a) := 1 if a == 1\nx := [f(1), f(2)]",
    "contains": "x contains v if some v in [2, 1, 2]",
    "partial object": 'x[k] := v if some k, v in {"a": 1}',
    "nested partial object": 'x["a"]["b"] := 1\nx["a"]["c"] := 2',
    "rule head with a dotted name": "a.b.c := 1\nx := a",
    "in": 'x := [1 in [1, 2], "a" in {"b": "a"}, 3 in {1, 2}]',
    "with input": "f := input.a\nx := f with input as {\"a\": 4}",
    "with input field": "f := input.a.b\nx := f with input.a.b as 4",
    "with data": "x := data.other with data.other as 4",
    "with a built-in replaced": "f := count([1])\nx := f with count as 5",
    "with a function replaced": "g(_) := 1\nh(_) := 2\nf := g(0)\nx := f with g as h",
    "set in two modules, with input": "f contains input.a\nf contains input.b\nx := f with input as {\"a\": 1, \"b\": 2}",
    "array comprehension": "x := [v * 2 | some v in numbers.range(1, 3)]",
    "set comprehension": "x := {v % 2 | some v in numbers.range(1, 5)}",
    "object comprehension": 'x := {s: count(s) | some s in ["a", "bb"]}',
    "comprehension in a call": "x := count([v | some v in [1, 2, 3]; v > 1])",
    "comprehension in a comparison": "x if count([v | some v in [1, 2, 3]; v > 1]) > 1",
    "nested comprehension": "x := [[b | some b in [a, a]] | some a in [1, 2]]",
    "unification": "x := [a, b] if [a, [b]] = [1, [2]]",
    "unification in objects": 'x := a if {"k": a} = {"k": 5}',
    "arithmetic": "x := [7 / 2, 7 % 3, 2 * 3, 1 - 5, 0.1 + 0.2]",
    "big integers": "x := 9007199254740993 + 1",
    "comparison of types": 'x := [1 < "a", null < false, [1] < {"a": 1}, {1} > {"a": 1}]',
    "set operations": "x := [{1, 2} & {2}, {1} | {2}, {1, 2} - {2}]",
    "raw strings": "x := `a\\n\"b`",
    "escapes": 'x := "a\\t\\"\\u00e9"',
    "wildcards": "x := count([1 | [1, 2][_]])",
    "negative index": "x := [1, 2][-1]",
    "index of a string key": 'x := {"a b": 1}["a b"]',
    "undefined in a set": "x contains input.never\nx contains 1",
    "string interpolation": 'x := $"a {1 + 1}"',
    "templates with quotes": 'x := $`a {"b"}`',
    "multiple function clauses": 'f("a") := 1\nf("b") := 2\nx := [f("a"), f("b")]',
    "pattern in arguments": "f([a, _]) := a\nx := f([4, 5])",
    "conflicting values": "x := 1 if true\nx := 2 if true",
    "division by zero": "x := 1 / 0",
    "walk": 'x := [p | walk({"a": 1}, [p, _])]',
    "object keys that are numbers": "x := {1: 2}[1]",
    "keyword as reference": "x := {\"if\": 1}.if",
    "multi-line strings in lists": 'x := [\n\t"a",\n\t"b",\n]',
}  # fmt: skip


def name_of(probe: str) -> str:
    """The built-in that a probe is about."""
    if "| walk(" in probe:
        return "walk"
    return re.match(r"[a-z_0-9.]+", probe)[0]  # type: ignore[index]


def regorus_says(module: str) -> Any:
    """The value of x, `NOTHING` for undefined, `{"error": …}`."""
    body = f"package probe\n\n{module}\n".encode()
    head, answer = TALK.request({"do": "value", "paths": ["data.probe.x"]}, body, 10.0)
    if "error" in head:
        reason = [line for line in head["error"].splitlines() if line.startswith("error:")]
        return {"error": reason[0][7:] if reason else head["error"][:100]}
    return json.loads(answer) if answer not in (b"", b'"<undefined>"') else NOTHING


def opa_says(opa: str, modules: list[str]) -> list[Any]:
    """The same of the real opa, for many modules in few processes."""
    sources = {f"m{i}": f"package probe{i}\n\n{module}\n" for i, module in enumerate(modules)}
    values: dict[str, Any] = {}
    while sources:
        with tempfile.TemporaryDirectory() as folder:
            for name, source in sources.items():
                (Path(folder) / f"{name}.rego").write_text(source, "utf-8")
            wanted = "{" + ", ".join(f'"{n}": [v | v := data.probe{n[1:]}.x]' for n in sources) + "}"
            words = [opa, "eval", "--format", "json", "-d", folder, f"x := {wanted}"]
            done = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=120).stdout)
        if "errors" not in done:
            values |= done["result"][0]["bindings"]["x"]
            break
        bad = {Path(e["location"]["file"]).stem for e in done["errors"] if e.get("location", {}).get("file")} & set(
            sources
        )
        assert bad, done["errors"][:3]
        for name in bad:
            del sources[name]
    return [values[f"m{i}"][0] if values.get(f"m{i}") else NOTHING for i in range(len(modules))]


def is_error(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"error"}


def judged(opa: Any, regorus: Any) -> str:
    """`same`, `fails` or `differs`."""
    if opa == regorus or (opa == NOTHING and is_error(regorus)):
        return "same"
    return "fails" if is_error(regorus) else "differs"


def known_to_regorus(name: str) -> bool:
    """Whether regorus has a built-in of that name, with whatever arguments."""
    for count in range(6):
        said = regorus_says(f"x := y if y := {name}({', '.join(['{}'] * count)})")
        if is_error(said) and "could not find function" in said["error"]:
            return False
        if not (is_error(said) and ("expect" in said["error"] or "argument" in said["error"])):
            return True
    return True


def make(opa: str) -> dict[str, Any]:
    """The whole table."""
    capabilities = json.loads(subprocess.run([opa, "capabilities", "--current"], capture_output=True).stdout)
    names = sorted({b["name"] for b in capabilities["builtins"]} - OPERATORS)
    version = subprocess.run([opa, "version"], capture_output=True, text=True).stdout.split()[1]
    probed: dict[str, list[dict[str, Any]]] = {}
    for probe, value in zip(PROBES, opa_says(opa, [f"x := {p}" for p in PROBES]), strict=True):
        probed.setdefault(name_of(probe), []).append({"probe": probe, "opa": value})
    built_ins = {}
    for name in names:
        entries = probed.get(name, [])
        status = "impure" if name in IMPURE else "same" if known_to_regorus(name) else "missing"
        said = [judged(e["opa"], regorus_says(f"x := {e['probe']}")) for e in entries]
        if status == "same":
            status = "unprobed" if not entries else next((w for w in ("differs", "fails") if w in said), "same")
        for entry, word in zip(entries, said, strict=True):
            entry["regorus"] = word
        built_ins[name] = {"status": status, "probes": entries if status not in ("missing", "impure") else []}
    values = opa_says(opa, list(SYNTAX.values()))
    syntax = {k: {"opa": v, "regorus": judged(v, regorus_says(SYNTAX[k]))} for k, v in zip(SYNTAX, values, strict=True)}
    return {"opa": version, "built_ins": built_ins, "syntax": syntax}


SHAPES = (
    "## Shapes",
    "",
    "What regorus by itself answers otherwise than OPA, and what is done about it here (`policy/regorus_syntax.py`):",
    "",
    "| shape | by itself | here |",
    "|---|---|---|",
    "| a function that reads a rule by an imported name, called by imported name after a rule of its package was read so"
    " | undefined: the caller silently does not fire | every imported name is spelled out before regorus sees it |",
    "| a variable, parameter or `some` named like an import | shadows it | refused (`POLICY_FAILED`, file and line) |",
    '| an object with variables as a pattern: `some {"a": x} in …`, `{"a": x} = y`, a parameter'
    " | takes objects with more keys, too | refused (`POLICY_FAILED`, file and line) |",
)


def page(table: dict[str, Any]) -> str:
    """`docs/rego-support.md`."""
    by: dict[str, list[str]] = {}
    for name, entry in table["built_ins"].items():
        status = entry["status"]
        status = "unsure" if status == "same" and name not in PURE else status
        status = "edges" if name in EDGES else "same" if name in PURE else status
        by.setdefault(status, []).append(name)
    probes = sum(len(entry["probes"]) for entry in table["built_ins"].values())
    lines = [
        "# What of Rego works here",
        "",
        f"The default engine, regorus, held against OPA {table['opa']}: {probes} probes of built-ins and {len(table['syntax'])} of syntax.",
        "Written by `tests/policies/rego_support.py`; a test asks regorus again, and OPA too where it is installed.",
        "",
        "A policy that calls what is not listed under *same* or *corners* is refused when it is loaded (`BUILTIN_REFUSED`, with file",
        "and line). Under `engine: opa` everything pure that OPA knows may be called.",
    ]
    heads = {
        "same": "Same",
        "edges": "Same but for corners",
        "differs": "Answers differently: refused",
        "unsure": "Too few probes to say: refused",
        "fails": "Refuses what OPA answers: refused",
        "missing": "Not there: refused",
        "impure": "Impure: refused under every engine",
    }
    for status, head in heads.items():
        lines += ["", f"## {head}", ""]
        if status in ("edges", "differs"):
            lines += ["| built-in | where |", "|---|---|"]
            lines += [
                f"| `{name}` | {_where(name, table).replace('|', chr(92) + '|')} |" for name in by.get(status, [])
            ]
        else:
            lines += ["```text", *textwrap.wrap(" ".join(by.get(status, [])), 118, break_on_hyphens=False), "```"]
    lines += ["", "## Syntax", "", "| what | here |", "|---|---|"]
    words = {
        "same": "as OPA",
        "fails": "refused: the policy cannot be parsed or evaluated",
        "differs": "differs in corners",
    }
    lines += [
        f"| {name} | {words[said['regorus']]} |" for name, said in table["syntax"].items() if said["regorus"] != "same"
    ]
    good = [name for name, said in table["syntax"].items() if said["regorus"] == "same"]
    return "\n".join([*lines, "", "As OPA: " + "; ".join(good) + ".", "", *SHAPES, ""])


def _where(name: str, table: dict[str, Any]) -> str:
    if name in EDGES:
        return EDGES[name]
    return ", ".join(f"`{e['probe']}`" for e in table["built_ins"][name]["probes"] if e["regorus"] == "differs")


if __name__ == "__main__":
    TABLE.write_text(json.dumps(make(sys.argv[1]), indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page(json.loads(TABLE.read_text("utf-8"))), "utf-8")

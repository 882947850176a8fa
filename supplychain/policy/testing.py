"""`test_` rules of a policy set, run by regorus with line coverage, or by `opa test`; and mutants they have to notice.

A mutant is the policy set with one condition of one rule taken out. A mutant under which every test still passes
survives: nothing would notice if that condition were lost.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated, ToolFailed
from supplychain.policy.regorus import TALK
from supplychain.process import run

Modules = Sequence[tuple[str, str]]
LIMIT_S = 120.0
_TEST = re.compile(r"^(test_\w+)\b(?!.*:=)", re.MULTILINE)
_CONDITION = re.compile(r"^\t(?:not |every |some |\w)[^{}\[\]()]*(?:\([^{}()]*\))?[^{}\[\]()]*$")
_BINDS = re.compile(r"^\t(?:some |every |\w+ :=)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What the tests said."""

    results: Mapping[str, str]
    """Test to `passed`, or to what was found instead."""
    lines: Mapping[str, tuple[int, int]]
    """File to lines reached and lines that could be; empty without coverage."""
    missed: Mapping[str, tuple[int, ...]]
    """File to lines never reached."""

    @property
    def failed(self) -> tuple[str, ...]:
        """Tests that did not pass."""
        return tuple(name for name, result in self.results.items() if result != "passed")

    @property
    def percent(self) -> float:
        """Lines reached of all that could be, in per cent."""
        total = sum(of for _, of in self.lines.values())
        return 100.0 * sum(reached for reached, _ in self.lines.values()) / total if total else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A change of a rule, and whether a test noticed."""

    place: str
    change: str
    killed: bool


def names_of(modules: Modules) -> tuple[str, ...]:
    """Full names of the tests in test files."""
    found = []
    for path, source in modules:
        package = re.search(r"^package (\S+)", source, re.MULTILINE)
        if path.endswith("_test.rego") and package:
            found += [f"data.{package[1]}.{name}" for name in _TEST.findall(source)]
    return tuple(dict.fromkeys(found))


def run_tests(modules: Modules, names: Sequence[str], *, coverage: bool = False, limit_s: float = LIMIT_S) -> Tested:
    """Run tests by regorus.

    Raises:
        PolicyNotEvaluated: The policies cannot be parsed, a test does not end, or there is no test (`NO_TESTS`).
    """
    if not names:
        raise PolicyNotEvaluated("there are no tests", code="NO_TESTS", expected="test_… in *_test.rego")
    key = Digest.of_bytes(canonical_json([list(module) for module in modules])).hex
    TALK.load(modules, b"{}", key, limit_s)
    ask = {"do": "test", "key": key, "paths": list(names), "coverage": coverage}
    _, answer = TALK.request(ask, b"", limit_s)
    body = json.loads(answer)
    results = {name: _result(body["results"][name]) for name in names}
    files = (body["coverage"] or {}).get("files", [])
    rules = {entry["path"]: entry for entry in files if not entry["path"].endswith("_test.rego")}
    return Tested(
        results=results,
        lines={p: (len(e["covered"]), len(e["covered"]) + len(e["not_covered"])) for p, e in rules.items()},
        missed={p: tuple(sorted(e["not_covered"])) for p, e in rules.items() if e["not_covered"]},
    )


def run_opa_tests(modules: Modules, *, program: str = "opa", limit_s: float = LIMIT_S) -> Tested:
    """Run tests by `opa test`. Raises PolicyNotEvaluated (`ENGINE_MISSING`, `POLICY_FAILED`)."""
    with tempfile.TemporaryDirectory(prefix="supplychain-opa-") as name:
        for path, source in modules:
            (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
            (Path(name) / path).write_text(source, encoding="utf-8")
        try:
            done = run([program, "test", "--format", "json", "."], cwd=Path(name), timeout_s=limit_s, own_first=False)
        except ToolFailed as error:
            raise PolicyNotEvaluated(error.message, code="ENGINE_MISSING", where=program, hint=error.hint) from None
    try:
        entries = json.loads(done.stdout)
    except ValueError:
        raise PolicyNotEvaluated(
            "opa could not run the tests", code="POLICY_FAILED", found=done.error_tail() or done.stdout[:300].decode()
        ) from None
    results = {
        f"{e['package']}.{e['name']}": "failed" if e.get("fail") or e.get("error") else "passed" for e in entries
    }
    return Tested(results=results, lines={}, missed={})


def mutants_of(modules: Modules) -> Iterator[tuple[str, str, Modules]]:
    """Each mutant: where, what was taken out, and the policy set without it."""
    for index, (path, source) in enumerate(modules):
        if path.endswith("_test.rego"):
            continue
        lines = source.split("\n")
        for number, line in enumerate(lines):
            if _CONDITION.match(line) and not _BINDS.match(line) and _stands_alone(lines, number):
                changed = "\n".join([*lines[:number], "", *lines[number + 1 :]])
                yield (
                    f"{path}:{number + 1}",
                    line.strip(),
                    [*modules[:index], (path, changed), *modules[index + 1 :]],
                )


def run_mutants(modules: Modules, names: Sequence[str], *, only: str = "") -> Iterator[Mutant]:
    """Try every mutant, or those in files below `only`; the tests of the rule's own folder are run first."""
    for place, change, changed in mutants_of(modules):
        if not place.startswith(only):
            continue
        rule = place.split("/")[0]
        near = [name for name in names if name.startswith(f"data.supplychain.{rule}")]
        far = [name for name in names if name not in near]
        killed = any(_fails(changed, some) for some in (near, far) if some)
        yield Mutant(place=place, change=change, killed=killed)


def _fails(modules: Modules, names: Sequence[str]) -> bool:
    try:
        return bool(run_tests(modules, names).failed)
    except PolicyNotEvaluated:
        return True


def _stands_alone(lines: Sequence[str], number: int) -> bool:
    """A condition in a body whose other lines stay: an empty body is no Rego."""
    before, after = lines[number - 1].strip(), lines[number + 1].strip() if number + 1 < len(lines) else ""
    return not (before.endswith("{") and after.startswith("}"))


def _result(value: Any) -> str:  # noqa: ANN401 - what a rule answered
    if value is True:
        return "passed"
    return (
        f"error: {value['error'][:300]}" if isinstance(value, dict) and "error" in value else f"failed: {value!r}"[:80]
    )

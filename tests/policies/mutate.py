"""Breaks the rules one place at a time and runs their tests: `python -m tests.policies.mutate [PATH…]`.

A mutant is the policy set with one change in one rule or lib file: a comparison turned or moved by one, a condition
dropped or negated, a number raised, a member of a list dropped, an `else` or a whole definition dropped. A mutant under
which every test passes survives: nobody would notice if the rule were wrong in that way. What cannot be noticed, because
the answer stays the same, stands with its reason in `mutants.txt`; any other survivor is a missing test (exit code 1).

Slow (minutes a file), so no part of the suite. PATH is a beginning, relative to `policies/`: `sbom`, `lib/moment`.
"""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import regorus

from supplychain.policy.regorus_syntax import Refused, spelled_out, trees_of

HERE = Path(__file__).resolve().parent
POLICIES = HERE.parents[1] / "policies"
LIST = HERE / "mutants.txt"
LIMIT_S = 60
KILLED, SURVIVED, UNLOADED, SLOW = "killed", "survived", "does not load", "too slow"
NEIGHBOURS = {
    "Lt": ("<", "<="),
    "Le": ("<=", "<"),
    "Gt": (">", ">="),
    "Ge": (">=", ">"),
    "Eq": ("==", "!="),
    "Ne": ("!=", "=="),
}
TURNED = {"Lt": ("<", ">"), "Le": ("<=", ">="), "Gt": (">", "<"), "Ge": (">=", "<=")}
OPERATORS = {
    "Union": ("|", "&"),
    "Intersection": ("&", "|"),
    "Sub": ("-", "+"),
    "Add": ("+", "-"),
    "Mul": ("*", "+"),
    "Div": ("/", "*"),
}
CALLS = {"max": "min", "min": "max", "startswith": "endswith", "floor": "ceil"}
TELLS = ("sprintf", "shape.listing", "concat", "array.slice")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: bytes `start` to `end` of a file become `text`."""

    path: str
    line: int
    what: str
    start: int
    end: int
    text: bytes

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.text + source[self.end :]


def sources() -> dict[str, str]:
    return {str(path.relative_to(POLICIES)): path.read_text("utf-8") for path in sorted(POLICIES.rglob("*.rego"))}


def spelled(path: str, source: str) -> str:
    """The source as the engine that decides is given it: regorus loses names of imports, and would notice less."""
    engine = regorus.Engine()
    engine.add_policy(path, source)
    (tree,) = trees_of(engine)
    return spelled_out(path, tree)


def mutants_of(path: str, source: str) -> list[Mutant]:
    """Every mutant of a file, by place."""
    engine = regorus.Engine()
    engine.add_policy(path, source)
    tree = json.loads(engine.get_ast_as_json())[0]["ast"]
    finder = _Finder(path, source.encode("utf-8"))
    for rule in tree["rules"]:
        finder.rule(rule)
    return sorted(set(finder.found), key=lambda m: (m.start, m.end, m.text))


class _Finder:
    """Walks a syntax tree and collects mutants."""

    def __init__(self, path: str, source: bytes) -> None:
        self._path, self._source = path, source
        self.found: list[Mutant] = []

    def rule(self, rule: dict[str, Any]) -> None:
        [(kind, node)] = rule.items()
        span = node["span"]
        self._add(span["line"], "definition dropped", span["start"], span["end"], b"")
        if kind == "Spec":
            for body in node["bodies"][1:]:
                start = self._source.rfind(b"else", 0, body["span"]["start"] + 4)
                self._add(body["span"]["line"], "else dropped", start, body["span"]["end"], b"")
        self._walk(node)

    def _add(self, line: int, what: str, start: int, end: int, text: bytes) -> None:
        whole = self._source[self._source.rfind(b"\n", 0, start) + 1 :].decode("utf-8").split("\n")[0].strip()
        before = self._source[start:end].decode("utf-8").split("\n")[0].strip()
        told = f"{what}: {before}" if before == whole else f"{what}: {before or text.decode().strip()} in: {whole}"
        told = told if text in (b"", b"true", b"not ") else f"{what}: {before} -> {text.decode()} in: {whole}"
        self.found.append(Mutant(path=self._path, line=line, what=told, start=start, end=end, text=text))

    def _walk(self, node: Any) -> None:
        for item in node if isinstance(node, list) else ():
            self._walk(item)
        if isinstance(node, dict) and "stmts" in node:
            self._statements(node["stmts"])
        for kind, value in node.items() if isinstance(node, dict) else ():
            if isinstance(value, dict) and not self._tells(kind, value):
                self._node(kind, value)
                self._walk(value)
            elif isinstance(value, list):
                self._walk(value)

    def _tells(self, kind: str, node: dict[str, Any]) -> bool:
        """Whether it only makes a sentence."""
        return kind == "Call" and self._text(node["fcn"]) in TELLS

    def _text(self, expression: dict[str, Any]) -> str:
        start, end = _extent(expression)
        return self._source[start:end].decode("utf-8")

    def _statements(self, statements: list[dict[str, Any]]) -> None:
        for statement in statements:
            span = statement["span"]
            start, end, line = span["start"], span["end"], span["line"]
            [(kind, literal)] = statement["literal"].items()
            if kind in ("NotExpr", "Every") or (kind == "Expr" and "AssignExpr" not in literal["expr"]):
                self._add(line, "condition dropped", start, end, b"true")
            if kind == "NotExpr":
                self._add(line, "negation dropped", start, start + 4, b"")
            elif kind == "Expr" and "AssignExpr" not in literal["expr"]:
                self._add(line, "negated", start, start, b"not ")

    def _node(self, kind: str, node: dict[str, Any]) -> None:
        if kind == "BoolExpr":
            self._between(node, NEIGHBOURS, "comparison")
            self._between(node, TURNED, "comparison")
        elif kind in ("BinExpr", "ArithExpr"):
            self._between(node, OPERATORS, "operator")
        elif kind == "Number" and isinstance(node["value"], int):
            span = node["span"]
            self._add(span["line"], "number", span["start"], span["end"], b"%d" % (node["value"] + 1))
        elif kind == "Bool":
            span = node["span"]
            self._add(span["line"], "turned", span["start"], span["end"], b"false" if node["value"] else b"true")
        elif kind in ("Set", "Array") and isinstance(node.get("items"), list):
            self._members(node["items"])
        elif kind == "Call" and self._text(node["fcn"]) in CALLS:
            start, end = _extent(node["fcn"])
            self._add(node["span"]["line"], "call", start, end, CALLS[self._text(node["fcn"])].encode())

    def _members(self, items: list[dict[str, Any]]) -> None:
        """Lists of two or more constants: each of them may be missed."""
        if len(items) < 2 or not all({"String", "Number"} & set(item) for item in items):
            return
        for item in items:
            start, end = _extent(item)
            comma = re.match(rb"\s*,", self._source[end:])
            self._add(
                item[next(iter(item))]["span"]["line"],
                "member dropped",
                start,
                end + (comma.end() if comma else 0),
                b"",
            )

    def _between(self, node: dict[str, Any], table: dict[str, tuple[str, str]], what: str) -> None:
        if node["op"] not in table:
            return
        before, after = table[node["op"]]
        left, right = _extent(node["lhs"])[1], _extent(node["rhs"])[0]
        gap = self._source[left:right]
        at = left + gap.find(before.encode())
        if gap.find(before.encode()) >= 0:
            self._add(node["span"]["line"], what, at, at + len(before), after.encode())


def _extent(expression: Any) -> tuple[int, int]:
    """Where an expression begins and ends, with everything in it."""
    low, high = [], []
    stack = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            if "start" in node and "end" in node:
                low.append(node["start"])
                high.append(node["end"])
            stack.extend(node.values())
    return min(low), max(high)


class Tests:
    """The tests of a policy set, run in a child process that may be ended."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files
        self._spelled = {path: spelled(path, source) for path, source in files.items()}
        self._names: dict[str, list[str]] = {}
        for path, source in files.items():
            if path.endswith("_test.rego"):
                package = re.search(r"^package (\S+)", source, re.MULTILINE)[1]  # type: ignore[index]
                names = re.findall(r"^(test_\w+)", source, re.MULTILINE)
                self._names.setdefault(path.split("/")[0], []).extend(
                    f"data.{package}.{n}" for n in dict.fromkeys(names)
                )
        self._bases: dict[str, regorus.Engine] = {}

    def base(self, path: str) -> regorus.Engine:
        """Everything but one file."""
        if path not in self._bases:
            engine = regorus.Engine()
            for other in self._files:
                if other != path:
                    engine.add_policy(other, self._spelled[other])
            self._bases = {path: engine}
        return self._bases[path]

    def judge(self, mutant: Mutant) -> str:
        base = self.base(mutant.path)
        changed = mutant.apply(self._files[mutant.path].encode("utf-8")).decode("utf-8")
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.alarm(LIMIT_S)
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os._exit(self._run(base, mutant.path, changed))
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            return SLOW if os.WTERMSIG(status) == signal.SIGALRM else UNLOADED
        return {0: SURVIVED, 10: KILLED, 11: UNLOADED}.get(os.WEXITSTATUS(status), UNLOADED)

    def _run(self, base: regorus.Engine, path: str, changed: str) -> int:
        near = path.split("/")[0]
        try:
            engine = base.clone()
            engine.add_policy(path, spelled(path, changed))
            engine.add_policy("mutate_probe", "package mutate_probe\n\nready := true\n")
            engine.eval_rule_as_json("data.mutate_probe.ready")
        except (RuntimeError, Refused):
            return 11
        names = self._names.get(near, []) + [n for rule, found in self._names.items() if rule != near for n in found]
        for name in names:
            try:
                if engine.clone().eval_rule_as_json(name) != "true":
                    return 10
            except RuntimeError:
                return 10
        return 0


def excuses() -> list[tuple[str, str]]:
    """Survivors that cannot be noticed, as patterns of `PATH what` in which `*` is anything, each with the reason."""
    lines = [line for line in LIST.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [(pattern.strip(), reason.strip()) for pattern, _, reason in (line.partition(" # ") for line in lines)]


def fits(pattern: str, name: str) -> bool:
    """Whether a pattern is about a mutant."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), name) is not None


def run(only: list[str]) -> Iterator[tuple[Mutant, str]]:
    """Every mutant of the files that begin so, with what became of it."""
    files = sources()
    tests = Tests(files)
    for path, source in files.items():
        if path.endswith("_test.rego") or not any(path.startswith(some) for some in only or [""]):
            continue
        for mutant in mutants_of(path, source):
            yield mutant, tests.judge(mutant)


def main(only: list[str]) -> int:
    """Try the mutants of some files, or of all; tell survivors and figures. Returns the exit code."""
    began, counted, patterns, excused = time.monotonic(), Counter[str](), [p for p, _ in excuses()], 0
    for mutant, result in run(only):
        counted[result] += 1
        if result == SURVIVED and any(fits(pattern, f"{mutant.path} {mutant.what}") for pattern in patterns):
            excused += 1
        elif result == SURVIVED:
            _say(f"policies/{mutant.path}:{mutant.line}: survived: {mutant.what}")
    figures = ", ".join(f"{counted[word]} {word}" for word in (KILLED, UNLOADED, SLOW, SURVIVED))
    _say(f"{counted.total()} mutants in {time.monotonic() - began:.0f} s: {figures}, {excused} of them excused")
    return 1 if counted[SURVIVED] > excused else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

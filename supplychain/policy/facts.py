"""What is known of a policy set before it runs: its packages, its rules and where they stand, its calls, what it reads.

Read from the syntax tree (`regorus_syntax.py`); checked here. A policy that calls what the engine does not know, or
answers differently, and one that reads a field the input does not have, is refused with file and line: a rule that is
silently undefined is a rule that never denies.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.builtins import PURE, differs

ROOT = "data.supplychain"
SETS = ("deny", "cannot_tell", "warn")
"""The sets a rule package may define."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """One Rego file."""

    path: str
    package: str
    """With `data.` before it."""
    imports: Mapping[str, str]
    """Name here to full path."""
    heads: tuple[tuple[str, int], ...]
    """Rule name and line, for every definition."""
    calls: tuple[tuple[str, int, str], ...]
    """Function as it is written, line, and its first argument when that is a constant text."""
    reads: tuple[tuple[tuple[str, ...], int], ...]
    """Constant path into the input, and line; not those under `not` or `with`, which expect an absence."""
    words: frozenset[str]
    """Constant texts that are one lower-case word, such as the kinds of statements it reads."""
    moved: tuple[int, ...]
    """Lines that read the findings of dependency scans where inputs of version 1 have them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All files of a policy set."""

    modules: tuple[Module, ...]
    _said: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)
    """Answers about rules: the same for every decision."""

    @staticmethod
    def parse(value: Sequence[Mapping[str, Any]]) -> Facts:
        """From what the worker tells."""
        return Facts(
            modules=tuple(
                Module(
                    path=item["path"],
                    package=item["package"],
                    imports=item["imports"],
                    heads=tuple((name, line) for name, line in item["rules"]),
                    calls=tuple((name, line, text) for name, line, text in item["calls"]),
                    reads=tuple((tuple(path), line) for path, line in item["reads"]),
                    words=frozenset(item["words"]),
                    moved=tuple(item["moved"]),
                )
                for item in value
            )
        )

    @staticmethod
    def of_lines(modules: Sequence[tuple[str, str]]) -> Facts:
        """What the lines of files say that cannot be parsed here: packages and sets, no calls and no reads."""
        found = []
        for path, source in modules:
            package = re.search(r"^package\s+(\S+)", source, re.MULTILINE)
            heads = [
                (word[1], number)
                for number, line in enumerate(source.splitlines(), 1)
                if (word := re.match(r"(?:default\s+)?(deny|cannot_tell|warn)\b", line))
            ]
            found.append({"path": path, "package": f"data.{package[1] if package else ''}", "rules": heads})
        return Facts.parse(
            [{**item, "imports": {}, "calls": [], "reads": [], "words": [], "moved": []} for item in found]
        )

    def sets(self, rule: str) -> tuple[str, ...]:
        """The sets that a rule package defines."""
        if ("sets", rule) not in self._said:
            defined = {name for m in self.modules if m.package == f"{ROOT}.{rule}" for name, _ in m.heads}
            self._said["sets", rule] = tuple(kind for kind in SETS if kind in defined)
        found: tuple[str, ...] = self._said["sets", rule]
        return found

    def words(self, rule: str) -> frozenset[str]:
        """Constant one-word texts in the files of a rule and of what they import; not of what reads every kind."""
        if ("words", rule) not in self._said:
            own = [m for m in self.modules if m.package == f"{ROOT}.{rule}"]
            packages = {m.package for m in self.modules}
            named = {full for m in own for full in m.imports.values()}
            single = [f"{full}." for full in named - packages]  # rules and functions imported by themselves
            read = named | {package for package in packages if any(s.startswith(f"{package}.") for s in single)}
            read -= {f"{ROOT}.lib.statements"}
            words = (word for m in self.modules if m in own or m.package in read for word in m.words)
            self._said["words", rule] = frozenset(words)
        found: frozenset[str] = self._said["words", rule]
        return found

    def words_among(self, rule: str, known: frozenset[str]) -> frozenset[str]:
        """Those of `words` that are known."""
        if ("words", rule, known) not in self._said:
            self._said["words", rule, known] = self.words(rule) & known
        found: frozenset[str] = self._said["words", rule, known]
        return found

    def places(self, rule: str, kind: str) -> str:
        """Where a set of a rule is defined: `path:line, path:line`, at most three."""
        found = [
            f"{m.path}:{line}"
            for m in self.modules
            if m.package == f"{ROOT}.{rule}"
            for name, line in m.heads
            if name == kind
        ]
        return ", ".join(found[:3]) + (" …" if len(found) > 3 else "")

    def check_rules(self, rules: Sequence[str]) -> None:
        """Raises PolicyNotEvaluated (`RULE_MISSING`) when a rule of the profile is no package with a set."""
        for rule in rules:
            if not self.sets(rule):
                raise PolicyNotEvaluated(
                    "a rule of the profile is not there",
                    code="RULE_MISSING",
                    where=rule,
                    expected=f"package supplychain.{rule} with a set {', '.join(SETS)}",
                    hint="add the rule, or take it out of the profile",
                )

    def check_calls(self, known: frozenset[str] = PURE) -> None:
        """Raises PolicyNotEvaluated (`BUILTIN_REFUSED`) for a call of neither an own function nor a pure built-in."""
        own = {f"{m.package}.{name}" for m in self.modules for name, _ in m.heads}
        for module in self.modules:
            for name, line, text in module.calls:
                if why := differs(name, text):
                    raise _refused(name, f"{module.path}:{line}", why)
                head, _, rest = name.partition(".")
                full = module.imports[head] + (f".{rest}" if rest else "") if head in module.imports else name
                local = head not in module.imports and (f"{module.package}.{name}" in own or name in known)
                if full not in own and not local:
                    raise _refused(name, f"{module.path}:{line}")

    def check_reads(self, document: Mapping[str, Any]) -> None:
        """Raises PolicyNotEvaluated (`INPUT_FIELD_MISSING`) for a constant path that the input does not have.

        Only objects are followed: what lies in a list is evidence, and rules have to take it as it comes. But a rule
        that looks for findings where they are no longer (`INPUT_FIELD_MOVED`) would never deny.
        """
        for module in self.modules if document.get("version") != 1 else ():
            if module.moved:
                raise PolicyNotEvaluated(
                    "the policy reads scanner.result, which inputs have had in version 1 only",
                    code="INPUT_FIELD_MOVED",
                    where=f"{module.path}:{module.moved[0]}",
                    expected="statements[].findings, as attestations/README.md describes them",
                    found=f"an input of version {document.get('version')}",
                )
        for path, where in self._reads():
            lacking = _lacking(document, path)
            if lacking:
                raise PolicyNotEvaluated(
                    "the policy reads a field that the input does not have",
                    code="INPUT_FIELD_MISSING",
                    where=where,
                    found=f"no input.{lacking}",
                    hint='spell it as the document does, or expect its absence: object.get(input, ["…"], null)',
                )

    def _reads(self) -> Iterable[tuple[tuple[str, ...], str]]:
        """Every path that is read, and the first place that reads it."""
        if ("reads",) not in self._said:
            first: dict[tuple[str, ...], str] = {}
            for module in self.modules:
                for path, line in module.reads:
                    first.setdefault(path, f"{module.path}:{line}")
            self._said["reads",] = first
        found: dict[tuple[str, ...], str] = self._said["reads",]
        return found.items()


def _lacking(value: Any, path: tuple[str, ...]) -> str:  # noqa: ANN401 - a JSON value
    for depth, key in enumerate(path):
        if key == "*" or not isinstance(value, Mapping):
            return "" if key == "*" or isinstance(value, list) else ".".join(path[: depth + 1])
        if key not in value:
            return ".".join(path[: depth + 1])
        value = value[key]
    return ""


def _refused(name: str, where: str, why: str = "") -> PolicyNotEvaluated:
    told = f"which this engine answers otherwise than OPA: {why}" if why else "which is not allowed or not known here"
    return PolicyNotEvaluated(
        f"the policy calls {name}, {told}",
        code="BUILTIN_REFUSED",
        where=where,
        expected="a function of this policy set, or a pure built-in this engine answers as OPA does",
        hint="the clock is input.at; fetch nothing; see docs/policies.md for the list",
    )

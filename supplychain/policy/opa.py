"""The `opa` program as engine (https://www.openpolicyagent.org/docs/cli): a process for each decision.

The policy set is written into a private folder, with OPA's own list of capabilities cut down to what is pure, so that
OPA itself refuses the rest when it compiles. `--strict-builtin-errors`: a built-in that fails is an error, as under
regorus, and not a rule that silently does not fire.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import MalformedInput, PolicyNotEvaluated, ToolFailed
from supplychain.policy.builtins import IMPURE
from supplychain.policy.engine import TIME_LIMIT_S, Answers, Engine, Given, timed_out
from supplychain.policy.facts import ROOT, Facts
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import facts_of, place_of, undefined
from supplychain.process import Completed, run

_CANCELLED = "eval_cancel_error"


class Opa(Engine):
    """Evaluates with `opa eval`."""

    def __init__(self, program: str = "opa", *, limit_s: float = TIME_LIMIT_S) -> None:
        super().__init__(limit_s=limit_s)
        self._program = program
        self._version = ""
        self._capabilities = b""

    @property
    def name(self) -> str:
        """`opa <version>`; without the program only `opa`."""
        if not self._version:
            try:
                lines = self._run(["version"]).stdout.decode("utf-8", "replace").splitlines()
            except PolicyNotEvaluated:
                return "opa"
            self._version = next((line.split()[-1] for line in lines if line.startswith("Version:")), "unknown")
        return f"opa {self._version}"

    def facts(self, policies: PolicySet) -> Facts:
        """What is known of the set; of syntax that only OPA reads, what its lines say."""
        try:
            return facts_of(policies, limit_s=self.limit_s)
        except PolicyNotEvaluated:
            return Facts.of_lines(policies.modules)

    def capabilities(self) -> bytes:
        """OPA's capabilities without impure built-ins and without network. Raises PolicyNotEvaluated."""
        if not self._capabilities:
            done = self._run(["capabilities", "--current"])
            try:
                known = parse_json_object(done.stdout, where="opa capabilities")
            except MalformedInput as error:
                raise _broken(f"capabilities: {error.message}") from None
            pure = [b for b in known.get("builtins", []) if not b.get("nondeterministic") and b["name"] not in IMPURE]
            self._capabilities = canonical_json({**known, "builtins": pure, "allow_net": []})
        return self._capabilities

    def _evaluate(self, policies: PolicySet, given: Given) -> Answers:
        facts = self.facts(policies)
        wanted = [(rule, kind) for rule in policies.rules for kind in facts.sets(rule)]
        with tempfile.TemporaryDirectory(prefix="supplychain-opa-") as name:
            folder = Path(name)
            write_set(folder, policies, given.canonical, self.capabilities())
            found = self._ask(folder, wanted, facts)
        answers: dict[str, dict[str, Any]] = {}
        for (rule, kind), value in zip(wanted, found, strict=True):
            answers.setdefault(rule, {})[kind] = value
        return answers

    def _ask(self, folder: Path, wanted: Sequence[tuple[str, str]], facts: Facts) -> list[Any]:
        """The value of every set. Alone a set is asked for only to find which one does not end or is undefined."""
        query = "; ".join(f"x{i} := {ROOT}.{rule}.{kind}" for i, (rule, kind) in enumerate(wanted))
        try:
            body = self._eval(folder, query, self.limit_s)
        except PolicyNotEvaluated as error:
            if error.code != "POLICY_TIMEOUT":
                raise
            for one in wanted if len(wanted) > 1 else ():
                try:
                    self._eval(folder, f"x0 := {ROOT}.{one[0]}.{one[1]}", self.limit_s / 4)
                except PolicyNotEvaluated:
                    raise timed_out(place_of(*one, facts), self.limit_s) from None
            raise timed_out(place_of(*wanted[0], facts), self.limit_s) from None
        result = body.get("result")
        if not result:
            for one in wanted:
                if not self._eval(folder, f"x0 := {ROOT}.{one[0]}.{one[1]}", self.limit_s).get("result"):
                    raise undefined(*one, facts)
            raise _broken("an undefined result without an undefined rule")
        return [result[0]["bindings"][f"x{i}"] for i in range(len(wanted))]

    def _eval(self, folder: Path, query: str, limit_s: float) -> dict[str, Any]:
        words = ["eval", "--format", "json", "--strict-builtin-errors", "--capabilities", "capabilities.json"]
        words += ["--timeout", f"{max(1, round(limit_s * 1000))}ms", "--data", "set", "--input", "input.json", query]
        done = self._run(words, cwd=folder)
        try:
            body = parse_json_object(done.stdout, where="opa eval")
        except MalformedInput as error:
            raise _broken(f"{error.message}; {done.error_tail()}") from None
        if body.get("errors"):
            raise _told(body["errors"][0], limit_s)
        if done.code != 0:
            raise _broken(f"exit {done.code}: {done.error_tail()}")
        return body

    def _run(self, words: list[str], cwd: Path | None = None) -> Completed:
        try:
            return run([self._program, *words], cwd=cwd, timeout_s=self.limit_s + 5, own_first=False)
        except ToolFailed as error:
            if error.code == "TIME_LIMIT":
                raise timed_out(" ".join(words[:1]), self.limit_s) from None
            raise PolicyNotEvaluated(
                "the engine cannot be started",
                code="ENGINE_MISSING",
                where=self._program,
                found=error.message,
                hint="install opa, or use the default engine, regorus",
            ) from None


def write_set(folder: Path, policies: PolicySet, document: bytes, capabilities: bytes) -> None:
    """Write everything one evaluation reads: `set/`, `input.json`, `capabilities.json`."""
    for path, source in policies.modules:
        file = folder / "set" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    (folder / "set" / "data.json").write_bytes(canonical_json({"profile": dict(policies.profile)}))
    (folder / "input.json").write_bytes(document)
    (folder / "capabilities.json").write_bytes(capabilities)


def _told(error: Mapping[str, Any], limit_s: float) -> PolicyNotEvaluated:
    place = error.get("location") or {}
    file = str(place.get("file", "")).removeprefix("set/")
    where = f"{file}:{place.get('row', 0)}" if file else ""
    message = str(error.get("message", ""))
    if error.get("code") == _CANCELLED:
        return timed_out(where, limit_s)
    if "undefined function" in message:
        return PolicyNotEvaluated(
            f"the policy calls what is not allowed or not known here: {message}",
            code="BUILTIN_REFUSED",
            where=where,
            expected="a function of this policy set, or a pure built-in of OPA",
            hint="the clock is input.at; fetch nothing; see docs/policies.md for the list",
        )
    return PolicyNotEvaluated(
        "the rules could not be evaluated", code="POLICY_FAILED", where=where, found=message, hint="mend the policy"
    )


def _broken(found: str) -> PolicyNotEvaluated:
    return PolicyNotEvaluated(
        "the engine gave no answer that can be read",
        code="ENGINE_FAILED",
        where="opa",
        found=found[:300],
        hint="run `opa version`; 1.0 or newer is needed",
    )

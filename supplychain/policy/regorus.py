"""The default engine: regorus (https://github.com/microsoft/regorus), in a companion process. Rego v1 only.

The companion (`regorus_worker.py`) starts once for this process and keeps compiled policy sets. What hangs, crashes or
eats memory there ends there, and is told as CANNOT-TELL with the rule that was being evaluated.

Before a policy set is evaluated its syntax tree is read (`facts.py`): regorus would find an unknown function only when
it reaches the call, and a rule that is never reached never denies.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated, ToolFailed
from supplychain.policy.engine import TIME_LIMIT_S, Engine, timed_out
from supplychain.policy.facts import ROOT, Facts
from supplychain.policy.policy_set import PolicySet
from supplychain.process import Companion

_WORKER = Path(__file__).with_name("regorus_worker.py")
_KEPT = 32


@lru_cache(maxsize=4)
def _facts_of(answer: bytes) -> Facts:
    """What the companion tells of modules; the same for every profile over them."""
    return Facts.parse(json.loads(answer))


class Conversation:
    """Requests to the one companion of this process, in turn; a companion that died is replaced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._companion: Companion | None = None
        self._facts: OrderedDict[str, Facts] = OrderedDict()

    def load(self, modules: Sequence[tuple[str, str]], data: bytes, key: str, limit_s: float) -> Facts:
        """Compile a policy set unless it is there already; what is known of it.

        Raises:
            PolicyNotEvaluated: `POLICY_FAILED` with file and line, `POLICY_TIMEOUT` or `POLICY_CRASHED`.
        """
        with self._lock:
            if not self._alive() or key not in self._facts:
                body = json.dumps({"modules": [list(m) for m in modules], "data": data.decode("utf-8")}).encode()
                head, answer, reached = self._request({"do": "load", "key": key}, body, limit_s)
                if head is None:
                    raise self._died(modules[max(reached, 0)][0] if modules else "", limit_s)
                if "error" in head:
                    raise failed("the policy cannot be parsed", head.get("where", ""), head["error"])
                self._facts[key] = _facts_of(answer)
                while len(self._facts) > _KEPT:
                    self._facts.popitem(last=False)
            self._facts.move_to_end(key)
            return self._facts[key]

    def request(self, ask: dict[str, Any], body: bytes, limit_s: float) -> tuple[dict[str, Any], bytes]:
        """Ask and wait. Raises PolicyNotEvaluated as `load`; `where` is the path that was being evaluated."""
        with self._lock:
            head, answer, reached = self._request(ask, body, limit_s)
            if head is None:
                raise self._died(ask["paths"][reached] if reached >= 0 else "policies", limit_s)
            return head, answer

    def end(self) -> None:
        """End the companion."""
        with self._lock:
            if self._companion is not None and self._companion.owner == os.getpid():
                self._companion.end()
            self._companion = None
            self._facts.clear()

    def _alive(self) -> bool:
        return self._companion is not None and self._companion.owner == os.getpid()

    def _request(self, ask: dict[str, Any], body: bytes, limit_s: float) -> tuple[dict[str, Any] | None, bytes, int]:
        if not self._alive():
            self._facts.clear()
            try:
                self._companion = Companion([sys.executable, "-I", str(_WORKER)])
            except ToolFailed as error:
                raise PolicyNotEvaluated(error.message, code="ENGINE_MISSING", where=error.where) from error
        companion = self._companion
        assert companion is not None  # noqa: S101 - made above
        companion.send(json.dumps({**ask, "size": len(body), "limit_s": limit_s}).encode() + b"\n", body)
        line = companion.line()
        reached = companion.reached()
        if not line.endswith(b"\n"):
            return None, b"", reached
        head: dict[str, Any] = json.loads(line)
        answer = companion.read(head["size"])
        return (head if len(answer) == head["size"] else None), answer, reached

    def _died(self, where: str, limit_s: float) -> PolicyNotEvaluated:
        companion, self._companion = self._companion, None
        self._facts.clear()
        code = companion.end() if companion else 0
        if code == -signal.SIGALRM:
            return timed_out(where, limit_s)
        return PolicyNotEvaluated(
            "the engine crashed on the policy",
            code="POLICY_CRASHED",
            where=where,
            found=f"exit {code}" if code >= 0 else f"signal {-code}",
            hint="it nests too deep, or needs more memory than 4 GiB; make it smaller",
        )


TALK = Conversation()
"""The conversation of this process."""
atexit.register(TALK.end)


class Regorus(Engine):
    """Evaluates in the companion; compiled policy sets are kept there by digest."""

    def __init__(self, *, limit_s: float = TIME_LIMIT_S) -> None:
        super().__init__(limit_s=limit_s)
        self._checked: Facts | None = None

    @property
    def name(self) -> str:
        """`regorus <version>`."""
        return f"regorus {metadata.version('gordon-to-regorus')}"

    def facts(self, policies: PolicySet) -> Facts:
        """Parse, or what was parsed before; refuse calls it must not make."""
        facts = facts_of(policies, limit_s=self.limit_s)
        if facts is not self._checked:
            facts.check_calls()
            self._checked = facts
        return facts

    def _evaluate(self, policies: PolicySet, document: bytes) -> Mapping[str, Mapping[str, Any]]:
        facts = self.facts(policies)
        wanted = [(rule, kind) for rule in policies.rules for kind in facts.sets(rule)]
        paths = [f"{ROOT}.{rule}.{kind}" for rule, kind in wanted]
        ask = {"do": "ask", "key": policies.digest.hex, "paths": paths}
        try:
            head, answer = TALK.request(ask, document, self.limit_s)
        except PolicyNotEvaluated as error:
            if error.where in paths:
                error.where = place_of(*wanted[paths.index(error.where)], facts)
            raise
        if "error" in head:
            raise failed("the rules could not be evaluated", policies.environment, head["error"])
        result = json.loads(answer).get("result", [])
        if len(result) != 1:
            raise self._undefined(policies, document, wanted, facts)
        answers: dict[str, dict[str, Any]] = {}
        for i, (rule, kind) in enumerate(wanted):
            answers.setdefault(rule, {})[kind] = result[0]["bindings"][f"x{i}"]
        return answers

    def _undefined(
        self, policies: PolicySet, document: bytes, wanted: list[tuple[str, str]], facts: Facts
    ) -> PolicyNotEvaluated:
        """Which of the sets is undefined: asked one by one, for a query of all says only that one is."""
        for rule, kind in wanted:
            ask = {"do": "ask", "key": policies.digest.hex, "paths": [f"{ROOT}.{rule}.{kind}"]}
            head, answer = TALK.request(ask, document, self.limit_s)
            if "error" in head or not json.loads(answer).get("result"):
                break
        return undefined(rule, kind, facts)


def facts_of(policies: PolicySet, *, limit_s: float = TIME_LIMIT_S) -> Facts:
    """What is known of a policy set (see `Conversation.load` for errors)."""
    data = canonical_json({"profile": dict(policies.profile)})
    return TALK.load(policies.modules, data, policies.digest.hex, limit_s)


def place_of(rule: str, kind: str, facts: Facts) -> str:
    """A set of a rule by name and by file and line."""
    return f"{rule}.{kind} ({facts.places(rule, kind)})"


def undefined(rule: str, kind: str, facts: Facts) -> PolicyNotEvaluated:
    """A set that is no set."""
    return PolicyNotEvaluated(
        "a rule gave no answer",
        code="RULE_UNDEFINED",
        where=facts.places(rule, kind),
        expected="a set, which is empty where nothing fires: deny contains violation if …",
        found=f"{rule}.{kind} is undefined",
    )


def failed(message: str, where: str, error: str) -> PolicyNotEvaluated:
    """What regorus said, with the place it names."""
    lines = error.splitlines()
    place = next((line.removeprefix("-->").strip() for line in lines if line.startswith("-->")), where)
    reason = next((line.strip() for line in lines if line.startswith("error:")), error[:200])
    return PolicyNotEvaluated(message, code="POLICY_FAILED", where=place, found=reason, hint="mend the policy")

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
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated, ToolFailed
from supplychain.policy.engine import TIME_LIMIT_S, Answers, Engine, Given, PlainAnswers, timed_out
from supplychain.policy.facts import ROOT, Facts
from supplychain.policy.policy_set import PolicySet
from supplychain.process import Companion

_WORKER = Path(__file__).with_name("regorus_worker.py")
_KEPT = 32
_LARGE = 50_000
"""Bytes of an answer from which on a quicker reader is worth its import."""
_PLAIN = (1e-4, 1e16)
"""Fractions that are written without an exponent by everybody."""


@lru_cache(maxsize=4)
def _facts_of(answer: bytes) -> Facts:
    """What the companion tells of modules; the same for every profile over them."""
    return Facts.parse(json.loads(answer))


@lru_cache(maxsize=1)
def _version() -> str:
    return metadata.version("gordon-to-regorus")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Loaded:
    facts: Facts
    asked: tuple[str, ...]
    """Full names of the sets that the companion gives when it is asked for no path."""


class Conversation:
    """Requests to the one companion of this process, in turn; a companion that died is replaced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._companion: Companion | None = None
        self._loaded: OrderedDict[str, _Loaded] = OrderedDict()

    def begin(self) -> None:
        """Start the companion, without waiting for it. Raises PolicyNotEvaluated (`ENGINE_MISSING`)."""
        with self._lock:
            self._start()

    def load(self, modules: Sequence[tuple[str, str]], data: bytes, key: str, limit_s: float) -> Facts:
        """Compile a policy set unless it is there already; what is known of it.

        Raises:
            PolicyNotEvaluated: `POLICY_FAILED` with file and line, `POLICY_TIMEOUT` or `POLICY_CRASHED`.
        """
        with self._lock:
            if not self._alive() or key not in self._loaded:
                body = json.dumps({"modules": [list(m) for m in modules], "data": data.decode("utf-8")}).encode()
                head, answer, reached = self._request({"do": "load", "key": key}, body, limit_s)
                if head is None:
                    raise self._died(modules[max(reached, 0)][0] if modules else "", limit_s)
                if "error" in head:
                    raise failed("the policy cannot be parsed", head.get("where", ""), head["error"])
                self._loaded[key] = _Loaded(facts=_facts_of(answer), asked=tuple(head["asked"]))
                while len(self._loaded) > _KEPT:
                    self._loaded.popitem(last=False)
            self._loaded.move_to_end(key)
            return self._loaded[key].facts

    def known(self, key: str) -> Facts | None:
        """What is known of a policy set that is loaded."""
        with self._lock:
            if not self._alive() or key not in self._loaded:
                return None
            self._loaded.move_to_end(key)
            return self._loaded[key].facts

    def request(self, ask: dict[str, Any], body: bytes, limit_s: float) -> tuple[dict[str, Any], bytes]:
        """Ask and wait. Raises PolicyNotEvaluated as `load`; `where` is the path that was being evaluated."""
        with self._lock:
            head, answer, reached = self._request(ask, body, limit_s)
            if head is None:
                raise self._died(ask["paths"][reached] if reached >= 0 else "policies", limit_s)
            return head, answer

    def values(self, key: str, paths: Sequence[str], given: Given, limit_s: float) -> tuple[dict[str, Any], bytes]:
        """The values of sets over an input, in their order, as `regorus_worker` gives them. Raises as `request`."""
        with self._lock:
            loaded = self._loaded.get(key)
            ask = {"do": "ask", "key": key}
            usual = loaded is not None and loaded.asked == tuple(paths)
            self._send(ask if usual else {**ask, "paths": paths}, given.text, limit_s)
            try:
                _ = given.canonical  # while the companion works
            except BaseException:
                self._drop()  # its answer would be taken for the next one's
                raise
            head, answer, reached = self._received()
            if head is None:
                raise self._died(paths[reached] if reached >= 0 else "policies", limit_s)
            return head, answer

    def end(self) -> None:
        """End the companion."""
        with self._lock:
            if self._companion is not None and self._companion.owner == os.getpid():
                self._companion.end()
            self._companion = None
            self._loaded.clear()

    def _alive(self) -> bool:
        return self._companion is not None and self._companion.owner == os.getpid()

    def _request(self, ask: dict[str, Any], body: bytes, limit_s: float) -> tuple[dict[str, Any] | None, bytes, int]:
        self._send(ask, body, limit_s)
        return self._received()

    def _start(self) -> None:
        if not self._alive():
            self._loaded.clear()
            try:
                self._companion = Companion([sys.executable, "-I", str(_WORKER)])
            except ToolFailed as error:
                raise PolicyNotEvaluated(error.message, code="ENGINE_MISSING", where=error.where) from error

    def _send(self, ask: dict[str, Any], body: bytes, limit_s: float) -> None:
        self._start()
        companion = self._companion
        assert companion is not None  # noqa: S101 - made above
        companion.send(json.dumps({**ask, "size": len(body), "limit_s": limit_s}).encode() + b"\n", body)

    def _received(self) -> tuple[dict[str, Any] | None, bytes, int]:
        companion = self._companion
        assert companion is not None  # noqa: S101 - it was asked
        line = companion.line()
        reached = companion.reached()
        if not line.endswith(b"\n"):
            return None, b"", reached
        head: dict[str, Any] = json.loads(line)
        answer = companion.read(head["size"])
        return (head if len(answer) == head["size"] else None), answer, reached

    def _drop(self) -> int:
        """End the companion, whatever it does; its exit code."""
        companion, self._companion = self._companion, None
        self._loaded.clear()
        return companion.end() if companion else 0

    def _died(self, where: str, limit_s: float) -> PolicyNotEvaluated:
        code = self._drop()
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
        return f"regorus {_version()}"

    def facts(self, policies: PolicySet) -> Facts:
        """Parse, or what was parsed before; refuse calls it must not make."""
        facts = facts_of(policies, limit_s=self.limit_s)
        if facts is not self._checked:
            facts.check_calls()
            self._checked = facts
        return facts

    def _evaluate(self, policies: PolicySet, given: Given) -> Answers:
        facts = self.facts(policies)
        wanted = [(rule, kind) for rule in policies.rules for kind in facts.sets(rule)]
        paths = [f"{ROOT}.{rule}.{kind}" for rule, kind in wanted]
        try:
            head, answer = TALK.values(policies.digest.hex, paths, given, self.limit_s)
        except PolicyNotEvaluated as error:
            if error.where in paths:
                error.where = place_of(*wanted[paths.index(error.where)], facts)
            raise
        if "error" in head:
            raise failed("the rules could not be evaluated", policies.environment, head["error"])
        if not answer:
            raise self._undefined(policies, given, wanted, facts)
        members, plain = _members(answer)
        answers: dict[str, dict[str, Any]] = PlainAnswers() if plain else {}
        for (rule, kind), found in zip(wanted, members, strict=True):
            answers.setdefault(rule, {})[kind] = found
        return answers

    def _undefined(
        self, policies: PolicySet, given: Given, wanted: list[tuple[str, str]], facts: Facts
    ) -> PolicyNotEvaluated:
        """Which of the sets is undefined: asked one by one, for an answer of all says only that one is."""
        for rule, kind in wanted:
            head, answer = TALK.values(policies.digest.hex, [f"{ROOT}.{rule}.{kind}"], given, self.limit_s)
            if "error" in head or not answer:
                break
        return undefined(rule, kind, facts)


def _members(answer: bytes) -> tuple[list[Any], bool]:
    """The sets of an answer, and whether every number in it is written in one way alone (`PlainAnswers`)."""
    if len(answer) < _LARGE:
        return json.loads(answer), False
    import msgspec

    odd: list[str] = []

    def fraction(text: str) -> float:
        value = float(text)
        if value and not _PLAIN[0] <= abs(value) < _PLAIN[1]:
            odd.append(text)
        return value

    members: list[Any] = msgspec.json.Decoder(list[Any], float_hook=fraction).decode(answer)
    return members, not odd


def facts_of(policies: PolicySet, *, limit_s: float = TIME_LIMIT_S) -> Facts:
    """What is known of a policy set (see `Conversation.load` for errors)."""
    known = TALK.known(policies.digest.hex)
    if known is not None:
        return known
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

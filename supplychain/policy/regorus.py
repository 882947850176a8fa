"""The default engine: regorus, in process (https://github.com/microsoft/regorus). Rego v1 only.

Before a policy set is evaluated its syntax tree is read: every function it calls must be one of its own or a built-in
that is known to be pure and to answer as OPA does. regorus would find an unknown function only when it reaches the
call, and a rule that is never reached never denies; here the policy is refused when loaded, with file and line.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from importlib import metadata
from typing import TYPE_CHECKING, Any

from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.builtins import PURE
from supplychain.policy.engine import SETS, Engine
from supplychain.policy.policy_set import PolicySet

if TYPE_CHECKING:
    import regorus

_ROOT = "data.supplychain"
_KEPT = 16


class Regorus(Engine):
    """Evaluates in this process; compiled policy sets are kept by digest."""

    def __init__(self) -> None:
        self._compiled: OrderedDict[str, tuple[regorus.Engine, dict[str, tuple[str, ...]]]] = OrderedDict()

    @property
    def name(self) -> str:
        """`regorus <version>`."""
        return f"regorus {metadata.version('gordon-to-regorus')}"

    def _evaluate(self, policies: PolicySet, document: bytes) -> Mapping[str, Mapping[str, Any]]:
        template, sets = self._compile(policies)
        wanted = [(rule, kind) for rule in policies.rules for kind in sets[rule]]
        # One query for all sets: the engine keeps what it has evaluated within a query. A path a line: lines are short.
        query = "\n".join(f"x{i} := {_ROOT}.{rule}.{kind}" for i, (rule, kind) in enumerate(wanted))
        engine = template.clone()
        try:
            engine.set_input_json(document.decode("utf-8"))
            result = json.loads(engine.eval_query_as_json(query)).get("result", [])
        except RuntimeError as error:
            raise _failed("the rules could not be evaluated", policies.environment, error) from None
        if len(result) != 1:
            raise PolicyNotEvaluated(
                "a rule gave no answer",
                code="RULE_UNDEFINED",
                where=policies.environment,
                expected="sets, which are empty where nothing fires: deny contains violation if …",
                found=f"an undefined one among {', '.join(f'{rule}.{kind}' for rule, kind in wanted)}"[:300],
            )
        answers: dict[str, dict[str, Any]] = {}
        for i, (rule, kind) in enumerate(wanted):
            answers.setdefault(rule, {})[kind] = result[0]["bindings"][f"x{i}"]
        return answers

    def _compile(self, policies: PolicySet) -> tuple[regorus.Engine, dict[str, tuple[str, ...]]]:
        key = policies.digest.hex
        if key not in self._compiled:
            self._compiled[key] = _compile(policies)
            while len(self._compiled) > _KEPT:
                self._compiled.popitem(last=False)
        return self._compiled[key]


def _compile(policies: PolicySet) -> tuple[regorus.Engine, dict[str, tuple[str, ...]]]:
    import regorus

    engine = regorus.Engine()
    for path, source in policies.modules:
        try:
            engine.add_policy(path, source)
        except RuntimeError as error:
            raise _failed("the policy cannot be parsed", path, error) from None
    parsed = json.loads(engine.get_ast_as_json())
    modules = [{**module["ast"], "source": module["source"]["contents"]} for module in parsed]
    _check_calls(list(zip((path for path, _ in policies.modules), modules, strict=True)))
    engine.add_data_json(canonical_json({"profile": dict(policies.profile)}).decode("utf-8"))
    defined: dict[str, set[str]] = {}
    for module in modules:
        defined.setdefault(_package(module), set()).update(_rule_names(module))
    sets = {rule: tuple(k for k in SETS if k in defined.get(f"{_ROOT}.{rule}", ())) for rule in policies.rules}
    for rule, kinds in sets.items():
        if not kinds:
            raise PolicyNotEvaluated(
                "a rule of the profile is not there",
                code="RULE_MISSING",
                where=rule,
                expected=f"package supplychain.{rule} with a set {', '.join(SETS)}",
                hint="add the rule, or take it out of the profile",
            )
    first = policies.rules[0]
    try:
        engine.eval_rule_as_json(f"{_ROOT}.{first}.{sets[first][0]}")  # analyses once what every clone then shares
    except RuntimeError as error:
        raise _failed("the policy cannot be evaluated", first, error) from None
    return engine, sets


def _check_calls(modules: list[tuple[str, Any]]) -> None:
    """Refuse every call that is neither a function of the set nor a pure built-in."""
    own = {f"{_package(module)}.{name}" for _, module in modules for name in _rule_names(module)}
    for path, module in modules:
        package = _package(module)
        aliases = dict(_imports(module))
        for call in _calls(module["rules"]):
            name, line = _called(call["fcn"]), _line(call["fcn"])
            head, _, rest = name.partition(".")
            full = f"{aliases[head]}.{rest}" if head in aliases else name
            if full in own or (head not in aliases and (f"{package}.{name}" in own or name in PURE)):
                continue
            raise PolicyNotEvaluated(
                f"the policy calls {name}, which is not allowed or not known here",
                code="BUILTIN_REFUSED",
                where=f"{path}:{line}",
                expected="a function of this policy set, or a pure built-in this engine answers as OPA does",
                hint="the clock is input.at; fetch nothing; see docs/policies.md for the list",
            )


def _calls(node: Any) -> Iterator[dict[str, Any]]:
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            if "Call" in item:
                yield item["Call"]
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)


def _imports(module: Any) -> Iterator[tuple[str, str]]:
    for item in module["imports"]:
        full = _reference(item["refr"])
        alias = item.get("as")
        if full.startswith("data."):
            yield (_text(module, alias) if alias else full.rpartition(".")[2]), full


def _text(module: Any, span: Any) -> str:
    """The word a bare span stands for: the syntax tree gives its place, the source its letters."""
    source: str = module["source"]
    return source.encode("utf-8")[span["start"] : span["end"]].decode("utf-8")


def _package(module: Any) -> str:
    return f"data.{_reference(module['package']['refr'])}"


def _rule_names(module: Any) -> Iterator[str]:
    for rule in module["rules"]:
        spec = rule.get("Spec", {}).get("head") or rule.get("Default") or {}
        for head in (spec, *spec.values()) if "refr" not in spec else (spec,):
            if isinstance(head, dict) and "refr" in head:
                yield _reference(head["refr"])


def _reference(node: Any) -> str:
    if "Var" in node:
        return str(node["Var"]["value"])
    if "RefDot" in node:
        return f"{_reference(node['RefDot']['refr'])}.{node['RefDot']['field'][1]}"
    if "RefBrack" in node:
        return _reference(node["RefBrack"]["refr"])
    return "?"


def _called(node: Any) -> str:
    """The name a call is made by. In brackets (`time["now_ns"]()`) it is none that is allowed: dots say the same."""
    if "RefDot" in node:
        return f"{_called(node['RefDot']['refr'])}.{node['RefDot']['field'][1]}"
    return f"{_called(node['RefBrack']['refr'])}[…]" if "RefBrack" in node else _reference(node)


def _line(node: Any) -> int:
    while isinstance(node, dict) and "span" not in node:
        node = next(iter(node.values()))
    return int(node["span"]["line"]) if isinstance(node, dict) else 0


def _failed(message: str, where: str, error: RuntimeError) -> PolicyNotEvaluated:
    text = str(error).split("Stack backtrace")[0].strip()
    place = next((line.removeprefix("-->").strip() for line in text.splitlines() if line.startswith("-->")), where)
    reason = next((line.strip() for line in text.splitlines() if line.startswith("error:")), text[:200])
    return PolicyNotEvaluated(message, code="POLICY_FAILED", where=place, found=reason, hint="mend the policy")

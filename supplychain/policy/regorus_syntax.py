"""What the companion reads of a Rego syntax tree as regorus gives it: names spelled out, and the facts of a module.

Loaded by its path by `regorus_worker.py`, so it imports nothing of this package.
"""

# ruff: noqa: ANN401 - syntax trees have no type

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MATCHING = frozenset({"SomeIn", "Func", "AssignExpr"})
"""Nodes in which a pattern can stand."""
_LEAVES = frozenset({"Var", "String", "RawString", "Number", "Bool", "Null"})
_READING = frozenset({"RefDot", "RefBrack", "Array"})
"""Nodes that read a field, or are a path to one."""
_WORD = re.compile(r"[a-z][a-z-]{2,30}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class Refused(Exception):  # noqa: N818 - never leaves this module
    """What is wrong, and in which file."""


def trees_of(engine: Any) -> list[Any]:
    """The syntax trees of an engine's modules, in their order, each with its source as `text`."""
    return [{**m["ast"], "text": m["source"]["contents"]} for m in json.loads(engine.get_ast_as_json())]


def spelled_out(path: str, module: Any) -> str:
    """The source with every name of an import replaced by what it stands for, on the same lines.

    regorus loses such a name: a function that reads a rule by an imported name is undefined where its caller has just
    read a rule of the function's package by an imported name. A rule would silently not fire.
    """
    source: bytes = module["text"].encode("utf-8")
    names = {name: full.encode() for name, full in _imports(module)}
    places: list[tuple[int, int, bytes]] = []
    stack: list[Any] = [module["rules"]]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(item for item in node if isinstance(item, (dict, list)))
            continue
        check_pattern(path, node)
        for name, span in _bound(node, source):
            if name in names:
                place = f"--> {path}:{span['line']}:{span['col']}"
                raise Refused(f"{place}\nerror: {name} is the name of an import: call the variable otherwise", path)
        if "Var" in node and node["Var"]["value"] in names:
            places.append((node["Var"]["span"]["start"], node["Var"]["span"]["end"], names[node["Var"]["value"]]))
        stack.extend(value for _, value in _below(node))
    for start, end, full in sorted(places, reverse=True):
        source = source[:start] + full + source[end:]
    return source.decode("utf-8")


def _bound(node: dict[str, Any], source: bytes) -> Iterator[tuple[str, Any]]:
    """The variables that a node binds, and where."""
    every = node.get("Every") or {}
    for span in (*(node.get("SomeVars") or {}).get("vars", ()), every.get("key"), every.get("value")):
        if span:
            yield source[span["start"] : span["end"]].decode("utf-8"), span
    some, given, equal = (node.get(kind) or {} for kind in ("SomeIn", "Func", "AssignExpr"))
    stack = [
        some.get("key"),
        some.get("value"),
        given.get("args"),
        equal.get("lhs") if equal.get("op") == "ColEq" else 0,
    ]
    while stack:
        inside = stack.pop()
        if isinstance(inside, dict) and "Var" in inside:
            yield inside["Var"]["value"], inside["Var"]["span"]
        stack.extend(inside.values() if isinstance(inside, dict) else inside if isinstance(inside, list) else ())


def check_pattern(path: str, node: Any) -> None:
    """Refuse a node of a tree that regorus would match otherwise than OPA."""
    if not _MATCHING.isdisjoint(node) and (line := _pattern(node)):
        raise Refused(f"--> {path}:{line}\nerror: an object as a pattern, which OPA matches only key for key", path)


def words_of(facts: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, str]] | None:
    """Package to rule to one word that stands for it among all packages; None: some name does not allow it."""
    found: dict[str, dict[str, str]] = {}
    for module in facts:
        root, *parts = module["package"].split(".")
        names = [head.split(".")[0] for head, _ in module["rules"]]
        if root != "data" or not parts or not all(_NAME.fullmatch(part) for part in (*parts, *names)):
            return None
        short = "_".join(parts[1:] if parts[0] == "supplychain" and len(parts) > 1 else parts)
        found.setdefault(module["package"], {}).update({name: f"{short}__{name}" for name in names})
    every = [word for rules in found.values() for word in rules.values()]
    return found if len(set(every)) == len(every) else None


def _below(node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What hangs below a node of a syntax tree and may hold further nodes."""
    return ((key, value) for key, value in node.items() if key != "span" and isinstance(value, (dict, list)))


def _pattern(node: Any) -> int:
    """The line of an object to be matched that binds variables, else 0: regorus also takes objects with more keys."""
    some, given, equal = (node.get(kind) or {} for kind in ("SomeIn", "Func", "AssignExpr"))
    sides = [equal.get("lhs"), equal.get("rhs") if equal.get("op") != "ColEq" else None]
    for side in (some.get("key"), some.get("value"), *(given.get("args") or ()), *sides):
        if side and '"Object"' in (text := json.dumps(side)) and '"Var"' in text:
            return _line(side)
    return 0


def facts_of(path: str, module: Any) -> dict[str, Any]:
    """What a check needs of a syntax tree: package, imports, rule heads, calls, and what it reads of the input."""
    calls: list[tuple[str, int, str]] = []
    reads: list[tuple[list[str], int]] = []
    words: set[str] = set()
    moved: list[int] = []
    named = _Named()
    for kind, node, read in _terms(module["rules"]):
        inner = node[kind]
        named.see(kind, node)
        if kind in _READING and _reads_moved(node):
            moved.append(_line(node))
        if kind == "Call":
            calls.append((_called(inner["fcn"]), _line(inner["fcn"]), _constant(inner["params"])))
        elif read:
            reads.append((read, _line(node)))
        elif kind == "String" and isinstance(inner["value"], str) and _WORD.fullmatch(inner["value"]):
            words.add(inner["value"])
    return {
        "path": path,
        "package": f"data.{_reference(module['package']['refr'])}",
        "imports": dict(_imports(module)),
        "rules": list(_heads(module)),
        "calls": calls,
        "reads": reads,
        "words": sorted(words),
        "moved": moved,
        "functions": named.functions,
        "names": named.names,
    }


class _Named:
    """Functions that a module defines, and names in it that neither are called nor define, each with a node of it."""

    def __init__(self) -> None:
        self.functions: list[str] = []
        self.names: dict[str, Any] = {}
        self._apart: set[int] = set()

    def see(self, kind: str, node: Any) -> None:
        """Look at a node, before those below it."""
        if kind == "Call":
            self._apart.add(id(node["Call"]["fcn"]))
        elif kind in ("Func", "Default"):
            self._apart.add(id(node[kind]["refr"]))
            if kind == "Func":
                self.functions.append(_reference(node["Func"]["refr"]))
        elif kind in ("Var", "RefDot") and id(node) not in self._apart:
            self.names[_called(node)] = node


def check_names(facts: Sequence[dict[str, Any]], trees: Sequence[Any]) -> None:
    """Refuse a function that is named and not called: to regorus it has no value, and a rule would silently not fire.

    Takes `functions` and `names` out of the facts of all modules, which nobody else needs.
    """
    functions = {f"{known['package']}.{name}" for known in facts for name in known.pop("functions")}
    for known, module in zip(facts, trees, strict=True):
        path, imports = known["path"], known["imports"]
        for name, node in known.pop("names").items():
            head, _, rest = name.partition(".")
            first = "data" if head == "data" else imports.get(head, f"{known['package']}.{head}")
            if (f"{first}.{rest}" if rest else first) in functions and not _may_be_another(name, module):
                raise Refused(f"--> {path}:{_line(node)}\nerror: {name} is a function, and is not called", path)


def _may_be_another(name: str, module: Any) -> bool:
    """Whether what a name begins with is bound anywhere in a module, or `with` may put it in another's place."""
    head, source, stack = name.partition(".")[0], module["text"].encode("utf-8"), [module["rules"]]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            if node.get("with_mods") or any(bound == head for bound, _ in _bound(node, source)):
                return True
            stack.extend(node.values())
        elif isinstance(node, list):
            stack.extend(node)
    return False


def _reads_moved(node: Any) -> bool:
    """Whether it reads `scanner.result`, which inputs have had in version 1 only, or gives that as a path."""
    if "Array" in node:
        names = [_named(item) for item in node["Array"]["items"]]
        return ("scanner", "result") in itertools.pairwise(names)
    below = (node.get("RefDot") or node["RefBrack"])["refr"]
    return _named(node) == "result" and "scanner" in (_named(below), below.get("Var", {}).get("value"))


def _named(node: Any) -> str:
    """The constant text that a node is, or that a reference ends with."""
    if "RefDot" in node:
        return str(node["RefDot"]["field"][1])
    text = node["RefBrack"]["index"] if "RefBrack" in node else node
    return str(next((text[kind]["value"] for kind in ("String", "RawString") if kind in text), ""))


def _terms(rules: Any) -> Iterator[tuple[str, Any, list[str] | None]]:
    """Every node of one kind, and the path into the input that it reads where an absence is not expected."""
    stack: list[tuple[Any, bool]] = [(rules, False)]
    while stack:
        node, excused = stack.pop()
        if isinstance(node, list):
            stack.extend([(item, excused) for item in node])
        elif isinstance(node, dict) and len(node) == 1:
            [(kind, inner)] = node.items()
            read = _input_path(node) if kind in ("RefDot", "RefBrack") else None
            yield kind, node, None if excused else read
            if kind not in _LEAVES:
                stack.append((inner, excused or kind == "NotExpr" or bool(read)))
        elif isinstance(node, dict):
            stack.extend([(v, excused or key == "with_mods") for key, v in node.items() if key != "span"])


def _constant(params: Any) -> str:
    first = params[0] if params else {}
    value = next((first[kind]["value"] for kind in ("String", "RawString") if kind in first), "")
    return value if isinstance(value, str) else ""


def _input_path(node: Any) -> list[str] | None:
    """The constant path of a reference into the input: `input.a["b"][_].c` gives a, b."""
    kind = next((k for k in ("RefDot", "RefBrack") if k in node), None)
    if kind is None:
        return None
    inner = node[kind]["refr"]
    if inner.get("Var", {}).get("value") == "input":
        before: list[str] | None = []
    else:
        before = _input_path(inner)
    if before is None or before[-1:] == ["*"]:
        return before
    if kind == "RefDot":
        return [*before, node[kind]["field"][1]]
    index = node[kind]["index"].get("String")
    return [*before, index["value"] if index else "*"]


def _imports(module: Any) -> Iterator[tuple[str, str]]:
    for item in module["imports"]:
        full = _reference(item["refr"])
        alias = item.get("as")
        if full.startswith("data."):
            # The tree gives the place of a bare span, the source its letters.
            name = module["text"].encode("utf-8")[alias["start"] : alias["end"]].decode("utf-8") if alias else ""
            yield (name or full.rpartition(".")[2]), full


def _heads(module: Any) -> Iterator[tuple[str, int]]:
    for rule in module["rules"]:
        spec = rule.get("Spec", {}).get("head") or rule.get("Default") or {}
        for head in (spec, *spec.values()) if "refr" not in spec else (spec,):
            if isinstance(head, dict) and "refr" in head:
                yield _reference(head["refr"]), _line(head)


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

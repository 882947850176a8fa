"""The other side of `regorus.py`: regorus in a process of its own, which may hang, crash or run out of memory alone.

Run by its path, so it imports nothing of this package. A request is one line of JSON and `size` bytes after it, an
answer the same; `#3` before an answer says that the third path is being evaluated. The kernel ends the process when a
request takes longer than its `limit_s` (SIGALRM), even inside the engine: an endless comprehension, or text built to be
slow to parse, ends as a death that the asker sees.
"""

# ruff: noqa: ANN401 - syntax trees and JSON values have no type

from __future__ import annotations

import json
import re
import resource
import signal
import sys
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

_KEPT = 32
_MEMORY = 4 << 30
"""Most bytes of address space: a policy that builds a list without end dies instead of the machine."""
Answer = tuple[dict[str, Any], bytes]


class Worker:
    """Compiled policy sets, by key."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, Any] = OrderedDict()
        self._warm: dict[str, Any] = {}
        """A clone of each that has answered, which is quicker to ask again than a new one."""

    def load(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Parse and keep a policy set; answers with the facts of its modules."""
        given = json.loads(body)
        modules = given["modules"]
        try:
            trees = _trees(_parsed(modules))
            engine = _parsed([(path, _spelled_out(path, m)) for (path, _), m in zip(modules, trees, strict=True)])
        except _Refused as error:
            return {"error": error.args[0], "where": error.args[1]}, b""
        engine.add_data_json(given["data"])
        engine.add_extension("supplychain.progress", 1, _progress)
        facts = [_facts(path, m) for (path, _), m in zip(modules, trees, strict=True)]
        engine.add_policy("supplychain.progress", "package supplychain_progress\n\nready := true\n")
        try:
            engine.eval_rule_as_json("data.supplychain_progress.ready")  # analyses once what every clone then shares
        except RuntimeError as error:
            return {"error": _text(error), "where": ""}, b""
        self._engines[ask["key"]] = engine
        self._warm.pop(ask["key"], None)
        while len(self._engines) > _KEPT:
            self._warm.pop(self._engines.popitem(last=False)[0], None)
        return {"ok": True}, json.dumps(facts).encode()

    def ask(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Evaluate paths over an input, as one query: the engine keeps what it has evaluated within a query."""
        key = ask["key"]
        self._engines.move_to_end(key)
        engine = self._warm.pop(key, None) or self._engines[key].clone()
        paths = ask["paths"]
        query = "\n".join(f"t{i} := supplychain.progress({i})\nx{i} := {path}" for i, path in enumerate(paths))
        try:
            engine.set_input_json(body.decode("utf-8"))
            answer = engine.eval_query_as_json(query).encode()
        except RuntimeError as error:
            return {"error": _text(error)}, b""
        self._warm[key] = engine  # one that failed is not asked again
        return {"ok": True}, answer

    def test(self, ask: dict[str, Any], body: bytes) -> Answer:  # noqa: ARG002 - the shape of a request
        """Evaluate test rules one by one, with coverage when asked for."""
        engine = self._engines[ask["key"]].clone()
        engine.set_enable_coverage(bool(ask.get("coverage")))
        results: dict[str, Any] = {}
        for i, path in enumerate(ask["paths"]):
            _progress(i)
            try:
                results[path] = json.loads(engine.eval_rule_as_json(path))
            except (RuntimeError, ValueError) as error:
                results[path] = {"error": _text(error)}
        report = json.loads(engine.get_coverage_report_as_json()) if ask.get("coverage") else None
        return {"ok": True}, json.dumps({"results": results, "coverage": report}).encode()

    def value(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Evaluate one query by itself, without a policy set."""
        import regorus

        engine = regorus.Engine()
        try:
            engine.add_policy("query.rego", body.decode("utf-8"))
            return {"ok": True}, engine.eval_rule_as_json(ask["paths"][0]).encode()
        except RuntimeError as error:
            return {"error": _text(error)}, b""


def _progress(index: Any) -> Any:
    sys.stdout.buffer.write(b"#%d\n" % int(index))
    sys.stdout.buffer.flush()
    return index


def _text(error: BaseException) -> str:
    return str(error).split("Stack backtrace")[0].strip()


class _Refused(Exception):  # noqa: N818 - never leaves this module
    """What is wrong, and in which file."""


def _parsed(modules: list[Any]) -> Any:
    import regorus

    engine = regorus.Engine()
    for i, (path, source) in enumerate(modules):
        _progress(i)
        try:
            engine.add_policy(path, source)
        except RuntimeError as error:
            raise _Refused(_text(error), path) from None
    return engine


def _spelled_out(path: str, module: Any) -> str:
    """The source with every name of an import replaced by what it stands for, on the same lines.

    regorus loses such a name: a function that reads a rule by an imported name is undefined where its caller has just
    read a rule of the function's package by an imported name. A rule would silently not fire.
    """
    source: bytes = module["text"].encode("utf-8")
    names = {name: full.encode() for name, full in _imports(module)}
    places: list[tuple[int, int, bytes]] = []
    stack: list[tuple[Any, bool]] = [(module["rules"], False)]
    while stack:
        node, is_base = stack.pop()
        if isinstance(node, list):
            stack.extend((item, False) for item in node)
        if not isinstance(node, dict):
            continue
        if line := _pattern(node):
            raise _Refused(
                f"--> {path}:{line}\nerror: an object as a pattern, which OPA matches only key for key", path
            )
        name = node.get("Var", {}).get("value")
        if name in names:
            span = node["Var"]["span"]
            if not is_base:
                place = f"--> {path}:{span['line']}:{span['col']}"
                raise _Refused(f"{place}\nerror: {name} is the name of an import: call the variable otherwise", path)
            places.append((span["start"], span["end"], names[name]))
        refers = "field" in node or "index" in node
        stack.extend((value, refers and key == "refr") for key, value in node.items())
    for start, end, full in sorted(places, reverse=True):
        source = source[:start] + full + source[end:]
    return source.decode("utf-8")


def _pattern(node: Any) -> int:
    """The line of an object to be matched that binds variables, else 0: regorus also takes objects with more keys."""
    some, given, equal = (node.get(kind) or {} for kind in ("SomeIn", "Func", "AssignExpr"))
    sides = [equal.get("lhs"), equal.get("rhs") if equal.get("op") != "ColEq" else None]
    for side in (some.get("key"), some.get("value"), *(given.get("args") or ()), *sides):
        if side and '"Object"' in (text := json.dumps(side)) and '"Var"' in text:
            return _line(side)
    return 0


def _trees(engine: Any) -> list[Any]:
    return [{**m["ast"], "text": m["source"]["contents"]} for m in json.loads(engine.get_ast_as_json())]


def _facts(path: str, module: Any) -> dict[str, Any]:
    """What a check needs of a syntax tree: package, imports, rule heads, calls, and what it reads of the input."""
    calls: list[tuple[str, int, str]] = []
    reads: list[tuple[list[str], int]] = []
    words: set[str] = set()
    stack: list[tuple[Any, bool]] = [(module["rules"], False)]
    while stack:
        node, excused = stack.pop()
        if isinstance(node, list):
            stack.extend((item, excused) for item in node)
        if not isinstance(node, dict):
            continue
        if "Call" in node:
            calls.append((_called(node["Call"]["fcn"]), _line(node["Call"]["fcn"]), _constant(node["Call"]["params"])))
        read = _input_path(node)
        if read and not excused:
            reads.append((read, _line(node)))
        text = node.get("String", {}).get("value", "")
        if isinstance(text, str) and re.fullmatch(r"[a-z][a-z-]{2,30}", text):
            words.add(text)
        for key, value in node.items():
            inner = excused or key == "NotExpr" or key == "with_mods" or (read is not None and len(read) > 0)
            stack.append((value, inner))
    return {
        "path": path,
        "package": f"data.{_reference(module['package']['refr'])}",
        "imports": dict(_imports(module)),
        "rules": list(_heads(module)),
        "calls": calls,
        "reads": reads,
        "words": sorted(words),
    }


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


def main() -> None:
    """Answer until standard input closes."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    worker = Worker()
    given, told = sys.stdin.buffer, sys.stdout.buffer
    while line := given.readline():
        ask = json.loads(line)
        body = given.read(ask["size"])
        signal.setitimer(signal.ITIMER_REAL, ask["limit_s"])
        head: dict[str, Any]
        try:
            head, data = getattr(worker, ask["do"])(ask, body)
        except BaseException as error:  # noqa: BLE001 - a panic of the engine is no Exception, and must be an answer
            head, data = {"error": f"error: the engine failed: {_text(error)[:200]}"}, b""
        signal.setitimer(signal.ITIMER_REAL, 0)
        told.write(json.dumps({**head, "size": len(data)}).encode() + b"\n" + data)
        told.flush()


if __name__ == "__main__":
    main()

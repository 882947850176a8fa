"""The other side of `regorus.py`: regorus in a process of its own, which may hang, crash or run out of memory alone.

Run by its path, so it imports nothing of this package but `regorus_syntax.py`, by path too. A request is one line of
JSON and `size` bytes after it, an answer the same; how many paths have been begun is written to a file (`Companion`).
The kernel ends the process when a request takes longer than its `limit_s` (SIGALRM), even inside the engine: an
endless comprehension, or text built to be slow to parse, ends as a death that the asker sees.
"""

# ruff: noqa: ANN401 - syntax trees and JSON values have no type

from __future__ import annotations

import hashlib
import json
import os
import resource
import signal
import sys
from collections import OrderedDict
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any


def _beside(name: str) -> Any:
    """A module of this folder, by its path: the folder itself must not be searched, it has a `regorus.py`."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None  # noqa: S101 - the file is one of ours
    assert spec.loader is not None  # noqa: S101 - as above
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


syntax = _beside("regorus_syntax")
_MARK = int(sys.argv[1])
_KEPT = 32
_KEPT_SOURCES = 4
_MEMORY = 4 << 30
"""Most bytes of address space: a policy that builds a list without end dies instead of the machine."""
Answer = tuple[dict[str, Any], bytes]


class Worker:
    """Compiled policy sets, by key."""

    def __init__(self) -> None:
        self._engines: OrderedDict[str, Any] = OrderedDict()
        self._sources: OrderedDict[str, tuple[Any, bytes]] = OrderedDict()
        """Parsed modules without data, and their facts, by the digest of the modules: profiles share them."""
        self._warm: dict[str, Any] = {}
        """A clone of each that has answered, which is quicker to ask again than a new one."""

    def load(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Parse and keep a policy set; answers with the facts of its modules."""
        given = json.loads(body)
        try:
            parsed, facts = self._read(given["modules"])
        except syntax.Refused as error:
            return {"error": error.args[0], "where": error.args[1]}, b""
        engine = parsed.clone()
        engine.add_data_json(given["data"])
        try:
            engine.eval_rule_as_json("data.supplychain_progress.ready")  # analyses once what every clone then shares
        except RuntimeError as error:
            return {"error": _text(error), "where": ""}, b""
        self._engines[ask["key"]] = engine
        self._warm.pop(ask["key"], None)
        while len(self._engines) > _KEPT:
            self._warm.pop(self._engines.popitem(last=False)[0], None)
        return {"ok": True}, facts

    def _read(self, modules: list[Any]) -> tuple[Any, bytes]:
        """Parse modules, or take what was parsed before: the engine without data, and the facts as JSON."""
        digest = hashlib.sha256(json.dumps(modules).encode()).hexdigest()
        if digest not in self._sources:
            trees = syntax.trees_of(_parsed(modules))
            engine = _parsed([(path, syntax.spelled_out(path, m)) for (path, _), m in zip(modules, trees, strict=True)])
            engine.add_extension("supplychain.progress", 1, _progress)
            engine.add_policy("supplychain.progress", "package supplychain_progress\n\nready := true\n")
            facts = [syntax.facts_of(path, m) for (path, _), m in zip(modules, trees, strict=True)]
            self._sources[digest] = engine, json.dumps(facts).encode()
            while len(self._sources) > _KEPT_SOURCES:
                self._sources.popitem(last=False)
        self._sources.move_to_end(digest)
        return self._sources[digest]

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
    os.pwrite(_MARK, b"%-8d" % int(index), 0)
    return index


def _text(error: BaseException) -> str:
    return str(error).split("Stack backtrace")[0].strip()


def _parsed(modules: list[Any]) -> Any:
    import regorus

    engine = regorus.Engine()
    for i, (path, source) in enumerate(modules):
        _progress(i)
        try:
            engine.add_policy(path, source)
        except RuntimeError as error:
            raise syntax.Refused(_text(error), path) from None
    return engine


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

"""The other side of `regorus.py`: regorus in a process of its own, which may hang, crash or run out of memory alone.

Run by its path, so it imports nothing of this package but `regorus_syntax.py` and `regorus_flat.py`, by path too. A
request is one line of JSON and `size` bytes after it, an answer the same; how many paths have been begun is written to
a file (`Companion`).
The kernel ends the process when a request takes longer than its `limit_s` (SIGALRM), even inside the engine: an
endless comprehension, or text built to be slow to parse, ends as a death that the asker sees.
"""

# ruff: noqa: ANN401 - syntax trees and JSON values have no type

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import os
import re
import resource
import signal
import sys
from collections import OrderedDict
from contextlib import suppress
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
flat = _beside("regorus_flat")
_MARK = int(sys.argv[1])
_KEPT = 32
_KEPT_SOURCES = 4
_MEMORY = 4 << 30
"""Most bytes of address space: a policy that builds a list without end dies instead of the machine."""
_SETS = ("deny", "cannot_tell", "warn")
_CONSTANTS = "supplychain.constants"
_LONGEST = 900
"""Bytes of a value that is written out: regorus reads no line of more than 1024."""
_UNDEFINED = '"<undefined>"'
"""How regorus writes what has no value; no set of a rule is this text."""
Answer = tuple[dict[str, Any], bytes]


class Source:
    """Parsed modules without data."""

    def __init__(self, modules: list[Any], *, as_one: bool) -> None:
        """Parse and rewrite. `as_one`: as one package, where that can be. Raises what `syntax` refuses."""
        self._paths = paths = [path for path, _ in modules]
        trees = syntax.trees_of(_parsed(modules))
        facts = [syntax.facts_of(path, tree) for path, tree in zip(paths, trees, strict=True)]
        syntax.check_names(facts, trees)
        words = syntax.words_of(facts) if as_one else None
        short = flat.flattened(trees, facts, words, syntax.check_pattern) if words is not None else None
        self.package = "supplychain_asked"
        """Where to write what reads the rules."""
        self.names: dict[str, str] = {}
        """What a rule is called here, by its full name, where that is another."""
        self._constants: dict[str, tuple[str, str, int]] = {}
        """Each call that no input changes, to its word, and the file and line where it stands first."""
        self.engine: Any = None
        if short is not None:
            with suppress(syntax.Refused):  # a name may have grown beyond the longest line that regorus reads
                self.engine = _parsed(list(zip(paths, short.sources, strict=True)))
                self.names, self._constants, self.package = short.names, short.constants, flat.PACKAGE
        if self.engine is None:
            sources = [syntax.spelled_out(path, tree) for path, tree in zip(paths, trees, strict=True)]
            self.engine = _parsed(list(zip(paths, sources, strict=True)))
        self.engine.add_extension("supplychain.progress", 1, _progress)
        self._packages = {
            known["path"]: known["package"].removeprefix("data.supplychain.").split(".")[0] for known in facts
        }
        self.facts = json.dumps(facts).encode()
        self.defined = {f"{module['package']}.{name}" for module in facts for name, _ in module["rules"]}

    def with_data(self, data: str) -> tuple[Any, list[str]]:
        """An engine for one profile, and what it answers to `_all`: the sets that the profile's rules define."""
        profile = json.loads(data).get("profile", {})
        rules = [rule for rule in profile.get("rules", ()) if isinstance(rule, str)]
        every = [f"data.supplychain.{rule}.{kind}" for rule in rules for kind in _SETS]
        paths = [path for path in every if path in self.defined]
        constants = {word: call for call, (word, _, _) in self._constants.items()}
        if constants:
            engine = self._with(data, constants, [])
            for call, (word, path, _) in self._constants.items():
                if self._packages[path] in ("lib", *rules):  # of other files they are worked out where they are asked
                    _progress(self._paths.index(path))
                    constants[word] = _value(engine, f"data.{self.package}.{word}") or call
        return self._with(data, constants, paths), paths

    def _with(self, data: str, constants: dict[str, str], paths: list[str]) -> Any:
        engine = self.engine.clone()
        engine.add_data_json(data)
        lines = [f"{word} := {value}" for word, value in constants.items()]
        engine.add_policy(_CONSTANTS, "\n".join([f"package {self.package}", *lines, "_ready := true", ""]))
        if paths:
            engine.add_policy(
                "supplychain.asked", _all_of(self.package, [self.names.get(path, path) for path in paths])
            )
        engine.eval_rule(f"data.{self.package}._ready")  # analyses once what every clone then shares
        return engine

    def told(self, error: BaseException) -> str:
        """What regorus says, with the place in the files of the policy."""
        places = [f"{path}:{line}" for _, path, line in self._constants.values()]
        return re.sub(rf"{re.escape(_CONSTANTS)}:([0-9]+)", lambda found: places[int(found[1]) - 2], _text(error))


class Loaded:
    """A compiled policy set."""

    def __init__(self, source: Source, engine: Any) -> None:
        self.source = source
        self.engine = engine
        self.warm: Any = None
        """A clone that has answered, which is quicker to ask again than a new one."""


class Worker:
    """Compiled policy sets, by key."""

    def __init__(self) -> None:
        self._sets: OrderedDict[str, Loaded] = OrderedDict()
        self._sources: OrderedDict[str, Source] = OrderedDict()
        """By the digest of the modules: profiles share them."""

    def load(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Parse and keep a policy set; answers with the facts of its modules."""
        given = json.loads(body)
        try:
            source = self._read(given["modules"], as_one="profile" in json.loads(given["data"]))
        except syntax.Refused as error:
            return {"error": error.args[0], "where": error.args[1]}, b""
        try:
            engine, asked = source.with_data(given["data"])
        except RuntimeError as error:
            return {"error": source.told(error), "where": ""}, b""
        self._sets[ask["key"]] = Loaded(source, engine)
        while len(self._sets) > _KEPT:
            self._sets.popitem(last=False)
        return {"asked": asked}, source.facts

    def _read(self, modules: list[Any], *, as_one: bool) -> Source:
        """Parse modules, or take what was parsed before. Tests, which have no profile, see the files as they are."""
        digest = hashlib.sha256(json.dumps([modules, as_one]).encode()).hexdigest()
        if digest not in self._sources:
            gc.disable()  # trees are large, and hold no circles
            try:
                self._sources[digest] = Source(modules, as_one=as_one)
            finally:
                gc.enable()
            while len(self._sources) > _KEPT_SOURCES:
                self._sources.popitem(last=False)
        self._sources.move_to_end(digest)
        return self._sources[digest]

    def ask(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Evaluate over an input what the profile asks for, or `paths`.

        The answer is a list in the order of the paths; empty when one of them is undefined.
        """
        key = ask["key"]
        self._sets.move_to_end(key)
        loaded = self._sets[key]
        engine, loaded.warm = loaded.warm or loaded.engine.clone(), None
        try:
            engine.set_input_json(body.decode("utf-8"))
            if "paths" in ask:
                found = [_one(engine, i, loaded.source.names.get(path, path)) for i, path in enumerate(ask["paths"])]
                answer = "" if _UNDEFINED in found else f"[{','.join(found)}]"
            else:
                answer = engine.eval_rule(f"data.{loaded.source.package}._all") or ""
        except RuntimeError as error:
            return {"error": loaded.source.told(error)}, b""
        loaded.warm = engine  # one that failed is not asked again
        return {}, answer.encode()

    def test(self, ask: dict[str, Any], body: bytes) -> Answer:  # noqa: ARG002 - the shape of a request
        """Evaluate test rules one by one, with coverage when asked for."""
        loaded = self._sets[ask["key"]]
        engine = loaded.engine.clone()
        engine.set_enable_coverage(bool(ask.get("coverage")))
        results: dict[str, Any] = {}
        for i, path in enumerate(ask["paths"]):
            try:
                results[path] = json.loads(_one(engine, i, loaded.source.names.get(path, path)))
            except (RuntimeError, ValueError) as error:
                results[path] = {"error": loaded.source.told(error)}
        report = json.loads(engine.get_coverage_report_as_json()) if ask.get("coverage") else None
        return {}, json.dumps({"results": results, "coverage": report}).encode()

    def value(self, ask: dict[str, Any], body: bytes) -> Answer:
        """Evaluate one query by itself, without a policy set."""
        import regorus

        engine = regorus.Engine()
        try:
            engine.add_policy("query.rego", body.decode("utf-8"))
            return {}, engine.eval_rule_as_json(ask["paths"][0]).encode()
        except RuntimeError as error:
            return {"error": _text(error)}, b""


def _all_of(package: str, paths: list[str]) -> str:
    """A module that reads paths in turn, says how far it is, and gives their values as one text.

    Compiled with the others: a query would be parsed and put in order for every input.
    """
    short = [path.removeprefix(f"data.{package}.") for path in paths]
    steps = "".join(f"\tsupplychain.progress({i})\n\tx{i} := {path}\n" for i, path in enumerate(short))
    values = ",\n".join(f"x{i}" for i in range(len(paths)))
    return f"package {package}\n\n_all := json.marshal([{values}]) if {{\n{steps}}}\n"


def _value(engine: Any, path: str) -> str:
    """The value of a rule as Rego; empty where it has none, or none that is sure to read the same."""
    try:
        value = engine.eval_rule(path)
        text = _written(value) if value is not None else engine.eval_rule_as_json(path)
    except (RuntimeError, TypeError, ValueError):  # it throws; or it is a set that Python cannot hold; or see below
        return ""
    if text == _UNDEFINED:
        return ""
    return text if len(text.encode()) < _LONGEST else ""


def _written(value: Any) -> str:
    if isinstance(value, (dict, set, frozenset)) and bool in map(type, value):
        raise ValueError("to Python true is 1: one of the two may be lost")
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_written(key)}: {_written(item)}' for key, item in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_written, value)))}}}" if value else "set()"
    if value is None or isinstance(value, (str, bool, int)):
        return json.dumps(value, ensure_ascii=False)
    raise ValueError("a fraction may be written in many ways")


def _one(engine: Any, index: int, path: str) -> str:
    _progress(index)
    return str(engine.eval_rule_as_json(path))


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
    importlib.import_module("regorus")  # before it is asked for
    worker = Worker()
    given, told = sys.stdin.buffer, sys.stdout.buffer
    while line := given.readline():
        ask = json.loads(line)
        body = given.read(ask["size"])
        signal.setitimer(signal.ITIMER_REAL, ask["limit_s"])
        try:
            head, data = getattr(worker, ask["do"])(ask, body)
        except BaseException as error:  # noqa: BLE001 - a panic of the engine is no Exception, and must be an answer
            head, data = {"error": f"error: the engine failed: {_text(error)[:200]}"}, b""
        signal.setitimer(signal.ITIMER_REAL, 0)
        told.write(json.dumps({**head, "size": len(data)}).encode() + b"\n" + data)
        told.flush()


if __name__ == "__main__":
    main()

"""Many Rego packages written as one, for regorus: the same files and lines, shorter names, the same answers sooner.

regorus puts the full name of a rule together anew, part by part, whenever a rule is read or a function called, and
looks through every file when a rule of another package is read. In one package a rule is one word: `shape.text(…)`
becomes `lib_shape__text(…)`. What cannot be written so stays as it is.

A call that no input can change, such as of a threshold, becomes a word as well: its value is worked out once for each
profile (`regorus_worker.py`).

Loaded by its path by `regorus_worker.py`, so it imports nothing of this package.
"""

# ruff: noqa: ANN401 - syntax trees have no type

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

PACKAGE, CONSTANT = "policies", "_constant"
"""The one package; and what the words for what no input changes begin with."""
_LONGEST = 500
"""Bytes of a call that becomes a constant: regorus reads no line of more than 1024."""
_PLAIN_IMPORTS = ("rego", "future")
_LITERALS = frozenset({"String", "RawString", "Number", "Bool", "Null"})
_BINDING = frozenset({"SomeIn", "AssignExpr", "SomeVars", "Every", "Func"})
_NAMES = """
    array.concat array.slice concat contains count endswith glob.match is_array is_boolean is_null is_number is_object
    is_set is_string lower max min object.get object.keys object.remove object.union regex.match sort sprintf startswith
    sum time.parse_rfc3339_ns upper
"""
_QUIET = frozenset(_NAMES.split())
"""Built-ins that may be reached before anybody has looked for those that must not: quick, and about nothing outside."""


Check = Callable[[str, Any], None]
Names = Mapping[str, Mapping[str, str]]
Place = tuple[str, str, int]
"""The word of a constant, and the file and line where it stands first."""


class _Unfit(Exception):  # noqa: N818 - never leaves this module
    pass


class Flat:
    """The files in their order, and what became of the names."""

    def __init__(self, modules: Sequence[Module], names: Names) -> None:
        pure = _pure(modules)
        self.constants: dict[str, Place] = {}
        """Each call that no input changes."""
        self.sources = [module.written(pure, self.constants) for module in modules]
        self.names = {f"{p}.{n}": f"data.{PACKAGE}.{word}" for p, rules in names.items() for n, word in rules.items()}
        """The new full name of each rule by its old one."""


def flattened(trees: Sequence[Any], facts: Sequence[Mapping[str, Any]], names: Names, check: Check) -> Flat | None:
    """Write modules as one package; None where they use what that would change: `with`, a package as a value.

    Args:
        trees: From `regorus_syntax.trees_of`.
        facts: From `regorus_syntax.facts_of`, in the same order.
        names: From `regorus_syntax.words_of`.
        check: Sees the path and each node of the tree, and raises what it refuses.
    """
    try:
        modules = [Module(tree, known, names, check) for tree, known in zip(trees, facts, strict=True)]
    except _Unfit:
        return None
    taken = set().union(*(module.variables for module in modules))
    words = {word for rules in names.values() for word in rules.values()}
    ours = any(word in ("_all", "_ready") or word.startswith(CONSTANT) for word in taken)
    clash = ours or not taken.isdisjoint(words) or any(path.split(".")[1] == PACKAGE for path in names)
    return None if clash else Flat(modules, names)


def _pure(modules: Sequence[Module]) -> dict[str, int]:
    """Words of what reads no input, by itself or by what it reads, and how many arguments each takes."""
    reads: dict[str, set[str]] = {}
    for module in modules:
        for word, read in module.reads:
            reads.setdefault(word, set()).update(read)
    impure = {""} | {word for module in modules for _, read in module.reads for word in read if word not in reads}
    while more := {word for word, read in reads.items() if word not in impure and not read.isdisjoint(impure)}:
        impure |= more
    arguments = {word: number for module in modules for word, number in module.arguments.items()}
    return {word: arguments.get(word, 0) for word in reads.keys() - impure}


class Module:
    """One file on its way into the one package."""

    def __init__(self, tree: Any, facts: Mapping[str, Any], names: Names, check: Check) -> None:
        self.variables: set[str] = set()
        self.reads: list[tuple[str, set[str]]] = []
        """The word that a rule defines, and the words it reads; the empty one stands for the input."""
        self.arguments: dict[str, int] = {}
        self._path, self._package = facts["path"], facts["package"]
        self._source: bytes = tree["text"].encode("utf-8")
        self._imports: Mapping[str, str] = facts["imports"]
        self._own = names[facts["package"]]
        self._names = names
        self._check = check
        self._bound: set[str] = set()
        self._calls: list[Any] = []
        self._spots: list[tuple[int, int, str]] = []
        """First byte, byte after the last, and what is to stand there."""
        if not self._own.keys().isdisjoint(self._imports):
            raise _Unfit
        self._head(tree)
        for rule in tree["rules"]:
            self._read: set[str] = set()
            head = rule.get("Spec", {}).get("head") or rule.get("Default") or {}
            self._rule(rule)
            self.reads.append((self._defined(head), self._read))

    def written(self, pure: Mapping[str, int], constants: dict[str, Place]) -> str:
        """The source with its new names. `constants` takes in the calls that no input changes."""
        spots = sorted(self._spots)
        last = 0
        for call in sorted(self._calls, key=lambda call: (call["span"]["start"], -call["span"]["end"])):
            start, end = call["span"]["start"], call["span"]["end"]
            if start < last or b"\n" in self._source[start:end] or not self._is_constant({"Call": call}, pure):
                continue
            inner = [spot for spot in spots if start <= spot[0] < end]
            text = self._changed(start, end, inner)
            if len(text.encode()) < _LONGEST:
                made = (f"{CONSTANT}{len(constants)}", self._path, call["span"]["line"])
                word = constants.setdefault(text, made)[0]
                spots = sorted([spot for spot in spots if spot not in inner] + [(start, end, word)])
                last = end
        return self._changed(0, len(self._source), spots)

    def _changed(self, start: int, end: int, spots: Sequence[tuple[int, int, str]]) -> str:
        parts = []
        for first, after, word in spots:
            parts += [self._source[start:first], word.encode()]
            start = after
        return b"".join([*parts, self._source[start:end]]).decode("utf-8")

    def _head(self, tree: Any) -> None:
        span = tree["package"]["span"]
        if f"data.{self._text(span).split()[-1]}" != self._package:  # in brackets
            raise _Unfit
        self._spots.append((span["start"], span["end"], f"package {PACKAGE}"))
        for item in tree["imports"]:
            full = self._text(item["span"]).split()[1]
            if full.startswith("data."):
                self._spots.append((item["span"]["start"], item["span"]["end"], ""))
            elif full.split(".")[0] not in _PLAIN_IMPORTS:
                raise _Unfit

    def _defined(self, head: Any) -> str:
        head = head if "refr" in head else next(iter(head.values()))
        self._bind(head.get("args"))
        node = head["refr"]
        while "Var" not in node:
            node = next(iter(node.values()))["refr"]
        word = self._own[node["Var"]["value"]]
        if head.get("args"):
            self.arguments[word] = len(head["args"])
        return word

    def _rule(self, rule: Any) -> None:
        stack: list[Any] = [rule]
        while stack:
            node = stack.pop()
            if isinstance(node, dict):
                stack.extend(self._term(node) if len(node) == 1 else [v for k, v in node.items() if k != "span"])
                if node.get("with_mods"):
                    raise _Unfit
            elif isinstance(node, list):
                stack.extend(node)

    def _term(self, node: Any) -> Sequence[Any]:
        """Look at a node of one kind; what is still to be looked at."""
        [(kind, inner)] = node.items()
        if kind == "Var":
            self._variable(inner)
        if kind == "Var" or kind in _LITERALS:
            return ()
        if kind in ("RefDot", "RefBrack"):
            return self._reference(node)
        if kind == "Call":
            self._calls.append(inner)
            if not self._word(inner["fcn"]) and self._text(next(iter(inner["fcn"].values()))["span"]) not in _QUIET:
                self._read.add("")
        elif kind in _BINDING:
            self._check(self._path, node)
            self._scope(node)
        return (inner,)

    def _scope(self, node: Any) -> None:
        """A name that is bound anywhere in the file is no constant there."""
        if "SomeIn" in node:
            self._bind([node["SomeIn"].get("key"), node["SomeIn"].get("value")])
        elif "AssignExpr" in node:
            self._bind(node["AssignExpr"]["lhs"])
        elif "SomeVars" in node or "Every" in node:
            every = node.get("Every") or {}
            for span in (*(node.get("SomeVars") or {}).get("vars", ()), every.get("key"), every.get("value")):
                if span:
                    self._bound.add(self._text(span))
                    self._variable({"span": span, "value": self._text(span)})

    def _bind(self, pattern: Any) -> None:
        stack = [pattern]
        while stack:
            node = stack.pop()
            if isinstance(node, dict) and "Var" in node:
                self._bound.add(node["Var"]["value"])
            stack.extend(node.values() if isinstance(node, dict) else node if isinstance(node, list) else ())

    def _text(self, span: Any) -> str:
        return self._source[span["start"] : span["end"]].decode("utf-8")

    def _variable(self, var: Any) -> None:
        """A name by itself; an import by itself would be a package as a value, or is refused."""
        name = var["value"]
        self.variables.add(name)
        if name == "data" or name in self._imports:
            raise _Unfit
        if name == "input":
            self._read.add("")
        if name in self._own:
            self._read.add(self._own[name])
            self._spots.append((var["span"]["start"], var["span"]["end"], self._own[name]))

    def _parts(self, node: Any) -> tuple[Any, list[tuple[str, int]], list[Any]]:
        """What a reference begins with, its constant names each with its end, and what stands in brackets."""
        parts: list[tuple[str, int]] = []
        inner: list[Any] = []
        while "RefDot" in node or "RefBrack" in node:
            if "RefDot" in node:
                span, name = node["RefDot"]["field"]
                parts.append((name, span["end"]))
            else:
                index = node["RefBrack"]["index"]
                parts.append((index.get("String", {}).get("value", ""), node["RefBrack"]["span"]["end"]))
                inner.append(index)
            node = (node.get("RefDot") or node["RefBrack"])["refr"]
        return node, parts[::-1], inner

    def _resolved(self, var: Any, parts: Sequence[tuple[str, int]]) -> tuple[list[str], int]:
        """The full path of a reference into `data`, as far as a rule, and where that ends."""
        path, end = self._imports.get(var["value"], "data").split("."), var["span"]["end"]
        for name, after in parts:
            if self._known(path) or not name:
                break
            path, end = [*path, name], after
        return path, end

    def _known(self, path: Sequence[str]) -> str:
        """The one word of a full path to a rule."""
        return self._names.get(".".join(path[:-1]), {}).get(path[-1], "")

    def _reference(self, node: Any) -> list[Any]:
        """Give a reference its new name; what stands in its brackets is still to be looked at."""
        base, parts, inner = self._parts(node)
        if "Var" not in base:
            return [*inner, base]
        if base["Var"]["value"] != "data" and base["Var"]["value"] not in self._imports:
            self._variable(base["Var"])
            return inner
        path, end = self._resolved(base["Var"], parts)
        word, full = self._known(path), ".".join(path)
        if word:
            self._read.add(word)
        elif any(package == full or package.startswith(f"{full}.") for package in self._names):
            raise _Unfit
        self._spots.append((base["Var"]["span"]["start"], end, word or full))
        return inner

    def _word(self, node: Any) -> str:
        """The word of the rule or function that a reference begins with; empty: of none, or it may be a variable."""
        base, parts, _ = self._parts(node)
        name = base.get("Var", {}).get("value", "")
        if name == "data" or name in self._imports:
            return self._known(self._resolved(base["Var"], parts)[0])
        return "" if name in self._bound else self._own.get(name, "")

    def _is_constant(self, node: Any, pure: Mapping[str, int]) -> bool:
        """Whether a term has one value, whatever the input."""
        if not _LITERALS.isdisjoint(node):
            return True
        known = True
        if "Call" in node:
            terms = node["Call"]["params"]
            known = pure.get(self._word(node["Call"]["fcn"])) == len(terms)
        elif "Array" in node or "Set" in node:
            terms = (node.get("Array") or node["Set"])["items"]
        elif "Object" in node:
            terms = [term for _, key, value in node["Object"]["fields"] for term in (key, value)]
        else:
            terms, known = self._parts(node)[2], self._word(node) in pure
        return known and all(self._is_constant(term, pure) for term in terms)

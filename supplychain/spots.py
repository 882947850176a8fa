"""Where each value of a YAML text stands, so that one value can be changed and nothing else.

Walks the parser's events without building objects and without recursion; several documents in one file are told apart.
YAML 1.2, chapter 3.1 (the serialization tree).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from supplychain.errors import MalformedInput

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """One scalar value. Positions are indices into the decoded text."""

    document: int
    """Which document of the file, from 0."""
    path: Path
    """Keys and positions that lead to it."""
    value: str
    begin: int
    end: int
    line: int
    """From 1."""
    key_begin: int | None
    """Where its key begins; None: it stands in a list."""
    column: int
    """Of its key (of itself in a list), from 0."""
    inline: bool
    """Whether it stands in `{…}` or `[…]`."""


@dataclass(slots=True)
class _Level:
    mapping: bool
    inline: bool
    path: Path
    key: Any = None
    position: int = 0


@dataclass(slots=True)
class _Walk:
    where: str
    levels: list[_Level] = field(default_factory=list)
    document: int = -1

    def take(self, event: Any) -> Spot | None:  # noqa: ANN401 - see below
        """The spot of an event; None: it is no value."""
        import yaml

        match event:
            case yaml.DocumentStartEvent():
                self.document += 1
            case yaml.CollectionStartEvent():
                self.open(event, mapping=isinstance(event, yaml.MappingStartEvent))
            case yaml.CollectionEndEvent():
                self.levels.pop()
            case yaml.AliasEvent():
                line = event.start_mark.line + 1 if event.start_mark else 0
                raise _malformed("YAML_ALIAS", "aliases are not accepted", f"{self.where}:{line}")
            case yaml.ScalarEvent():
                return self.scalar(event)
            case _:
                pass
        return None

    def scalar(self, event: Any) -> Spot | None:  # noqa: ANN401 - an event of the parser, which has no types
        """The spot of a scalar event; None: it is a key."""
        level = self.levels[-1] if self.levels else _Level(mapping=False, inline=False, path=())
        if level.mapping and level.key is None:
            level.key = event
            return None
        path, key = self._step(level)
        mark = key.start_mark if key is not None else event.start_mark
        return Spot(
            document=self.document,
            path=path,
            value=event.value,
            begin=event.start_mark.index,
            end=event.end_mark.index,
            line=event.start_mark.line + 1,
            key_begin=key.start_mark.index if key is not None else None,
            column=mark.column,
            inline=level.inline,
        )

    def open(self, event: Any, *, mapping: bool) -> None:  # noqa: ANN401 - see above
        """A mapping or a list begins."""
        if len(self.levels) >= MAX_DEPTH:
            raise _malformed("YAML_TOO_DEEP", "nested too deep", f"{self.where}:{event.start_mark.line + 1}")
        path: Path = ()
        if self.levels:
            level = self.levels[-1]
            if level.mapping and level.key is None:
                raise _malformed("NOT_YAML", "a key that is no text", f"{self.where}:{event.start_mark.line + 1}")
            path, _ = self._step(level)
        self.levels.append(_Level(mapping=mapping, inline=bool(event.flow_style), path=path))

    @staticmethod
    def _step(level: _Level) -> tuple[Path, Any]:
        if level.mapping:
            key, level.key = level.key, None
            return (*level.path, str(key.value)), key
        level.position += 1
        return (*level.path, level.position - 1), None


def spots(text: str, *, where: str) -> tuple[Spot, ...]:
    """Every scalar value of a YAML text, in order.

    Raises:
        MalformedInput: Not YAML, too large, nested too deep, or with aliases (a change would reach further than seen).
    """
    if len(text) > MAX_BYTES:
        raise _malformed("TOO_LARGE", f"larger than {MAX_BYTES:,} characters", where)
    import yaml

    walk = _Walk(where)
    try:
        # Not the C parser: its marks count bytes, not characters.
        found = [walk.take(event) for event in yaml.parse(text, Loader=yaml.SafeLoader)]
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise _malformed("NOT_YAML", f"not YAML: {error.problem}", f"{where}{line}") from None
    except (yaml.YAMLError, ValueError) as error:
        raise _malformed("NOT_YAML", f"not YAML: {error}", where) from None
    return tuple(spot for spot in found if spot is not None)


def yaml_lines(data: bytes) -> dict[str, int]:
    """Where each value of a YAML document stands: its path (`rules[0].signers[1]`) to its line, counted from 1.

    For messages about a document that `encoding.parse_yaml` has accepted; of any other, what can be told.
    """
    import yaml

    found: dict[str, int] = {}
    try:
        level = [("", yaml.compose(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))]
    except (yaml.YAMLError, RecursionError):
        return found
    for _ in range(MAX_DEPTH):
        below = []
        for path, node in level:
            found.setdefault(path, _line(node))
            if isinstance(node, yaml.MappingNode):
                for key, value in node.value:
                    place = f"{path}.{key.value}" if path else str(key.value)
                    found.setdefault(place, _line(key))
                    below.append((place, value))
            elif isinstance(node, yaml.SequenceNode):
                below += [(f"{path}[{n}]", item) for n, item in enumerate(node.value)]
        level = below
    return found


def _line(node: Any) -> int:  # noqa: ANN401 - see above
    """The line of a node, counted from 1; 0 where there is none."""
    return int(getattr(getattr(node, "start_mark", None), "line", -1)) + 1


def _malformed(code: str, message: str, where: str) -> MalformedInput:
    return MalformedInput(message, code=code, where=where)

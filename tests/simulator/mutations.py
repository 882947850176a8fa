"""JSON documents with something wrong, or merely unusual, in them: what two readers of one format are compared over.

    strange(value, random, compact=True)   # bytes: the document, changed in a few places and spelt in odd ways
    one_change(value)                      # every value with one place left out, or of another kind

A change is a key that stands twice, is missing, is new or stands elsewhere; a value of another kind; a character spelt
as an escape; a text with one character changed; a number out of range; odd spaces; bytes that are no JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

VALUES = [
    "null",
    "true",
    "false",
    "5",
    "-1",
    "-0",
    "0.5",
    "1.0",
    "1e2",
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "12345678901234567890123",
    '""',
    '"x"',
    '"\\u0061"',
    '"\\ud800"',
    '"\\ud83d\\ude00"',
    '"é"',
    "[]",
    "{}",
    "[[]]",
    '{"a":1}',
    '{"a":1,"a":1}',
    '{"":""}',
    "[{}]",
    "[null]",
    '["x"]',
    '["x",5]',
    '"2026-11-20T23:00:00.5+01:00"',
    '"2026-13-20T23:00:00Z"',
    '"AA=="',
    '"AB=="',
    '"AAA"',
    '"A_=="',
    '"\\n"',
    '"\\/"',
    '"\x7f"',
]
KEYS = ("", "a", "name", "digest", "sha256", "sig", "keyid", "hint", "predicate", "mediaType", "payload", "baseline")
SPACES = ("", " ", "\n", "\t", "\r\n ", "  \n")
BYTES = (b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\xef\xbb\xbf", b"\0", b" ", b"}", b"{", b'"', b",", b"[" * 200)
OTHERS: tuple[Any, ...] = (
    *(
        None,
        True,
        0,
        5,
        0.5,
        "",
        "x",
        "2026-11-20T23:00:00.5+01:00",
        [],
        {},
        [5],
        ["x"],
        ["x", 5],
        [[]],
        [{}],
        [{"a": 1}],
    ),
    *({"a": 1}, {"id": "x"}, {"sha256": "0" * 64}, {"sha256": "0" * 64, "sha512": "0" * 128}, {"sha512": "0" * 128}),
    *({"sha1": "0" * 40}, {"sha256": "0" * 63}, {"sha256": "0" * 64, "a": 5}, [{"digest": {"sha256": "0" * 64}}, {}]),
)


@dataclass(slots=True)
class _Node:
    """An object (pairs), a list (items), or a text that stands for itself."""

    text: str = ""
    pairs: list[tuple[str, _Node]] | None = None
    items: list[_Node] | None = None


def strange(value: Any, random: Random, *, compact: bool) -> bytes:
    """A document like `value`, changed in nought to three places."""
    top = _node(value)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        _change(random.choice(list(_all(top))), random)
    between = SPACES if random.random() < 0.2 else ("",)
    data = _spell(top, random, between).encode("utf-8", "surrogatepass")
    if not compact and between == ("",) and random.random() < 0.8:
        data = _indented(data)
    if random.random() < 0.1:
        place = random.choice((0, len(data), random.randrange(len(data) + 1)))
        data = data[:place] + random.choice(BYTES) + data[place + random.randrange(2) :]
    return data


def one_change(value: Any) -> Iterator[Any]:
    """Every value that differs from `value` in one place: left out, stated twice in its list, or one of OTHERS."""
    yield from OTHERS
    if isinstance(value, dict):
        for key, item in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from ({**value, key: changed} for changed in one_change(item))
    if isinstance(value, list):
        yield [*value, *value]
        for place, item in enumerate(value):
            yield from ([*value[:place], changed, *value[place + 1 :]] for changed in one_change(item))


def _node(value: Any) -> _Node:
    if isinstance(value, dict):
        return _Node(pairs=[(json.dumps(key), _node(item)) for key, item in value.items()])
    if isinstance(value, list):
        return _Node(items=[_node(item) for item in value])
    return _Node(text=json.dumps(value, ensure_ascii=False))


def _all(node: _Node) -> list[_Node]:
    below = [item for _, item in node.pairs or []] + (node.items or [])
    return [node, *(found for item in below for found in _all(item))]


def _change(node: _Node, random: Random) -> None:
    if node.pairs and random.random() < 0.7:
        _change_pairs(node.pairs, random)
    elif node.items and random.random() < 0.5:
        random.choice((node.items.pop, lambda: node.items.append(node.items[0]), node.items.reverse))()
    elif node.text.startswith('"') and len(node.text) > 2 and random.random() < 0.6:
        node.text = _respelt(node.text, random)
    elif random.random() < 0.05:
        node.pairs, node.items, node.text = None, None, "[" * 101 + "]" * 101
    else:
        node.pairs, node.items, node.text = None, None, random.choice(VALUES)


def _change_pairs(pairs: list[tuple[str, _Node]], random: Random) -> None:
    place = random.randrange(len(pairs))
    key, value = pairs[place]
    match random.choice(["twice", "other", "escaped", "new", "missing", "moved", "renamed"]):
        case "twice":
            pairs.insert(random.randrange(len(pairs) + 1), (key, value))
        case "other":
            pairs.insert(random.randrange(len(pairs) + 1), (key, _Node(text=random.choice(VALUES))))
        case "escaped":
            pairs.insert(random.randrange(len(pairs) + 1), (_respelt(key, random), value))
        case "new":
            new = json.dumps(random.choice(KEYS)), _Node(text=random.choice(VALUES))
            pairs.insert(random.randrange(len(pairs) + 1), new)
        case "missing":
            del pairs[place]
        case "moved":
            random.shuffle(pairs)
        case _:
            pairs[place] = (_respelt(key, random), value)


def _respelt(text: str, random: Random) -> str:
    place = random.randrange(1, len(text))
    one = text[place] if place < len(text) - 1 else ""
    other = random.choice(
        (f"\\u{ord(one):04x}" if one else "=", f"\\u{ord(one or 'a'):04X}", "A", "=", "", "\\/", " ", "é")
    )
    return text[:place] + other + text[place + len(one) :]


def _spell(node: _Node, random: Random, between: tuple[str, ...]) -> str:
    def gap() -> str:
        return random.choice(between)

    if node.pairs is not None:
        inner = ",".join(
            f"{gap()}{key}{gap()}:{gap()}{_spell(item, random, between)}{gap()}" for key, item in node.pairs
        )
        return f"{{{inner}}}"
    if node.items is not None:
        return "[" + ",".join(f"{gap()}{_spell(item, random, between)}{gap()}" for item in node.items) + "]"
    return node.text


def _indented(data: bytes) -> bytes:
    """With the spaces of `pretty_json`, whatever stands twice."""
    import msgspec

    try:
        return msgspec.json.format(data, indent=2) + b"\n"
    except msgspec.DecodeError:
        return data

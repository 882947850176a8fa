"""Strict JSON, YAML and TOML in; canonical JSON and RFC 3339 times out.

Two readers of one document must never see two documents. So duplicate keys, `NaN` and infinities (`1e999` too), lone
surrogates, trailing bytes, excessive depth and YAML aliases are refused (RFC 8259 leaves them open; attackers use what
is left open).
Canonical JSON is RFC 8785 for the values this package writes: strings, integers, booleans, null, lists, objects.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from supplychain.errors import MalformedInput

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
MAX_DEPTH = 100
"""Deepest accepted nesting of lists and objects."""
MAX_BYTES = 64 * 1024 * 1024
"""Largest accepted document in bytes, unless a caller says otherwise."""
_WARM, _LARGE, _ASKED = 16, 100_000, itertools.count()
"""Documents, and characters of one, from which on another library is worth its import; how many there were."""


def parse_json(data: bytes, *, where: str, max_bytes: int = MAX_BYTES) -> Any:
    """Parse one JSON document strictly (RFC 8259, with its ambiguities refused).

    Args:
        data: UTF-8 bytes.
        where: Name of the file or digest, for the message.
        max_bytes: Largest accepted size in bytes.

    Raises:
        MalformedInput: Not JSON, or a duplicate key, a lone surrogate, `NaN`, too large or nested too deep.
    """
    if len(data) > max_bytes:
        raise _malformed("TOO_LARGE", "the JSON document is too large", where, f"at most {max_bytes:,} bytes")
    try:
        value = read_quickly(data, _codec()[0]) if is_warm(data) else None
        value = _read(data) if value is None else value
    except _DuplicateKey as error:
        raise _malformed("DUPLICATE_KEY", f"the key {error} stands twice in one object", where) from None
    except RecursionError:
        raise _too_deep(where) from None
    except UnicodeError as error:
        raise _malformed("NOT_UTF8", f"not valid UTF-8: {error}", where) from None
    except ValueError as error:
        raise _malformed("NOT_JSON", f"not JSON: {error}", where) from None
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _check_depth(value, where)
    return value


def parse_json_object(data: bytes, *, where: str, max_bytes: int = MAX_BYTES) -> dict[str, Any]:
    """Parse a JSON document whose top must be an object. Raises as `parse_json`."""
    value = parse_json(data, where=where, max_bytes=max_bytes)
    if not isinstance(value, dict):
        raise _malformed("NOT_AN_OBJECT", "the document is no JSON object", where, "an object", type(value).__name__)
    return value


def is_warm(data: bytes) -> bool:
    """Whether a quick reader is worth its import: much was read already, and the document is not too large for it."""
    return next(_ASKED) >= _WARM and len(data) < 80 * _LARGE


def read_quickly(data: bytes, decode: Callable[[bytes], T]) -> T | None:
    """Read faster where that proves enough; None: it is `null`, or `parse_json` has to look at it.

    What encodes to the very same bytes, spaces apart, has one reading: no key stands twice or is left out, and nothing
    is spelt in a second way, base64 included. `decode` is msgspec's, into JSON types or `msgspec.Struct`.
    """
    _, encode, compact, failures = _codec()
    try:
        value = decode(data)
        written = encode(value)
        return value if written == data or written == compact(data, indent=-1) else None
    except failures:
        return None


@functools.cache
def _codec() -> tuple[Callable[..., Any], Callable[..., bytes], Callable[..., bytes], tuple[type[Exception], ...]]:
    """Decode, encode, take out the spaces, and what they raise."""
    from msgspec import MsgspecError, json

    return json.decode, json.encode, json.format, (MsgspecError, ValueError, RecursionError)


def _read(data: bytes) -> Any:
    value = _DECODER.decode(data.decode("utf-8"))
    if b"\\ud" in data or b"\\uD" in data:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    return value


def canonical_json(value: object) -> bytes:
    """Encode a value as canonical JSON: sorted keys, no spaces, UTF-8 (RFC 8785 without floating point).

    Raises:
        ValueError: `NaN` or an infinity is in it.
    """
    return _CANONICAL.encode(value).encode("utf-8")


def pretty_json(value: object) -> bytes:
    """Encode a value for people: sorted keys, two spaces, a final newline."""
    compact = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if len(compact) < _LARGE:
        return json.dumps(value, sort_keys=True, indent=2, ensure_ascii=False).encode("utf-8") + b"\n"
    import msgspec  # the same bytes, many times faster than `indent`, for which the standard library leaves its C code

    return msgspec.json.format(compact.encode("utf-8"), indent=2) + b"\n"


def parse_yaml(data: bytes, *, where: str, max_bytes: int = 4 * 1024 * 1024) -> Any:
    """Parse one YAML document into JSON types only: no aliases, no duplicate keys; dates stay text.

    Raises:
        MalformedInput: Not YAML, or any of the above, a number JSON cannot hold, too large or nested too deep.
    """
    import yaml

    if len(data) > max_bytes:
        raise _malformed("TOO_LARGE", "the YAML document is too large", where, f"at most {max_bytes:,} bytes")
    try:
        loader = _yaml_loader(data.decode("utf-8"))
        depth = 0
        for event in yaml.parse(data, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(event, yaml.AliasEvent):
                raise _malformed("YAML_ALIAS", "aliases are not accepted", f"{where}:{_line(event.start_mark)}")
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _too_deep(where)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        place = f"{where}:{_line(error.problem_mark)}"
        raise _malformed("NOT_YAML", f"not YAML: {error.problem}", place) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _malformed("NOT_YAML", f"not YAML: {error}", where) from None
    except (IndexError, KeyError, TypeError, AttributeError):  # how PyYAML says that a tag does not fit its value
        raise _malformed("NOT_YAML", "not YAML: a value does not fit its tag", where) from None


def parse_toml(data: bytes, *, where: str) -> dict[str, Any]:
    """Parse a TOML 1.0 document.

    Raises:
        MalformedInput: Not UTF-8, not TOML or nested too deep.
    """
    import tomllib  # needs time quadratic in the parts of a dotted key

    if any(line.count(b".") > MAX_DEPTH and _DOTTED.search(line) for line in data.splitlines()):
        raise _too_deep(where)
    try:
        value = tomllib.loads(data.decode("utf-8"))
    except RecursionError:
        raise _too_deep(where) from None
    except ValueError as error:
        raise _malformed("NOT_TOML", f"not TOML: {error}", where) from None
    _check_depth(value, where)
    return value


_PLAIN_NUMBER = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_PART = rb"""(?:(?<![\w-])[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_DOTTED = re.compile(rb"(?:%b[ \t]*+\.[ \t]*+){%d}%b" % (_PART, MAX_DEPTH, _PART))
_IN_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(\.\d+)?([Zz]|[+-]\d{2}:\d{2})")


def parse_time(text: object, *, where: str) -> datetime:
    """Parse an RFC 3339 time into an aware UTC `datetime` (fractions are kept to the microsecond).

    Raises:
        MalformedInput: The text is no RFC 3339 time with an offset.
    """
    if isinstance(text, str) and len(text) < 64:
        try:
            if _IN_UTC.fullmatch(text):  # the form we write, read in a third of the time
                return datetime.fromisoformat(text)
            if match := _TIME.fullmatch(text):
                day, clock, fraction, offset = match.groups()
                offset = "+00:00" if offset in "Zz" else offset
                return datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7]}{offset}").astimezone(UTC)
        except (ValueError, OverflowError):
            pass
    raise _malformed("NOT_A_TIME", "not an RFC 3339 time", where, "for example 2026-01-31T12:00:00Z", repr(text)[:60])


def format_time(at: datetime) -> str:
    """Format an aware time as RFC 3339 in UTC, to the second.

    Raises:
        ValueError: The time has no time zone.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone is not a time")
    return at.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


class _DuplicateKey(Exception):  # noqa: N818 - never leaves this module
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _DuplicateKey(repr(keys[_second(keys)][:60]))
    return value


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _number(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"the number {text[:40]} is out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_number)
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
"""Made once: `json.dumps` makes one for each call."""


def _check_depth(value: Any, where: str) -> None:
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        if not inner:
            return
        level = list(itertools.chain.from_iterable(inner))
    raise _too_deep(where)


def _yaml_loader(text: str) -> Any:
    """A safe loader that knows JSON types only and refuses a key that stands twice."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = True) -> Any:
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) != len(node.value):
                raise yaml.constructor.ConstructorError(None, None, "a key must be text", node.start_mark)
            if len(set(keys)) != len(keys):
                place = _second(keys)
                message = f"the key {keys[place][:60]!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, message, node.value[place][0].start_mark)
            return {k.value: self.construct_object(v, deep=deep) for k, v in node.value}

        def construct_yaml_map(self, node: Any) -> Any:
            yield self.construct_mapping(node)

    for kind in ("int", "float"):
        Loader.add_constructor(f"tag:yaml.org,2002:{kind}", _yaml_number)
    Loader.add_constructor("tag:yaml.org,2002:map", lambda loader, node: loader.construct_mapping(node))
    Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))
    for tag in ("binary", "set", "omap", "pairs"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", yaml.SafeLoader.construct_undefined)
    return Loader(text)


def _line(mark: object) -> int:
    """The line of a YAML mark, counted from 1; 0 where there is none."""
    return int(getattr(mark, "line", -1)) + 1


def _yaml_number(loader: Any, node: Any) -> Any:
    """A number spelt as in JSON. Others stay text: YAML 1.1 takes 24:00 for 1440 and 010 for 8, YAML 1.2 does not."""
    import yaml

    value = getattr(loader, f"construct_yaml_{node.tag.rpartition(':')[2]}")(node)
    if not (math.isfinite(value) if isinstance(value, float) else -(2**63) <= value < 2**64):
        raise yaml.constructor.ConstructorError(None, None, "a number JSON cannot hold", node.start_mark)
    return value if _PLAIN_NUMBER.fullmatch(node.value) else node.value


def _second(keys: list[str]) -> int:
    """Where a key stands for the second time; the caller knows that one does."""
    first: dict[str, int] = {}
    return next(place for place, key in enumerate(keys) if first.setdefault(key, place) != place)


def _too_deep(where: str) -> MalformedInput:
    return _malformed("TOO_DEEP", "nested too deep", where, f"at most {MAX_DEPTH} levels")


def _malformed(code: str, message: str, where: str, expected: str = "", found: str = "") -> MalformedInput:
    return MalformedInput(message, code=code, where=where, expected=expected, found=found)

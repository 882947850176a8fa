"""Strict readers: one document, one meaning, in bounded time; canonical writing."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from random import Random
from typing import Any

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain import encoding
from supplychain.encoding import (
    MAX_DEPTH,
    canonical_json,
    format_time,
    parse_json,
    parse_json_object,
    parse_time,
    parse_toml,
    parse_yaml,
    pretty_json,
    read_quickly,
)
from supplychain.errors import MalformedInput
from tests.simulator.mutations import strange
from tests.simulator.runaway import ends

FAST = settings(derandomize=True, deadline=None, max_examples=150)
# RFC 8785 sorts by UTF-16 units, which is code point order below U+E000; it has no integers above 2**53.
WORDS = st.text(st.characters(max_codepoint=0xD7FF))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


PIECES = [
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    '"a"',
    '"b"',
    '"\\u0061"',
    '"\\ud800"',
    '"\u00e9"',
    "1",
    "-0",
    "1.0",
    "1e2",
    "NaN",
    " ",
    "\n",
]


@pytest.fixture(autouse=True, params=["cold", "warm"])
def process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has read nothing yet, and one that has read a lot: another reader, the same answers."""
    monkeypatch.setattr(encoding, "_WARM", 0 if request.param == "warm" else math.inf)


def refused(read: Any, data: Any, **more: Any) -> str:
    with pytest.raises(MalformedInput) as caught:
        read(data, where="the file", **more)
    assert "the file" in caught.value.where
    return caught.value.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "NOT_JSON"),
        (b"{", "NOT_JSON"),
        (b"{} {}", "NOT_JSON"),
        (b"{}\0", "NOT_JSON"),
        (b"\xef\xbb\xbf{}", "NOT_JSON"),
        (b"'a'", "NOT_JSON"),
        (b"[1,]", "NOT_JSON"),
        (b"NaN", "NOT_JSON"),
        (b"[-Infinity]", "NOT_JSON"),
        (b"1e999", "NOT_JSON"),
        (b"-1e999", "NOT_JSON"),
        (b"9" * 5000, "NOT_JSON"),
        (b'{"a":1,"a":1}', "DUPLICATE_KEY"),
        (b'{"a":1,"\\u0061":2}', "DUPLICATE_KEY"),
        (b'[{"b":{"a":1,"a":1}}]', "DUPLICATE_KEY"),
        (b'"\\ud800"', "NOT_UTF8"),
        (b'{"\\uDC00":1}', "NOT_UTF8"),
        (b'"\xff"', "NOT_UTF8"),
        (b'"\xed\xa0\x80"', "NOT_UTF8"),
        (b'"\xc0\xaf"', "NOT_UTF8"),
        (b"[" * 100_000, "TOO_DEEP"),
        (b"[" * 100_000 + b"]" * 100_000, "TOO_DEEP"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "TOO_DEEP"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "TOO_DEEP"),
    ],
)
def test_json_that_is_refused(data: bytes, code: str) -> None:
    assert refused(parse_json, data) == code


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b" null ", None),
        (b"1.5", 1.5),
        (b"-0", 0),
        (b"1e308", 1e308),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\\\ud800"', "\\ud800"),
        (b'{"a":{"a":{"a":1}}}', {"a": {"a": {"a": 1}}}),
    ],
)
def test_json_that_is_read(data: bytes, value: object) -> None:
    assert parse_json(data, where="") == value


def test_json_at_the_limits() -> None:
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert parse_json(deepest, where="")
    assert refused(parse_json, b"[1]", max_bytes=2) == "TOO_LARGE"
    assert parse_json(b"[1]", where="", max_bytes=3) == [1]


def one_way(data: bytes, *, warm: bool) -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "_WARM", 0 if warm else math.inf)
        try:
            return repr(parse_json(data, where="there"))
        except MalformedInput as error:
            return error.code, error.diagnostics()


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | VALUES.map(json.dumps) | VALUES.map(repr))
def test_the_quick_reader_reads_what_the_exact_one_reads(text: str) -> None:
    assert one_way(text.encode(), warm=True) == one_way(text.encode(), warm=False)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(VALUES, st.booleans(), st.randoms(use_true_random=False))
def test_the_quick_reader_reads_strange_documents_like_the_exact_one(value: Any, compact: bool, random: Random) -> None:
    data = strange(value, random, compact=compact)
    assert one_way(data, warm=True) == one_way(data, warm=False)


def test_the_quick_reader_leaves_what_is_open_to_the_exact_one() -> None:
    for data in (b'{"a": [1, "\xc3\xa9"],\n "b": null}', b'{"a":[1,"\xc3\xa9"],"b":null}'):
        assert read_quickly(data, msgspec.json.decode) == {"a": [1, "\u00e9"], "b": None}
    for data in (
        b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'"\\u0061"', b"1e2", b"-0", b"NaN", b'"\xff"', b"[1]]", b"1e999", b"",
    ):  # fmt: skip
        assert read_quickly(data, msgspec.json.decode) is None


@pytest.mark.parametrize("data", [b"[]", b"1", b'"a"', b"null"])
def test_json_whose_top_is_no_object(data: bytes) -> None:
    assert refused(parse_json_object, data) == "NOT_AN_OBJECT"


@FAST
@given(VALUES)
def test_canonical_json_is_rfc_8785(value: Any) -> None:
    written = canonical_json(value)
    assert written == rfc8785.dumps(value)
    assert parse_json(written, where="") == value
    assert parse_json(pretty_json(value), where="") == value


@FAST
@given(st.dictionaries(WORDS, VALUES, min_size=2))
def test_canonical_json_does_not_depend_on_order(value: dict[str, Any]) -> None:
    assert canonical_json(dict(reversed(value.items()))) == canonical_json(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, [-math.inf]])
def test_canonical_json_of_what_is_no_json(value: object) -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(value)


@FAST
@given(st.binary(max_size=200))
def test_no_bytes_crash_a_reader(data: bytes) -> None:
    for read in (parse_json, parse_yaml, parse_toml):
        try:
            read(data, where="")
        except MalformedInput as error:
            assert error.code  # noqa: PT017 - any refusal will do, and nothing else


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x 1\nb: *x", "YAML_ALIAS"),
        ("[" * 5000, "TOO_DEEP"),
        ("a: 1\na: 1", "NOT_YAML"),
        ("a: {b: 1, 'b': 2}", "NOT_YAML"),
        ("? [a]\n: 1", "NOT_YAML"),
        ("a: .inf", "NOT_YAML"),
        ("a: -.INF", "NOT_YAML"),
        ("a: .nan", "NOT_YAML"),
        ("a: 0b" + "1" * 70, "NOT_YAML"),
        ("a: " + "9" * 6000, "NOT_YAML"),
        ("a: !!binary aGk=", "NOT_YAML"),
        ("a: !!set {b}", "NOT_YAML"),
        ("a: !!python/name:os.system", "NOT_YAML"),
        ("a: !own b", "NOT_YAML"),
        ('a: !!int ""', "NOT_YAML"),
        ("a: !!map [1]", "NOT_YAML"),
        ("a: !!bool maybe", "NOT_YAML"),
        ("a: 1\n---\na: 1", "NOT_YAML"),
        ("a: [", "NOT_YAML"),
        ('a: "\\ud800"', "NOT_YAML"),
    ],
)
def test_yaml_that_is_refused(text: str, code: str) -> None:
    assert refused(parse_yaml, text.encode()) == code


def test_yaml_is_read_as_json_types() -> None:
    text = (
        b"a: 1\nb: 1.5\nc: yes\nd: ~\ne: [x]\nf: {g: h}\ni: 2026-01-31\nj: 2026-01-31T12:00:00Z\n1: one\n<<: {k: 1}\n"
    )
    value = parse_yaml(text, where="")
    assert value["i"] == "2026-01-31"
    assert value["j"] == "2026-01-31T12:00:00Z"
    assert value["1"] == "one"
    assert value["<<"] == {"k": 1}, "a merge key is a key like any other"
    json.dumps(value, allow_nan=False)


def test_yaml_tells_the_line() -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_yaml(b"a: 1\nb: 2\na: 3\n", where="f.yaml")
    assert caught.value.where == "f.yaml:3"
    assert "'a'" in caught.value.message


def test_yaml_that_is_too_large() -> None:
    assert refused(parse_yaml, b"a: 1", max_bytes=3) == "TOO_LARGE"


def test_a_key_that_stands_twice_is_found_quickly() -> None:
    text = "".join(f"k{n}: 1\n" for n in range(40_000)) + "k39999: 2\n"
    with ends():
        assert refused(parse_yaml, text.encode()) == "NOT_YAML"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a." * 50_000 + "a = 1", "TOO_DEEP"),
        ('"a"."b".' * 10_000 + "c = 1", "TOO_DEEP"),
        ("'a' . " * 10_000 + "c = 1", "TOO_DEEP"),
        ("[" + "a." * 50_000 + "a]", "TOO_DEEP"),
        ("x = {" + "a." * 50_000 + "a = 1}", "TOO_DEEP"),
        ("x = " + "[" * 50_000, "TOO_DEEP"),
        ("x = " + "[" * 120 + "]" * 120, "TOO_DEEP"),
        ("a = 1\na = 2", "NOT_TOML"),
        ("a", "NOT_TOML"),
    ],
)
def test_toml_that_is_refused(text: str, code: str) -> None:
    with ends():
        assert refused(parse_toml, text.encode()) == code


@pytest.mark.parametrize(
    "text",
    [
        'a = "' + "." * 500 + '"',
        "# " + "See www.example.org. " * 100,
        "a.b.c = 1",
        'a = "' + "no such file. " * 300 + '"',
        "a = [" + "1.5, " * 300 + "]",
    ],
)
def test_toml_with_many_dots_is_read(text: str) -> None:
    parse_toml(text.encode(), where="")


@pytest.mark.parametrize("text", ["a" * 200_000 + " = 1", '"' * 2 + " = 1" + " #" + '"' * 200_000, "x = '" + "a." * 99])
def test_the_search_for_dots_is_quick(text: str) -> None:
    with ends(), suppress(MalformedInput):  # whether it is TOML is not asked here
        parse_toml(text.encode() + b"." * 101, where="")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-01-31T12:00:00Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31t12:00:00z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31 14:00:00+02:00", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        ("2026-01-31T12:00:00.5Z", datetime(2026, 1, 31, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-01-31T12:00:00.123456789Z", datetime(2026, 1, 31, 12, 0, 0, 123_456, tzinfo=UTC)),
    ],
)
def test_times(text: str, value: datetime) -> None:
    assert parse_time(text, where="") == value


@pytest.mark.parametrize(
    "text",
    [
        "", "2026-01-31", "2026-01-31T12:00:00", "2026-02-30T12:00:00Z", "2026-01-31T24:00:00Z", "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00+24:00", "0001-01-01T00:00:00+23:59", "2026-01-31T12:00:00Z\n", " 2026-01-31T12:00:00Z",
        "\u0662\u0660\u0662\u0666-01-31T12:00:00Z", "2026-01-31T12:00:00." + "1" * 100 + "Z", "now", None, 5, ["x"],
    ],
)  # fmt: skip
def test_what_is_no_time(text: object) -> None:
    assert refused(parse_time, text) == "NOT_A_TIME"


@FAST
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.integers(-14, 14))  # noqa: DTZ001
def test_a_time_survives(naive: datetime, hours: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(hours=hours)), microsecond=0)
    assert parse_time(format_time(at), where="") == at


def test_a_time_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="zone"):
        format_time(datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize("text", ["24:00", "010", "1_000", "0x10", "0b1", "1:30", "0o7", "190:20:30.15"])
def test_numbers_that_only_old_yaml_knows_stay_text(text: str) -> None:
    """YAML 1.1 takes 24:00 for 1440 and 010 for 8; a threshold or a time of day must not change so."""
    assert parse_yaml(f"a: {text}".encode(), where="x") == {"a": text}


def test_numbers_as_json_spells_them() -> None:
    document = b"[0, 1, -1, +1, 10, 1.5, .5, 1., 1.0e+3, 168, 0.0]"
    assert parse_yaml(document, where="x") == [0, 1, -1, 1, 10, 1.5, 0.5, 1.0, 1000.0, 168, 0.0]

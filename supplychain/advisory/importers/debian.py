"""The Debian security tracker's whole state, one JSON document (https://security-tracker.debian.org/tracker/data/json).

`{source package: {problem: {"releases": {codename: {"status", "fixed_version", "urgency", …}}}}}`:

- `resolved` with a version: every version before it is affected; with version `0`: it never was (`<not-affected>`).
- `open`: every version is affected, also where Debian will not fix it (`<no-dsa>`, `<ignored>`, `<postponed>`,
  `<end-of-life>`): that is a word on urgency, not on whether it is there. `unimportant` becomes negligible.
- `undetermined`, or a status not known here: nobody can tell; the matcher reports it for the packages it concerns.

The document is large, so it is read package by package.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from supplychain.advisory.distribution import release_of
from supplychain.advisory.importers.fields import Fields, short
from supplychain.advisory.importers.item import Snapshot
from supplychain.advisory.importers.spans import unreadable
from supplychain.advisory.record import Advisory, Affected, Event, Range, Severity
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput

_FORMAT = "Debian security tracker document"
_BEGINS = re.compile(
    rb'\s*\{\s*"[a-z0-9][a-z0-9+.-]*"\s*:\s*\{\s*"(?:CVE-[0-9X]|TEMP-)[^"]*"\s*:\s*\{(?=.{0,20000}?"releases")',
    re.DOTALL,
)
_decoder = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_NOT_AFFECTED = {"not-affected"}
_OPEN = {"open", "unfixed", "no-dsa", "ignored", "postponed", "end-of-life"}
_WORDS = {"unimportant": "negligible", "low": "low", "medium": "medium", "high": "high"}
_RELEASES = ("stretch", "buster", "bullseye", "bookworm", "trixie", "forky")


def is_debian(data: bytes) -> bool:
    """Whether a JSON document begins as the tracker's does."""
    return _BEGINS.match(data[:65536]) is not None


def parse_debian(data: bytes, where: str) -> Snapshot:
    """The document; its records are read while they are used. Raises MalformedInput, also then."""
    return Snapshot(
        label="Debian: tracker",
        format="debian-tracker",
        ecosystems=_ecosystems(data),
        pattern="DEBIAN-*@tracker/*",
        advisories=_advisories(data, where),
    )


def _ecosystems(data: bytes) -> tuple[str, ...]:
    """The releases it speaks for: a release without a single mention is none of them."""
    named = (name for name in _RELEASES if f'"{name}"'.encode() in data)
    return tuple(_ecosystem(name) for name in named)


def _ecosystem(codename: str) -> str:
    return release_of("deb", "debian", codename)[0] or f"Debian:{codename}"


def _advisories(data: bytes, where: str) -> Iterator[Advisory]:
    for package, part in _members(data, where):
        for problem, value in parse_json_object(part, where=f"{where}: {package}").items():
            fields = Fields(value if isinstance(value, dict) else {}, f"{where}: {package}: {problem}", _FORMAT)
            yield _advisory(package, problem, fields)


def _members(data: bytes, where: str) -> Iterator[tuple[str, bytes]]:
    """The members of the object at the top, each as its own bytes, so that only one is unpacked at a time."""
    broken = Fields({}, where, _FORMAT)
    seen: set[str] = set()
    try:
        text = data.decode("utf-8")
        at = _skip(text, _skip(text, 0) + 1)
        while True:
            name, begin, end = _member(text, at)
            if name in seen:
                raise broken.bad("a package is named twice", name)
            seen.add(name)
            yield name, text[begin:end].encode("utf-8")
            at = _skip(text, end)
            if text[at] == "}":
                break
            at = _skip(text, _after(text, at, ","))
        if text[at + 1 :].strip():
            raise broken.bad("something follows the document", text[at + 1 : at + 41])
    except UnicodeError as error:
        raise MalformedInput(f"not valid UTF-8: {error}", code="NOT_UTF8", where=where) from None
    except (ValueError, IndexError, RecursionError) as error:
        raise broken.bad("the JSON breaks off", str(error)) from None


def _member(text: str, at: int) -> tuple[str, int, int]:
    """Name of the member that begins at a place, and from where to where its value goes."""
    name, at = _decoder.raw_decode(text, at)
    begin = _skip(text, _after(text, _skip(text, at), ":"))
    return str(name), begin, _decoder.raw_decode(text, begin)[1]


def _after(text: str, at: int, mark: str) -> int:
    if text[at] != mark:
        raise ValueError(f"expected {mark!r}, found {text[at : at + 20]!r}")
    return at + 1


def _skip(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return match.end() if match else at


def _advisory(package: str, problem: str, fields: Fields) -> Advisory:
    affected = []
    for codename, release in fields.part("releases").value.items():
        if not isinstance(release, dict):
            raise fields.bad(f"the release {codename} is no object", release)
        if part := _affected(package, codename, Fields(release, fields.where, _FORMAT)):
            affected.append(part)
    return Advisory(
        id=f"DEBIAN-{problem[:60]}@tracker/{package[:120]}",
        modified=None,
        aliases=(problem,),
        summary=short(fields.text("description", optional=True)) or f"{problem} in {package}",
        affected=tuple(affected),
    )


def _affected(package: str, codename: str, release: Fields) -> Affected | None:
    status = release.text("status").strip("<>").lower()
    fixed, urgency = release.text("fixed_version", optional=True), release.text("urgency", optional=True)
    if status in _NOT_AFFECTED or (status == "resolved" and fixed == "0"):
        return None
    word = _WORDS.get(urgency.rstrip("*"))
    return Affected(
        ecosystem=_ecosystem(codename),
        package=package,
        ranges=(_range(status, fixed),),
        severities=(Severity(method="word", score=word),) if word else (),
    )


def _range(status: str, fixed: str) -> Range:
    begin = Event(kind="introduced", version="0")
    if status == "resolved" and fixed:
        return Range(type="ECOSYSTEM", events=(begin, Event(kind="fixed", version=fixed)))
    return Range(type="ECOSYSTEM", events=(begin,)) if status in _OPEN else unreadable(status)

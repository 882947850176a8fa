"""Package URLs, read into their parts and written in their one canonical text.

https://github.com/package-url/purl-spec ("PURL specification", and the type definitions in `purl_types`). Runs once
for each component, ten thousand times a second and more. What no type can mean is refused rather than looked up
under a wrong name: a lookup that finds nothing would read as clean.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from urllib.parse import quote, unquote

from supplychain.errors import MalformedInput
from supplychain.inventory.purl_types import TYPES, PurlType

_TYPE = re.compile(r"[a-z][a-z0-9.+-]*")
_KEY = re.compile(r"[a-z][a-z0-9._-]*")
_SAFE = ".-_~:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purl:
    """The parts of a package URL, decoded and in the form its type gives them."""

    type: str
    """In lower case."""
    namespace: str
    """Segments joined by `/`; empty: none."""
    name: str
    version: str | None
    qualifiers: Mapping[str, str] = field(default_factory=dict)
    """Lower-case keys; empty values are left out."""
    subpath: str = ""

    def __str__(self) -> str:
        """The canonical text."""
        path = [quote(part, safe=_SAFE) for part in self.namespace.split("/") if part]
        # A git repository is named by a path, and that path stays one.
        name = quote(self.name, safe=_SAFE + "/" if self.type == "git" else _SAFE)
        text = "/".join([f"pkg:{self.type}", *path, name])
        if self.version:
            text += f"@{quote(self.version, safe=_SAFE)}"
        pairs = [f"{key}={quote(value, safe=_SAFE)}" for key, value in sorted(self.qualifiers.items()) if value]
        if pairs:
            text += "?" + "&".join(pairs)
        return text + (f"#{quote(self.subpath, safe=_SAFE + '/')}" if self.subpath else "")


@lru_cache(maxsize=16_384)
def parse_purl(text: str) -> Purl:
    """Split a package URL into its parts, decoded and normalised by its type.

    The latest are remembered: reading a document, looking up and telling the result each ask for the parts.

    Raises:
        MalformedInput: `BAD_PURL`; no scheme, type or name, or parts that the specification or the type forbids.
    """
    scheme, colon, rest = text.partition(":")
    if not colon or scheme.lower() != "pkg":
        raise _bad(text, "pkg:type/name@version")
    rest, _, subpath = rest.partition("#")
    rest, _, query = rest.partition("?")
    kind, _, path = rest.strip("/").partition("/")
    # The version begins at the last `@` of the last segment; an unescaped npm scope has one in an earlier segment.
    namespace, _, last = path.rpartition("/")
    name, at, version = last.rpartition("@")
    if not at:
        name, version = last, ""
    if "%" in path:
        namespace, name = unquote(namespace), unquote(name)
    found = Purl(
        type=kind.lower(),
        namespace=namespace.strip("/"),
        name=name,
        version=unquote(version) or None,
        qualifiers=_qualifiers(query, text) if query else {},
        subpath=_subpath(subpath) if subpath else "",
    )
    if not name or not _TYPE.fullmatch(found.type):
        raise _bad(text, "pkg:type/name@version")
    rule = TYPES.get(found.type)
    return found if rule is None else _by_type(found, rule, text)


def _qualifiers(query: str, text: str) -> dict[str, str]:
    found = {}
    for pair in query.split("&"):
        key, _, value = pair.partition("=")
        key = key.lower()
        if not _KEY.fullmatch(key):
            raise _bad(text, "qualifier keys of letters, digits, period, dash and underscore")
        if value:
            found[key] = unquote(value)
    return found


def _subpath(text: str) -> str:
    parts = (unquote(part) for part in text.strip("/").split("/"))
    return "/".join(part for part in parts if part not in ("", ".", ".."))


def _by_type(found: Purl, rule: PurlType, text: str) -> Purl:
    if rule.fold is not None:
        namespace, name, version = rule.fold(found.namespace, found.name, found.version, found.qualifiers)
        if (namespace, name, version) != (found.namespace, found.name, found.version):
            found = replace(found, namespace=namespace, name=name, version=version)
    expected = _unmet(found, rule)
    if expected:
        raise _bad(text, expected)
    return found


def _unmet(found: Purl, rule: PurlType) -> str:
    """What the type asks for and the parts do not give; empty: nothing."""
    if rule.namespace is not None and rule.namespace is not bool(found.namespace):
        return f"pkg:{found.type}/NAMESPACE/NAME" if rule.namespace else f"no namespace in pkg:{found.type}"
    if rule.name is not None and not rule.name.fullmatch(found.name):
        return f"a name as pkg:{found.type} has them: {rule.name.pattern}"
    if rule.version is not None and found.version and not rule.version.fullmatch(found.version):
        return f"a version as pkg:{found.type} has them: {rule.version.pattern}"
    return next((f"the qualifier {key}" for key in rule.needs if key not in found.qualifiers), "")


def _bad(text: str, expected: str) -> MalformedInput:
    return MalformedInput("not a package URL", code="BAD_PURL", expected=expected, found=repr(text[:120]))

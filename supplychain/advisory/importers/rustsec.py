"""RustSec advisories: Markdown with TOML at its head (https://github.com/RustSec/advisory-db, advisory format v4).

A version is affected when it is neither `patched` nor `unaffected`. Advisories of the folder `rust` are about the
language's own tools, which no component names; they are counted as being about no package.
"""

from __future__ import annotations

import re

from supplychain.advisory.ecosystem import normal_name
from supplychain.advisory.importers.fields import Fields, short
from supplychain.advisory.importers.item import Published
from supplychain.advisory.importers.requirements import SEMVER_LINE, RequirementError, cargo_span
from supplychain.advisory.importers.spans import unreadable
from supplychain.advisory.record import Advisory, Affected, Range, Severity
from supplychain.encoding import parse_toml

ECOSYSTEM = "crates.io"
_HEAD = re.compile(rb"\s*```toml\r?\n(.*?)\r?\n```[ \t]*(?:\r?\n|\Z)(.*)", re.DOTALL)
_BEGINS = re.compile(rb"\s*```toml")
_TITLE = re.compile(rb"^#\s+(.+)$", re.MULTILINE)
_HARMLESS = {"unmaintained", "notice"}
"""What RustSec publishes for information, and calls no vulnerability."""


def parse_rustsec(data: bytes, where: str) -> Published | None:
    """One Markdown file; None: it is no advisory, or about no crate (see `is_about_rust`).

    Raises:
        MalformedInput: It begins as an advisory and is none.
    """
    if not _BEGINS.match(data):
        return None
    match = _HEAD.match(data)
    head = Fields(parse_toml(match[1], where=where) if match else {}, where, "RustSec advisory")
    if match is None:
        raise head.bad("the TOML at its head does not end", "```toml")
    advisory, versions = head.part("advisory"), head.part("versions")
    withdrawn = advisory.day("withdrawn") if advisory.value.get("withdrawn") else None
    title = _TITLE.search(match[2])
    name, informational = advisory.text("id"), advisory.text("informational", optional=True)
    cvss = advisory.text("cvss", optional=True)
    affected = Affected(
        ecosystem=ECOSYSTEM,
        package=normal_name(ECOSYSTEM, advisory.text("package")),
        ranges=(_affected(versions),),
        severities=(Severity(method="word", score="none"),) if informational in _HARMLESS else (),
    )
    return Published(
        advisory=Advisory(
            id=name,
            modified=None,
            withdrawn=withdrawn,
            aliases=tuple(sorted({alias for alias in advisory.texts("aliases") if alias and alias != name})),
            summary=short(title[1].decode("utf-8", "replace") if title else name),
            severities=(Severity(method=f"CVSS_V{cvss[5:6]}", score=cvss),) if cvss.startswith("CVSS:") else (),
            # Patched and unaffected versions may be all there are: then the crate never was affected.
            affected=(affected,) if affected.ranges[0].events and not withdrawn else (),
        ),
        on=max(advisory.day("date"), withdrawn or advisory.day("date")),
    )


def is_about_rust(where: str) -> bool:
    """Whether the file lies in the folder for the language's own tools."""
    return "/rust/" in f"/{where.rpartition('!')[2]}" and "/crates/" not in where


def _affected(versions: Fields) -> Range:
    try:
        safe = [cargo_span(text) for field in ("patched", "unaffected") for text in versions.texts(field)]
    except RequirementError as error:
        return unreadable(error)
    return SEMVER_LINE.to_range("SEMVER", SEMVER_LINE.complement(safe))

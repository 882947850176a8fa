"""npm advisories of the Node.js security working group (https://github.com/nodejs/security-wg, folder `vuln/npm`).

Their records about Node.js itself (`vuln/core`) are about no package; they are counted as such. The `index.json` of a
folder repeats its files, so it is read only when it is given alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from supplychain.advisory.ecosystem import normal_name
from supplychain.advisory.importers.fields import Fields, cve_of, short
from supplychain.advisory.importers.requirements import SEMVER_LINE, RequirementError, node_spans
from supplychain.advisory.importers.spans import Span, unreadable
from supplychain.advisory.record import Advisory, Affected, Range, Severity

ECOSYSTEM = "npm"


def is_npm(value: dict[str, Any]) -> bool:
    """Whether an object is meant as an advisory about an npm package."""
    return {"module_name", "vulnerable_versions"} <= value.keys()


def is_core(value: dict[str, Any]) -> bool:
    """Whether an object is an advisory about Node.js itself."""
    return {"cve", "vulnerable", "overview"} <= value.keys()


def index_of(value: dict[str, Any]) -> list[dict[str, Any]]:
    """The advisories of an index by number; empty: it is none."""
    parts = list(value.values())
    if parts and all(key.isdigit() for key in value) and all(isinstance(part, dict) for part in parts):
        return [part for part in parts if is_npm(part)]
    return []


def parse_npm(value: dict[str, Any], where: str) -> Advisory:
    """One advisory. Raises MalformedInput for an object that is none."""
    fields = Fields(value, where, "Node.js security-wg advisory")
    number, vector = value.get("id"), fields.text("cvss_vector", optional=True)
    if not isinstance(number, int | str) or isinstance(number, bool) or not str(number).strip():
        raise fields.bad("id is no number", number)
    cves = (cve_of(text) for text in fields.texts("cves"))
    return Advisory(
        id=f"NSWG-ECO-{str(number).strip()[:40]}",
        modified=fields.day("updated_at" if value.get("updated_at") else "created_at"),
        aliases=tuple(sorted({cve for cve in cves if cve})),
        summary=short(fields.text("title", optional=True) or fields.text("overview", optional=True)),
        severities=(Severity(method=_method(vector), score=vector),) if vector else (),
        affected=(
            Affected(
                ecosystem=ECOSYSTEM,
                package=normal_name(ECOSYSTEM, fields.text("module_name")),
                ranges=tuple(_ranges(fields)),
            ),
        ),
    )


def _ranges(fields: Fields) -> Iterator[Range]:
    """The range of what can be read, and one nobody can evaluate for each alternative that cannot."""
    patched: list[Span] = []
    for part in fields.text("patched_versions", optional=True).split("||"):
        # It only adds which versions are fixed, so what cannot be read of it loses nothing.
        try:
            patched += node_spans(part) if part.strip() else []
        except RequirementError:
            continue
    vulnerable: list[Span] = []
    broken: list[Range] = []
    for part in fields.text("vulnerable_versions", optional=True).split("||"):
        try:
            vulnerable += node_spans(part)
        except RequirementError as error:
            broken.append(unreadable(error))
    if vulnerable:
        yield SEMVER_LINE.to_range("SEMVER", vulnerable, patched)
    yield from broken


def _method(vector: str) -> str:
    return f"CVSS_V{vector[5]}" if vector.startswith("CVSS:") and vector[5:6].isdigit() else "CVSS_V2"

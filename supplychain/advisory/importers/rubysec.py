"""RubySec advisories: one YAML file for each gem and problem (https://github.com/rubysec/ruby-advisory-db).

A version is affected when it is neither in `patched_versions` nor in `unaffected_versions`. Files with `engine` are
about an interpreter, which no component names; they are counted as being about no package.
"""

from __future__ import annotations

from typing import Any

from supplychain.advisory.importers.fields import Fields, short
from supplychain.advisory.importers.item import Published
from supplychain.advisory.importers.requirements import GEM_LINE, RequirementError, gem_spans
from supplychain.advisory.importers.spans import unreadable
from supplychain.advisory.record import Advisory, Affected, Range

ECOSYSTEM = "RubyGems"
_LEAST = {"critical": 9.0, "high": 7.0, "medium": 4.0, "low": 0.1, "none": 0.0}


def is_rubysec(value: dict[str, Any]) -> bool:
    """Whether a YAML document is meant as such a file."""
    return ("gem" in value or "engine" in value) and "date" in value and ("title" in value or "url" in value)


def parse_rubysec(value: dict[str, Any], where: str) -> Published | None:
    """One file; None: it is about an interpreter. Raises MalformedInput for a file that is no such advisory."""
    fields = Fields(value, where, "RubySec advisory")
    if "gem" not in value:
        return None
    gem, stem = fields.text("gem"), where.rpartition("!")[2].rpartition("/")[2].rpartition(".")[0]
    aliases = [f"CVE-{value['cve']}"] if value.get("cve") else []
    aliases += [f"GHSA-{value['ghsa']}"] if value.get("ghsa") else []
    aliases += [f"OSVDB-{value['osvdb']}"] if value.get("osvdb") else []
    return Published(
        advisory=Advisory(
            # One CVE may concern several gems, each in a file of its own.
            id=f"RUBYSEC-{gem}-{stem}"[:256],
            modified=None,
            aliases=tuple(sorted(aliases)),
            summary=short(fields.text("title", optional=True) or fields.text("description", optional=True)),
            severity_word=_word(fields),
            affected=_affected(fields, gem),
        ),
        on=fields.day("date"),
    )


def _affected(fields: Fields, gem: str) -> tuple[Affected, ...]:
    found = _range(fields)
    # Patched and unaffected versions may be all there are: then the gem never was affected.
    return (Affected(ecosystem=ECOSYSTEM, package=gem, ranges=(found,)),) if found.events else ()


def _range(fields: Fields) -> Range:
    texts = [text for name in ("patched_versions", "unaffected_versions") for text in fields.texts(name)]
    try:
        safe = [span for text in texts for span in gem_spans(text)]
    except RequirementError as error:
        return unreadable(error)
    return GEM_LINE.to_range("ECOSYSTEM", GEM_LINE.complement(safe))


def _word(fields: Fields) -> str:
    """The publisher gives scores without vectors; a CVSS v2 score counts only where there is no later one."""
    scores = {name: fields.value[name] for name in ("cvss_v4", "cvss_v3", "cvss_v2") if name in fields.value}
    for name, score in scores.items():
        if not isinstance(score, int | float) or isinstance(score, bool) or not 0 <= score <= 10:
            raise fields.bad(f"{name} is no score from 0 to 10", score)
        word = next(word for word, least in _LEAST.items() if score >= least)
        # The scale of the NVD for v2 ends at high and begins at low.
        return {"critical": "high", "none": "low"}.get(word, word) if name == "cvss_v2" else word
    return ""

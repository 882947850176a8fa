"""Under which licence each component is. The scan says what is so; what is allowed is for policy to say.

One finding for each component: `license:<SPDX expression>` of level "none", its alternatives as aliases; or
`license:unknown` of level "unknown", because nothing stated, or stated in words nobody can pin down, is no permission.
"""

from __future__ import annotations

import hashlib

from typing_extensions import override

from supplychain import __version__
from supplychain.encoding import canonical_json
from supplychain.inventory.component import Component
from supplychain.inventory.license import is_family_of
from supplychain.inventory.sbom import Sbom
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import Scanner, ScanResult
from supplychain.scan.license_terms import alternatives, joined, normalise

PREFIX = "license:"
UNKNOWN = f"{PREFIX}unknown"
"""Id of the finding about a component whose licence is not known."""
_CHOICE = ("pkg:composer/",)
"""Where several stated licences mean that one may be chosen; everywhere else all of them hold."""


def is_only_told(finding: Finding) -> bool:
    """Whether a finding only says under which licence a component is, and nothing against it."""
    return finding.level is Level.NONE and finding.id.startswith(PREFIX)


class LicenseScanner(Scanner):
    """Reads the licences that an SBOM states."""

    kind = "licenses"
    name = "supplychain-licenses"

    def __init__(self, sbom: Sbom) -> None:
        self._sbom = sbom

    @override
    def version(self) -> str:
        return __version__

    @override
    def fingerprint(self) -> dict[str, object]:
        parts = [[part.purl, list(part.licenses)] for part in self._sbom.components]
        gaps = sorted([gap.what, gap.reason] for gap in self._sbom.gaps)
        digest = hashlib.sha256(canonical_json([parts, gaps])).hexdigest()
        return {"tool": self.name, "version": self.version(), "licenses": digest}

    @override
    def _scan(self) -> ScanResult:
        components = self._sbom.components
        listed = {part.purl for part in components}
        known = {reason.value for reason in Reason}
        lost = [gap for gap in self._sbom.gaps if gap.what not in listed]
        skipped = {
            Skip(
                what=gap.what,
                reason=Reason(gap.reason) if gap.reason in known else Reason.UNREADABLE,
                detail=gap.detail,
            )
            for gap in lost
        }
        coverage = Coverage(
            asked=len(components) + len(lost), looked_at=len(components), skipped=tuple(sorted(skipped))
        )
        findings = tuple(_finding(part) for part in components)
        return ScanResult(
            kind=self.kind, scanner=self.name, version=self.version(), findings=findings, coverage=coverage
        )


def _finding(part: Component) -> Finding:
    stated = part.licenses
    read = [normalise(text) for text in stated]
    expressions = tuple(dict.fromkeys(found for found in read if found is not None))
    unclear = [
        text
        for text, found in zip(stated, read, strict=True)
        # "BSD License" beside "BSD-3-Clause" says nothing else.
        if found is None and not any(is_family_of(text, expression) for expression in expressions)
    ]
    word = "OR" if part.purl.startswith(_CHOICE) else "AND"
    expression = joined(expressions, word) if expressions and not unclear else ""
    choices = alternatives(expression) if expression else None
    if choices is None:
        return _unknown(part, unclear or ([expression] if expression else []))
    terms = tuple(f"{PREFIX}{' AND '.join(choice)}" for choice in choices)
    own = f"{PREFIX}{expression}"
    return Finding(
        id=own,
        title=f"{part.name} is under {expression}",
        level=Level.NONE,
        aliases=() if terms == (own,) else terms,
        component=part,
        seen_by=(LicenseScanner.name,),
    )


def _unknown(part: Component, unclear: list[str]) -> Finding:
    shown = ", ".join(repr(text[:80]) for text in unclear[:3])
    title = f"{part.name}: {shown} is no licence that can be told" if unclear else f"{part.name}: no licence is stated"
    return Finding(
        id=UNKNOWN,
        title=title,
        level=Level.UNKNOWN,
        component=part,
        seen_by=(LicenseScanner.name,),
        help="find it out, and state it as an SPDX expression where the package or its SBOM is described",
    )

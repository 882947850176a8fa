"""in-toto `test-result` v0.1: what tests, coverage, complexity or benchmarks said about the artifact.

https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md, with what was measured in the
extension field EXTENSION. The descriptors of `configuration` name the imported report files by digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION = "urn:supplychain:quality"
"""Extension field that says what was measured, by what, and when."""
RESULTS = ("PASSED", "WARNED", "FAILED")
MAX_NAMED = 20_000
"""Tests that are named; of more, those that passed are only counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file that was imported."""

    name: str
    digest: Digest
    role: str = "report"
    """`report`, or `baseline` for what benchmarks are held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityResult:
    """The predicate."""

    result: str
    """One of RESULTS."""
    files: tuple[ReportFile, ...] = ()
    url: str = ""
    """Where the run can be looked at."""
    passed: tuple[str, ...] = ()
    warned: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    kind: str = ""
    """`tests`, `coverage`, `complexity` or `performance`; empty: stated by somebody who does not use the extension."""
    tools: tuple[str, ...] = ()
    finished: datetime | None = None
    time_from: str = ""
    """`report`, `file` or `given`: where `finished` comes from."""
    measured: Mapping[str, Any] | None = None

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> QualityResult:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        if top.text("result") not in RESULTS:
            raise MalformedInput(
                "this is no result of a test",
                code="BAD_PREDICATE",
                where=f"{where}.result",
                expected=", ".join(RESULTS),
                found=top.text("result")[:60],
            )
        more = top.object(EXTENSION, optional=True)
        finished = more.text("finished", optional=True)
        return QualityResult(
            result=top.text("result"),
            files=tuple(_file(item) for item in top.objects("configuration")),
            url=top.text("url", optional=True),
            passed=top.texts("passedTests", optional=True),
            warned=top.texts("warnedTests", optional=True),
            failed=top.texts("failedTests", optional=True),
            kind=more.text("kind", optional=True),
            tools=more.texts("tools", optional=True),
            finished=parse_time(finished, where=more.where) if finished else None,
            time_from=more.text("timeFrom", optional=True),
            measured=more.object("measured").value if more.value else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as in-toto spells it, and the extension."""
        value: dict[str, Any] = {"result": self.result, "configuration": [_descriptor(file) for file in self.files]}
        if self.url:
            value["url"] = self.url
        for key, names in (("passedTests", self.passed), ("warnedTests", self.warned), ("failedTests", self.failed)):
            if names:
                value[key] = list(names)
        if self.measured is not None:
            value[EXTENSION] = {
                "kind": self.kind,
                "tools": list(self.tools),
                "finished": format_time(self.finished) if self.finished else None,
                "timeFrom": self.time_from,
                "measured": dict(self.measured),
            }
        return value


def _file(item: Fields) -> ReportFile:
    digests = item.digests("digest")
    if not digests:
        raise MalformedInput("a report has no digest", code="BAD_PREDICATE", where=item.where)
    role = item.object("annotations", optional=True).text("role", optional=True)
    return ReportFile(name=item.text("name", optional=True), digest=digests[0], role=role or "report")


def _descriptor(file: ReportFile) -> dict[str, Any]:
    return {"name": file.name, "digest": file.digest.to_set(), "annotations": {"role": file.role}}

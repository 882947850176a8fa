"""Quality evidence: reads reports of tests, coverage, complexity and benchmarks, and states what they say.

One statement for each kind, for of several only the newest would count, with the digest of every file it rests on. A
report that is missing, empty, older than the source or at odds with itself ends in an error: nothing here turns a doubt
into a pass.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import as_committed
from supplychain.encoding import format_time
from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.attest import sign_and_put, state_quality
from supplychain.pipeline.config import Config
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.workspace import Workspace
from supplychain.scan.importers.formats import import_report
from supplychain.scan.importers.merging import Outcome, merge_reports
from supplychain.scan.importers.report import KINDS, Report
from supplychain.statement.predicates.test_result import MAX_NAMED, TYPE, QualityResult, ReportFile
from supplychain.verification.verifier import verify

MAX_REPORTS = 500
MAX_SIZE = 64 * MIB
_AHEAD = timedelta(days=1)
"""How far in the future a report may be dated: a build of this run ends after the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A file that was read."""

    name: str
    digest: Digest
    report: Report
    changed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """Which reports to read, and how."""

    files: tuple[Path, ...]
    format_: str = ""
    """A name of `formats.FORMATS`; empty: told by the content."""
    baseline: Path | None = None
    finished: datetime | None = None
    """When the work was done, if the caller knows better than reports and files."""
    url: str = ""
    root: Path | None = None
    """Files are named relative to it."""


def read_reports(request: ReportRequest, *, at: datetime) -> tuple[QualityResult, ...]:
    """Read reports into results, one for each kind found, in the order of KINDS.

    Args:
        request: Which.
        at: Now; nothing is finished later.

    Raises:
        UsageError: A file is missing, given twice, or a baseline is given that nothing can be held against.
        MalformedInput: A file is no report, contradicts itself or is dated in the future.
        NothingToCheck: A report is about nothing.
    """
    read = _read_all(request)
    baselines = [_read(request.baseline, request)] if request.baseline else []
    return _results(read, baselines, request, at)


def _read_all(request: ReportRequest) -> list[_Read]:
    if not 0 < len(request.files) <= MAX_REPORTS:
        raise UsageError(
            "too many reports", where="--file", expected=f"1 to {MAX_REPORTS}", found=str(len(request.files))
        )
    return [_read(path, request) for path in request.files]


def _results(
    read: Sequence[_Read], baselines: Sequence[_Read], request: ReportRequest, at: datetime
) -> tuple[QualityResult, ...]:
    """One for each kind: of several about the tests only the newest would count."""
    _refuse_twice(read)
    kinds = {item.report.kind for item in read}
    for baseline in baselines:
        if baseline.report.kind != "performance":
            raise _no_baseline(baseline.name, f"a report about {baseline.report.kind}")
        if "performance" not in kinds:
            raise _no_baseline(baseline.name, "no benchmarks among the reports")
    results = []
    for kind in KINDS:
        group = [item for item in read if item.report.kind == kind]
        if group:
            against = baselines if kind == "performance" else ()
            results.append(_result(group, against, request, at))
    return tuple(results)


def attest_quality(
    workspace: Workspace, artifact: Artifact, results: Sequence[QualityResult], *, at: datetime
) -> tuple[str, ...]:
    """Sign results about an artifact and keep them; where each lies. Verified before kept, as a waiver is.

    Raises:
        UsageError: The signing key is missing.
        VerificationFailed: The trust file does not let this key claim it.
        ToolFailed: The store cannot be read or written.
    """
    signer = workspace.signer()
    named = artifact
    if not artifact.name:
        found = collect_dossier(artifact, workspace.store, workspace.trust, at=at).statements
        named = found[0].artifact if found else artifact
    statements = [state_quality((named,), result) for result in results]
    for statement in statements:
        envelope = signer.sign(statement)
        verify([("the result", envelope)], workspace.trust, artifact=artifact.digest, at=at, predicate_type=TYPE)
    return tuple(sign_and_put(statement, signer, workspace.store)[1] for statement in statements)


def replaced_by(
    workspace: Workspace, artifact: Artifact, results: Sequence[QualityResult], *, at: datetime
) -> tuple[tuple[str, str], ...]:
    """Kind and report files of the statements that will not count beside new ones, though they are about other files.

    Raises:
        ToolFailed: The store cannot be read.
    """
    known = collect_dossier(artifact, workspace.store, workspace.trust, at=at).statements
    earlier = [statement.predicate for statement in known if isinstance(statement.predicate, QualityResult)]
    pairs = [(old, new) for new in results for old in earlier if old.kind == new.kind]
    return tuple(
        sorted({(old.kind, ", ".join(sorted(_names(old)))) for old, new in pairs if _names(old) - _names(new)})
    )


def _names(result: QualityResult) -> set[str]:
    return {file.name for file in result.files if file.role == "report"}


def quality_of(config: Config, *, committed: int, at: datetime) -> tuple[QualityResult, ...]:
    """The results of the reports that a project's configuration names.

    Args:
        config: With `quality`.
        committed: Time of the source's commit in seconds since 1970, 0 if not known: no report may be older.
        at: Time of the run.

    Raises:
        NothingToCheck: A pattern matches no file, or a report is older than the source.
        UsageError, MalformedInput: As `read_reports`.
        ToolFailed: git fails.
    """
    read: dict[Path, _Read] = {}
    baselines: dict[str, _Read] = {}
    for entry in config.quality:
        files = {path for pattern in entry.reports for path in _matching(config.root, pattern)}
        request = ReportRequest(files=tuple(sorted(files - read.keys())), format_=entry.format_, root=config.root)
        read |= zip(request.files, _read_all(request) if request.files else (), strict=True)
        if entry.baseline:
            baselines[entry.baseline] = _read(config.root / entry.baseline, replace(request, format_=""))
    if not read:
        return ()
    request = ReportRequest(files=tuple(read), root=config.root)
    results = _results([read[path] for path in sorted(read)], list(baselines.values()), request, at)
    for result in results:
        _refuse_stale(result, committed)
    _refuse_committed(config.root, {path.resolve() for path in read})
    return results


def _matching(root: Path, pattern: str) -> list[Path]:
    real = root.resolve()
    found = [path for path in root.glob(pattern) if path.is_file() and path.resolve().is_relative_to(real)]
    if not found:
        raise NothingToCheck(
            "there is no report",
            code="REPORT_MISSING",
            where=pattern,
            expected="a file that the project's tests or tools write",
            hint="run them before this, or take the pattern out of `quality` in supplychain.yaml",
        )
    return found


def _read(path: Path, request: ReportRequest) -> _Read:
    data = read_bytes(path, max_bytes=MAX_SIZE, what="a report")
    changed = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    inside = request.root is not None and path.is_relative_to(request.root)
    name = path.relative_to(request.root).as_posix() if request.root and inside else path.name
    format_ = request.format_ if path != request.baseline or len(request.files) == 1 else ""
    report = import_report(data, str(path), format_=format_)
    return _Read(name=name, digest=Digest.of_bytes(data), report=report, changed=changed)


def _refuse_twice(read: Sequence[_Read]) -> None:
    seen: dict[Digest, str] = {}
    for item in read:
        if item.digest in seen:
            raise UsageError(
                "the same report is given twice",
                code="REPORT_TWICE",
                where=item.name,
                expected="each report once, or its tests count twice",
                found=f"the bytes of {seen[item.digest]}",
            )
        seen[item.digest] = item.name


def _result(group: Sequence[_Read], baselines: Sequence[_Read], request: ReportRequest, at: datetime) -> QualityResult:
    before = [(item.name, item.report) for item in baselines]
    outcome = merge_reports([(item.name, item.report) for item in group], before)
    finished, time_from = _finished(group, outcome, request, at)
    files = [ReportFile(name=item.name, digest=item.digest) for item in group]
    files += [ReportFile(name=item.name, digest=item.digest, role="baseline") for item in baselines]
    named = len(outcome.passed_tests) + len(outcome.warned_tests) + len(outcome.failed_tests) <= MAX_NAMED
    return QualityResult(
        result=outcome.result,
        files=tuple(files),
        url=request.url,
        passed=outcome.passed_tests if named else (),
        warned=outcome.warned_tests[:MAX_NAMED],
        failed=outcome.failed_tests[:MAX_NAMED],
        kind=outcome.kind,
        tools=outcome.tools,
        finished=finished,
        time_from=time_from,
        measured=outcome.measured,
    )


def _finished(group: Sequence[_Read], outcome: Outcome, request: ReportRequest, at: datetime) -> tuple[datetime, str]:
    found, source = request.finished, "given"
    if found is None and outcome.finished is not None:
        found, source = outcome.finished, "report"
    if found is None:
        found, source = min(item.changed for item in group), "file"
    if found > at + _AHEAD:
        raise MalformedInput(
            "a report is dated in the future",
            code="REPORT_FROM_THE_FUTURE",
            where=group[0].name,
            expected=f"at most {format_time(at)}",
            found=format_time(found),
            hint="correct the clock of the machine that wrote it, and run the tool again",
        )
    return min(found, at), source


def _refuse_stale(result: QualityResult, committed: int) -> None:
    if result.finished is not None and result.finished.timestamp() < committed:
        raise NothingToCheck(
            f"the report about {result.kind} is older than the source",
            code="REPORT_STALE",
            where=result.files[0].name,
            expected=f"after the commit of {format_time(datetime.fromtimestamp(committed, UTC))}",
            found=format_time(result.finished),
            hint="run the tests and tools again, then this",
        )


def _refuse_committed(root: Path, files: set[Path]) -> None:
    """What is part of the commit was there before it; a clone gives it the time of the clone, which tells nothing."""
    names = sorted(path.relative_to(root.resolve()).as_posix() for path in files)
    for name in sorted(as_committed(root, names)):
        raise NothingToCheck(
            "the report is part of the commit, so it is older than the source",
            code="REPORT_COMMITTED",
            where=name,
            expected="a report written after the commit",
            hint=f"take it out of git (git rm --cached {name}), and run the tests and tools before this",
        )


def _no_baseline(where: str, found: str) -> UsageError:
    return UsageError(
        "the baseline is of no use", code="BAD_BASELINE", where=where, expected="benchmarks to compare", found=found
    )

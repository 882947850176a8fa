"""`--since`: tells what a baseline is (SBOM, scan document, decision record, git revision), and reads or scans it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from supplychain.artifact.checkout import check_out
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.files import read_bytes
from supplychain.inventory.target import DocumentTarget, FolderTarget
from supplychain.pipeline.collect import Request, run_scans
from supplychain.policy.decision import RECORD_TYPE
from supplychain.report.coverage import plain, sorted_findings
from supplychain.scan.baseline import Baseline, Comparison, baseline_of, known_of, read_decision, read_scan
from supplychain.scan.interface import ScanResult

_RESULT_KINDS = {"deps": "dependencies"}
_SHOWN = 20


def read_baseline(since: str, request: Request) -> Baseline:
    """Read or make a baseline. One that cannot be read is an error, never an empty one.

    Args:
        since: A file (SBOM, output of `scan --format json`, decision record) or a git revision.
        request: The scan it is for: an earlier state is scanned in the same way, against the same database.

    Raises:
        UsageError: Neither a file nor a revision.
        MalformedInput: The file is none of those, or the earlier state is broken.
        ToolFailed: git fails.
    """
    path = Path(since).expanduser()
    if not path.exists():
        return _of_revision(since, request)
    data = read_bytes(path, what="a baseline")
    digest = str(Digest.of_bytes(data))
    document = parse_json_object(data, where=since)
    if document.get("_type") == RECORD_TYPE:
        return replace(read_decision(document, source=since), digest=digest)
    if "findings" in document:
        return replace(read_scan(document, source=since), digest=digest)
    kinds = tuple(kind for kind in request.kinds if kind != "sast")
    if not kinds:
        raise UsageError("an SBOM says nothing about source code", where="--since", expected="a scan with deps")
    try:
        earlier = run_scans(replace(request, target=DocumentTarget(path=path), kinds=kinds))
    except MalformedInput as error:
        error.hint = error.hint or "name an SBOM, the output of `scan --format json`, a decision record or a revision"
        raise
    about = earlier.sbom.subjects if earlier.sbom else ()
    names = (earlier.sbom.name if earlier.sbom else "", *(subject.name for subject in about))
    return replace(
        baseline_of(earlier.results, source=since, form="sbom"),
        digest=digest,
        names=tuple(dict.fromkeys(filter(None, names))),
        artifacts=tuple(str(subject.digest) for subject in about),
    )


def _of_revision(since: str, request: Request) -> Baseline:
    if not isinstance(request.target, FolderTarget):
        raise UsageError("no such baseline", code="FILE_MISSING", where=since, expected="a file, for this target")
    with tempfile.TemporaryDirectory(prefix="supplychain-baseline-") as place:
        folder = Path(place)
        commit = check_out(request.target.path, since, folder)
        digest = f"gitCommit:{commit}"
        earlier: tuple[ScanResult, ...] = ()
        try:
            earlier = run_scans(replace(request, target=FolderTarget(path=folder))).results
        except NothingToCheck:
            # There was nothing then, and that is known: the revision was read.
            names = frozenset(_RESULT_KINDS.get(kind, kind) for kind in request.kinds)
            return Baseline(source=since, form="revision", kinds=names, known=(), complete=True, digest=digest)
        except MalformedInput as error:
            error.where = error.where.replace(place, f"{since}:")
            raise
    return replace(baseline_of(earlier, source=since, form="revision"), digest=digest)


def with_since(document: dict[str, Any], comparison: Comparison, results: tuple[ScanResult, ...]) -> dict[str, Any]:
    """The JSON document of a scan, each finding marked with `since`, and the account under `baseline`."""
    since = {id(finding): word for word, finding in comparison.findings}
    ordered = sorted_findings(results)
    marked = [
        {**item, "since": since[id(finding)]} for item, finding in zip(document["findings"], ordered, strict=True)
    ]
    return {**document, "findings": marked, "baseline": comparison.to_json()}


def baseline_lines(comparison: Comparison) -> list[str]:
    """What a person is told about the comparison."""
    counts = {word: sum(since == word for since, _ in comparison.findings) for word in ("new", "unchanged", "unknown")}
    about = comparison.baseline
    lines = [
        f"since {about.source} ({about.form}): {counts['new']} new, {len(comparison.fixed)} fixed, "
        f"{counts['unchanged']} unchanged"
    ]
    if counts["unknown"]:
        lines.append(f"warning: {counts['unknown']} findings are of scans which the baseline does not have")
    if not about.complete:
        lines.append("warning: the baseline did not look at everything; some of what is new may be old")
    new = [known_of(finding) for since, finding in comparison.findings if since == "new"]
    lines += [f"  new: {known.ids[0]} in {plain(known.place)}" for known in new[:_SHOWN]]
    return lines + ([f"  and {len(new) - _SHOWN} more"] if len(new) > _SHOWN else [])

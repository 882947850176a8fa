"""Runs the scans that fit a target, side by side, and tells what their results amount to.

A scan that found nothing to look at is no clean scan: alone it ends the command, beside others its result is "0 of 0".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from supplychain.errors import ExitCode, NothingToCheck, UsageError
from supplychain.inventory.installed import with_licenses_of
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import FolderTarget, ImageTarget, Target, inventory_of
from supplychain.report.coverage import is_incomplete
from supplychain.scan.coverage import Coverage
from supplychain.scan.dependencies import DependencyScanner, with_paths
from supplychain.scan.finding import Finding, Level, Status
from supplychain.scan.interface import ScanResult
from supplychain.scan.licenses import LicenseScanner, is_only_told
from supplychain.scan.merge import Merged, Opinion, agreed_upgrades, merge

if TYPE_CHECKING:
    from supplychain.pipeline.image import ReadImage
    from supplychain.scan.image_origin import ScannedImage

KINDS = ("sast", "deps", "licenses", "image", "secrets")
"""The scans there are, by the names `--only` takes."""
_USUAL = ("sast", "deps")
"""Those that run unless others are named."""
_OF_IMAGES = ("deps", "image", "secrets")
"""Those that run over an image unless others are named."""
LATER = ("iac", "workflows")
"""Names that are taken, for scans this version does not have."""


class Threshold(StrEnum):
    """From which level on a finding fails the command."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"
    ANY = "any"

    def meets(self, finding: Finding) -> bool:
        """Whether a finding is at or above. What is still under investigation counts; UNKNOWN counts as high."""
        if finding.status not in (Status.AFFECTED, Status.UNDER_INVESTIGATION) or is_only_told(finding):
            return False
        return self is Threshold.ANY or finding.level.rank >= Level(self.value).rank


def choose_kinds(only: str | None, target: Target) -> tuple[str, ...]:
    """Read `--only`; without it, every scan that fits the target.

    Raises:
        UsageError: A name is unknown, not available yet, or does not fit the target.
    """
    source, image = isinstance(target, FolderTarget), isinstance(target, ImageTarget)
    if only is None:
        return _USUAL if source else _OF_IMAGES if image else ("deps",)
    names = dict.fromkeys(name.strip() for name in only.split(","))
    for name in names:
        if name in LATER:
            raise UsageError(
                f"the scan {name} is not available in this version", where="--only", expected=", ".join(KINDS)
            )
        if name not in KINDS:
            raise UsageError("no such scan", where="--only", expected=", ".join(KINDS), found=name or "nothing")
        if name == "sast" and not source:
            raise UsageError("sast looks at source code", where="--only", expected="a folder as TARGET")
        if name == "image" and not image:
            raise UsageError("image looks at container images", where="--only", expected="an image as TARGET")
        if name == "secrets" and not (source or image):
            raise UsageError("secrets looks into files", where="--only", expected="a folder or an image as TARGET")
    return tuple(kind for kind in KINDS if kind in names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to scan, and how."""

    target: Target
    kinds: tuple[str, ...]
    """From `choose_kinds`."""
    database: Path
    """The advisory database; it may be missing, then coverage says so."""
    exclude: tuple[str, ...] = ()
    """Patterns of files and folders to leave out."""
    timeout_s: float = 900.0
    """Seconds for each external tool."""
    second_opinion: bool = False
    """Ask pip-audit about Python dependencies too."""
    osv_url: str = ""
    """The OSV query API it is to ask; empty: PyPI."""
    licenses_from: tuple[Target, ...] = ()
    """Inventories that know the licences of what the target only names."""
    at: datetime | None = None
    """The time to judge an image's age at; needed for images."""
    image: ReadImage | None = None
    """The image, once it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the scans saw."""

    results: tuple[ScanResult, ...]
    """One for each kind asked for, in their order."""
    sbom: Sbom | None
    """What the target is made of; None: no scan asked, or there is nothing to list."""
    merged: Merged | None = None
    """Who saw what, when there was a second opinion."""
    images: tuple[ScannedImage, ...] = ()
    """What was scanned, when the target means container images."""


def run_scans(request: Request) -> Collected:
    """Run scans over a target, at the same time.

    Raises:
        NothingToCheck: None of the scans had anything to look at.
        UsageError: The target does not exist.
        MalformedInput: An input is not what its format demands.
    """
    if isinstance(request.target, ImageTarget) and request.image is None:
        from supplychain.pipeline.image_scans import run_image_scans

        return run_image_scans(request)
    return scan_one(request)


def scan_one(request: Request) -> Collected:
    """Run scans over a target that is no image, or over one image that was read. Raises as `run_scans`."""
    target, inventory = request.target, _Inventory(request)

    def sast() -> ScanResult:
        from supplychain.scan.semgrep import SemgrepScanner

        assert isinstance(target, FolderTarget)  # noqa: S101 - `choose_kinds` saw to it
        return SemgrepScanner(target.path, exclude=request.exclude, timeout_s=request.timeout_s).scan()

    merged: list[Merged] = []

    def dependencies() -> ScanResult:
        result = DependencyScanner(inventory.sbom, request.database).scan()
        if not request.second_opinion:
            return result
        merged.append(_second_opinion(result, inventory.sbom, request))
        return merged[0].result

    def licenses() -> ScanResult:
        others = (inventory_of(other) for other in request.licenses_from)
        return LicenseScanner(with_licenses_of(inventory.sbom, others)).scan()

    def image() -> ScanResult:
        from supplychain.scan.image_config import ImageConfigScanner

        assert request.at is not None  # noqa: S101 - given with every image
        read = inventory.image
        return ImageConfigScanner(read.image, read.tree, at=request.at, base=read.base).scan()

    def secrets() -> ScanResult:
        return _secrets(inventory, request)

    tasks = {"sast": sast, "deps": dependencies, "licenses": licenses, "image": image, "secrets": secrets}
    first, *rest = request.kinds
    with ThreadPoolExecutor(max_workers=len(tasks)) as pool:
        waiting = [pool.submit(_or_nothing, kind, tasks[kind]) for kind in rest]
        # In this thread, for only here an interrupt ends the program that the scan started.
        outcomes = [_or_nothing(first, tasks[first]), *(task.result() for task in waiting)]
    if not any(result.coverage.asked for result, _ in outcomes):
        raise _nothing(outcomes)
    results = tuple(result for result, _ in outcomes)
    return Collected(results=results, sbom=inventory.found, merged=merged[0] if merged else None)


def _secrets(inventory: _Inventory, request: Request) -> ScanResult:
    if isinstance(request.target, FolderTarget):
        from supplychain.scan.source_secrets import SourceSecretScanner

        return SourceSecretScanner(request.target.path, exclude=request.exclude).scan()
    from supplychain.scan.image_secrets import ImageSecretScanner

    return ImageSecretScanner(inventory.image.image, inventory.image.tree).scan()


def _second_opinion(result: ScanResult, sbom: Sbom, request: Request) -> Merged:
    from supplychain.scan.pip_audit import PREFIX, PipAuditScanner

    scanner = PipAuditScanner(sbom.components, timeout_s=request.timeout_s, osv_url=request.osv_url)
    merged = merge([Opinion(result=result), Opinion(result=scanner.scan(), prefix=PREFIX)])
    findings = with_paths(agreed_upgrades(merged.result.findings, result.scanner), sbom.components)
    return replace(merged, result=replace(merged.result, findings=tuple(findings)))


class _Inventory:
    """The inventory of a target, listed at most once, when the first scan needs it."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self._lock = Lock()
        self.found: Sbom | None = None

    @property
    def image(self) -> ReadImage:
        """The image that was read."""
        assert self._request.image is not None  # noqa: S101 - `run_scans` saw to it
        return self._request.image

    @property
    def sbom(self) -> Sbom:
        """List it (see `inventory_of` for errors)."""
        with self._lock:
            if self.found is None:
                target = self._request.target
                image = isinstance(target, ImageTarget)
                self.found = self.image.sbom if image else inventory_of(target, exclude=self._request.exclude)
            return self.found


def judge_results(results: Sequence[ScanResult], threshold: Threshold | None) -> ExitCode:
    """The exit code of a scan: a finding that counts decides, then what could not be looked at."""
    if threshold and any(threshold.meets(finding) for result in results for finding in result.findings):
        return ExitCode.DENIED
    return ExitCode.TOOL_FAILED if any(map(is_incomplete, results)) else ExitCode.OK


def judge_new(findings: Sequence[Finding], threshold: Threshold | None) -> bool:
    """Whether a finding that is new since the baseline fails the command."""
    return threshold is not None and any(map(threshold.meets, findings))


def _or_nothing(kind: str, task: Callable[[], ScanResult]) -> tuple[ScanResult, NothingToCheck | None]:
    try:
        return task(), None
    except NothingToCheck as error:
        name = {"deps": "dependencies"}.get(kind, kind)
        nothing = Coverage(asked=0, looked_at=0)
        return ScanResult(kind=name, scanner="none", version="", findings=(), coverage=nothing), error


def _nothing(outcomes: Sequence[tuple[ScanResult, NothingToCheck | None]]) -> NothingToCheck:
    errors = [error for _, error in outcomes if error]
    if len(errors) == len(outcomes) == 1:
        return errors[0]
    skipped = [skip.what for result, _ in outcomes for skip in result.coverage.skipped]
    return NothingToCheck(
        "there is nothing here that can be looked at",
        expected="Python source, or a lock file or manifest of a known ecosystem",
        found=", ".join(skipped[:10]),
        hint="name the folder of the project",
    )

"""A second opinion on Python packages: pip-audit (https://github.com/pypa/pip-audit), run by process.

It asks a service (PyPI, or one that speaks the OSV API) about each package. What the service does not know, pip-audit
skips, prints "No known vulnerabilities found" and exits 0; here that is coverage lost. Its answer counts only when it
is whole: every package it was given, at that version, is in it or is reported as not looked at.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar

from packaging.version import InvalidVersion, Version
from typing_extensions import override

from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import MalformedInput, ToolFailed
from supplychain.inventory.component import Component, pypi_name
from supplychain.process import Completed, run
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level
from supplychain.scan.interface import Scanner, ScanResult

PREFIX = "pkg:pypi/"
"""What it can look at."""
_NETWORK = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE")
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_EXPECTED_WARNINGS = ("--no-deps is supported", "Consider using a tool like `pip-compile`")


@dataclass(slots=True)
class _Read:
    """What was learned, batch by batch."""

    findings: list[Finding] = field(default_factory=list)
    skipped: list[Skip] = field(default_factory=list)
    looked_at: int = 0


class PipAuditScanner(Scanner):
    """Asks pip-audit about the Python packages among some components.

    Args:
        components: Of an SBOM; those that are no Python packages are not its business.
        timeout_s: Seconds for the whole scan.
        osv_url: Address of an OSV query API to ask; empty: PyPI.
    """

    kind: ClassVar[str] = "dependencies"
    name: ClassVar[str] = "pip-audit"

    def __init__(self, components: Sequence[Component], *, timeout_s: float = 900.0, osv_url: str = "") -> None:
        self._components = tuple(part for part in components if part.purl.startswith(PREFIX))
        self._timeout_s, self._osv_url = timeout_s, osv_url

    @override
    def version(self) -> str:
        try:
            return metadata.version("pip-audit")
        except metadata.PackageNotFoundError:
            raise ToolFailed(
                "pip-audit is not installed beside supplychain",
                code="TOOL_MISSING",
                where=self.name,
                hint="pip install 'supplychain[audit]'",
            ) from None

    @override
    def fingerprint(self) -> dict[str, object]:
        asked = sorted([part.purl, part.version or ""] for part in self._components)
        return {
            "tool": self.name,
            "version": self.version(),
            "service": self._osv_url or "pypi",
            "components": hashlib.sha256(canonical_json(asked)).hexdigest(),
        }

    @override
    def _scan(self) -> ScanResult:
        version = self.version()
        read = _Read()
        waiting: list[tuple[Component, Version]] = []
        for part in self._components:
            pinned = _pinned(part)
            if isinstance(pinned, Skip):
                read.skipped.append(pinned)
            else:
                waiting.append((part, pinned))
        for batch in _batches(waiting):
            done = self._ask(batch)
            read_answer(done, batch, read)
        if waiting and not read.looked_at:
            raise ToolFailed(
                f"its service answered for none of {len(waiting)} packages",
                code="TOOL_FAILED",
                where=self.name,
                found=read.skipped[-1].detail,
                hint="try again, or ask another service with --second-opinion-url",
            )
        coverage = Coverage(
            asked=len(self._components), looked_at=read.looked_at, skipped=tuple(sorted(set(read.skipped)))
        )
        findings = tuple(sorted(read.findings, key=lambda f: (f.component.purl if f.component else "", f.id)))
        return ScanResult(kind=self.kind, scanner=self.name, version=version, findings=findings, coverage=coverage)

    def _ask(self, batch: Mapping[str, tuple[Component, Version]]) -> Completed:
        service = ["--vulnerability-service", "osv", "--osv-url", self._osv_url] if self._osv_url else []
        network = {name: os.environ[name] for word in _NETWORK for name in (word, word.lower()) if name in os.environ}
        with tempfile.TemporaryDirectory(prefix="supplychain-audit-") as place:
            listing = Path(place) / "requirements.txt"
            lines = (f"{name}=={version}\n" for name, (_, version) in batch.items())
            listing.write_text("".join(lines), encoding="utf-8")
            words = ["pip-audit", "--requirement", str(listing), "--no-deps", "--disable-pip", "--format", "json"]
            words += ["--progress-spinner", "off", "--cache-dir", f"{place}/cache", "--aliases", "on", "--desc", "on"]
            return run([*words, *service], cwd=Path(place), timeout_s=self._timeout_s, env=network)


def _pinned(part: Component) -> Version | Skip:
    name = pypi_name(part.name)
    if not part.version:
        return Skip(what=part.purl, reason=Reason.NO_VERSION, detail="the version is not known")
    try:
        version = Version(part.version)
    except InvalidVersion:
        return Skip(what=part.purl, reason=Reason.BAD_VERSION, detail=f"{part.version[:60]!r} is no PEP 440 version")
    if not _NAME.fullmatch(name):
        return Skip(what=part.purl, reason=Reason.NOT_FROM_REGISTRY, detail="its name is none that PyPI allows")
    return version


def _batches(waiting: Sequence[tuple[Component, Version]]) -> Iterator[dict[str, tuple[Component, Version]]]:
    """Lists in which no name stands twice: pip-audit refuses two versions of one package."""
    batches: list[dict[str, tuple[Component, Version]]] = []
    for part, version in waiting:
        name = pypi_name(part.name)
        home = next((batch for batch in batches if name not in batch), None)
        if home is None:
            batches.append(home := {})
        home[name] = (part, version)
    yield from batches


def read_answer(done: Completed, batch: Mapping[str, tuple[Component, Version]], read: _Read) -> None:
    """Read what pip-audit printed about a batch, and account for each package of it.

    Raises:
        ToolFailed: It failed, or its exit code and its answer contradict each other.
    """
    if done.code not in (0, 1) or not done.stdout.strip():
        raise _failed("it gave no answer", f"exit {done.code}: {_last_line(done)}")
    try:
        entries = parse_json_object(done.stdout, where="pip-audit")["dependencies"]
        answers = {entry["name"]: entry for entry in entries}
        found = {name: _read_entry(answers.get(name), part, version) for name, (part, version) in batch.items()}
    except (MalformedInput, KeyError, TypeError, AttributeError, InvalidVersion) as error:
        raise _failed("its answer cannot be read", str(error)[:200]) from None
    vulnerable = any(isinstance(item, list) and item for item in found.values())
    if vulnerable != (done.code == 1):
        raise _failed("its exit code and its answer contradict each other", f"exit {done.code}")
    for item in found.values():
        if isinstance(item, Skip):
            read.skipped.append(item)
        else:
            read.looked_at += 1
            read.findings += item
    read.skipped += [Skip(what="pip-audit", reason=Reason.BAD_ADVISORY, detail=text) for text in _warnings(done)]


def _read_entry(entry: Mapping[str, Any] | None, part: Component, version: Version) -> list[Finding] | Skip:
    if entry is None:
        return Skip(what=part.purl, reason=Reason.TOOL_FAILED, detail="it is not in the answer")
    if "skip_reason" in entry:
        return Skip(what=part.purl, reason=Reason.NOT_FROM_REGISTRY, detail=str(entry["skip_reason"])[:200])
    if Version(entry["version"]) != version:
        return Skip(what=part.purl, reason=Reason.TOOL_FAILED, detail=f"the answer is about {entry['version']}")
    return [_finding(item, part) for item in entry["vulns"]]


def _finding(item: Mapping[str, Any], part: Component) -> Finding:
    fixed = tuple(str(text) for text in item["fix_versions"])
    text = str(item.get("description") or item["id"]).strip()
    return Finding(
        id=str(item["id"]),
        title=text if len(text) <= 200 else text[:199] + "…",
        level=Level.UNKNOWN,
        aliases=tuple(sorted({str(name) for name in item.get("aliases", [])} - {str(item["id"])})),
        component=part,
        fixed=fixed,
        seen_by=(PipAuditScanner.name,),
        help=f"update {part.name} to {fixed[-1]} or later" if fixed else "no fixed version is known",
    )


def _warnings(done: Completed) -> Iterator[str]:
    """What pip-audit says it left out of an answer, beside its usual advice."""
    for line in done.stderr.decode("utf-8", "replace").splitlines():
        level, _, text = line.partition(":")
        text = text.partition(":")[2]
        if level == "WARNING" and text and not text.startswith(_EXPECTED_WARNINGS):
            yield text[:200]


def _last_line(done: Completed) -> str:
    lines = done.error_tail(2000).splitlines()
    return lines[-1][:300] if lines else "nothing on standard error"


def _failed(message: str, found: str) -> ToolFailed:
    return ToolFailed(message, code="TOOL_FAILED", where="pip-audit", found=found)

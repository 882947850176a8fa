"""SAST with semgrep (https://semgrep.dev): our rules over the source files, by the fast engine or the classic one.

The scanned tree has no say. Its files are copied under neutral names into an empty folder, so that `.semgrepignore`,
folder names and git do not matter, and `nosemgrep` comments are not honoured. Semgrep runs offline, with its own home
folder, and its answer counts only when it is whole: each file it was given is in it, or is reported as not looked at.
"""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, TypeGuard

from typing_extensions import override

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from supplychain.process import Completed, run
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Location
from supplychain.scan.interface import Scanner, ScanResult
from supplychain.scan.rules import Rule, RuleSet, load_rules
from supplychain.scan.source_files import Sources, SourceText, read_sources

Engine = Literal["--experimental", "--legacy"]
ENGINES: tuple[Engine, ...] = ("--experimental", "--legacy")
"""Fast first. Both read the same rules and print the same document; tests compare them."""
_OPTIONS = (
    *("--json", "--quiet", "--oss-only", "--metrics=off", "--disable-version-check", "--no-rewrite-rule-ids"),
    *("--disable-nosem", "--no-git-ignore", "--novcs", "--project-root=.", "--no-exclude-binary-files"),
    *("--max-target-bytes=0", "--timeout=30", "--timeout-threshold=3"),
)
_PARSE_ERRORS = ("syntax", "lexical", "partial", "parse", "ast builder")
_LIMITS = ("timeout", "fixpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Report:
    """Semgrep's answer, checked."""

    findings: tuple[Finding, ...]
    scanned: frozenset[str]
    problems: Mapping[str, Skip]
    """Path to the worst that happened to it."""


class SemgrepScanner(Scanner):
    """Looks for weaknesses in source code.

    Args:
        root: The folder to scan.
        exclude: Patterns of files and folders to leave out: `name` anywhere, or `path/from/root`.
        timeout_s: Seconds for the whole scan.
        engines: Which engines to try, in order.
        rules: Another rule set than our own.

    Raises:
        UsageError: `root` is no folder.
    """

    kind: ClassVar[str] = "sast"
    name: ClassVar[str] = "semgrep"

    def __init__(
        self,
        root: Path,
        *,
        exclude: Sequence[str] = (),
        timeout_s: float = 900.0,
        engines: Sequence[Engine] = ENGINES,
        rules: RuleSet | None = None,
    ) -> None:
        if not root.is_dir():
            raise UsageError("no such folder", code="FILE_MISSING", where=str(root), expected="a source tree")
        self._root, self._exclude = root, tuple(exclude)
        self._timeout_s, self._engines = timeout_s, tuple(engines)
        self._given_rules = rules
        self._loaded: tuple[Sources, RuleSet] | None = None

    @override
    def version(self) -> str:
        try:
            return metadata.version("semgrep")
        except metadata.PackageNotFoundError:
            raise ToolFailed(
                "semgrep is not installed beside supplychain",
                code="TOOL_MISSING",
                where="semgrep",
                hint="install supplychain again, or run `pip install semgrep` in its environment",
            ) from None

    @override
    def fingerprint(self) -> dict[str, object]:
        sources, rules = self._load()
        total = hashlib.sha256()
        for text in sources.texts:
            total.update(f"{text.sha256} {text.path}\0".encode())
        return {
            "tool": self.name,
            "version": self.version(),
            "rules": str(rules.digest),
            "files": total.hexdigest(),
            "skipped": [[skip.what, skip.reason.value] for skip in sources.skipped],
            "others": [list(other) for other in sources.others],
            "exclude": list(self._exclude),
        }

    @override
    def _scan(self) -> ScanResult:
        sources, rules = self._load()
        version = self.version()
        report = _Report(findings=(), scanned=frozenset(), problems={})
        if sources.texts:
            with tempfile.TemporaryDirectory(prefix="supplychain-sast-") as folder:
                names = _stage(Path(folder), sources.texts, rules)
                report = self._ask(Path(folder), names, rules)
        coverage = _coverage(sources, report, rules)
        return ScanResult(
            kind=self.kind, scanner=self.name, version=version, findings=report.findings, coverage=coverage
        )

    def _load(self) -> tuple[Sources, RuleSet]:
        # Once: the key for the cache and the scan must be about the same bytes.
        if self._loaded is None:
            sources = read_sources(self._root, exclude=self._exclude)
            self._loaded = sources, self._given_rules or load_rules()
        return self._loaded

    def _ask(self, folder: Path, names: Mapping[str, str], rules: RuleSet) -> _Report:
        deadline = time.monotonic() + self._timeout_s
        failure = ToolFailed("no engine to run", code="TOOL_FAILED", where=self.name)
        for engine in self._engines:
            left = max(0.1, deadline - time.monotonic())
            try:
                return _read_report(_run(folder, engine, left), names, rules, version=self.version())
            except ToolFailed as error:
                failure = error
                if error.code in ("TIME_LIMIT", "TOOL_MISSING"):
                    break
        raise failure


def _stage(folder: Path, texts: Sequence[SourceText], rules: RuleSet) -> dict[str, str]:
    """Write sources and rules below an empty folder; return the neutral file names and what they stand for."""
    for name in ("source", "rules", "home"):
        (folder / name).mkdir()
    for name, content in rules.files.items():
        (folder / "rules" / name).write_bytes(content)
    names = {}
    for number, source in enumerate(texts, start=1):
        name = f"{number:06}.py"
        (folder / "source" / name).write_bytes(source.text)
        names[name] = source.path
    return names


def _run(folder: Path, engine: Engine, timeout_s: float) -> Completed:
    own = str(folder / "home")
    environment = {
        "HOME": own,
        "XDG_CONFIG_HOME": own,
        "XDG_CACHE_HOME": own,
        "SEMGREP_SETTINGS_FILE": f"{own}/settings.yml",
        "SEMGREP_LOG_FILE": f"{own}/semgrep.log",
        "SEMGREP_VERSION_CACHE_PATH": f"{own}/version",
        "SEMGREP_SEND_METRICS": "off",
        "SEMGREP_ENABLE_VERSION_CHECK": "0",
    }
    words = ["semgrep", "scan", engine, *_OPTIONS, "--config", str(folder / "rules"), "."]
    return run(words, cwd=folder / "source", timeout_s=timeout_s, env=environment)


def _read_report(done: Completed, names: Mapping[str, str], rules: RuleSet, *, version: str) -> _Report:
    """Check and read what semgrep printed.

    Raises:
        ToolFailed: It is not whole, or about something else than was asked. Half an answer is none.
    """
    try:
        document = parse_json_object(done.stdout, where="the output of semgrep")
    except MalformedInput as error:
        _refuse(done, error.message)
    lists = [document.get("results"), document.get("errors"), document.get("skipped_rules", [])]
    scanned = document["paths"].get("scanned") if isinstance(document.get("paths"), dict) else None
    if document.get("version") != version or not all(isinstance(part, list) for part in lists) or not _texts(scanned):
        _refuse(done, f"not a whole report of semgrep {version}")
    results, errors, skipped_rules = lists
    if skipped_rules:
        _refuse(done, f"{len(skipped_rules)} rules were skipped")
    try:
        problems: dict[str, Skip] = {}
        for entry in errors:
            path = names[str(entry["path"])]
            problems.setdefault(path, _problem(path, entry))
        findings = {_finding(result, names, rules.rules) for result in results}
        paths = frozenset(names[name] for name in scanned)
    except (KeyError, TypeError, ValueError):
        messages = [str(entry.get("message")) for entry in errors if isinstance(entry, dict)]
        _refuse(done, (messages or ["a result about something else"])[0][:300])
    if done.code != 0:
        _refuse(done, "an error that its report does not name")
    return _Report(findings=tuple(sorted(findings, key=_place)), scanned=paths, problems=problems)


def _finding(result: dict[str, Any], names: Mapping[str, str], rules: Mapping[str, Rule]) -> Finding:
    rule = rules[result["check_id"].rpartition(".")[2]]
    start, end = result["start"], result["end"]
    return Finding(
        id=rule.id,
        title=rule.title,
        level=rule.level,
        location=Location(
            path=names[result["path"]], line=int(start["line"]), column=int(start["col"]), end_line=int(end["line"])
        ),
        seen_by=(SemgrepScanner.name,),
        help=rule.help,
    )


def _problem(path: str, error: dict[str, Any]) -> Skip:
    kind = error["type"]
    word = str(kind[0] if isinstance(kind, list) else kind)
    lines = [span["start"]["line"] for span in error.get("spans") or []]
    rule = str(error.get("rule_id") or "").rpartition(".")[2]
    detail = word + (f" at line {lines[0]}" if lines else "") + (f" in rule {rule}" if rule else "")
    if word.lower().startswith(_LIMITS):
        return Skip(what=path, reason=Reason.TIME_LIMIT, detail=detail)
    parse = any(part in word.lower() for part in _PARSE_ERRORS)
    return Skip(what=path, reason=Reason.UNREADABLE if parse else Reason.TOOL_FAILED, detail=detail)


def _coverage(sources: Sources, report: _Report, rules: RuleSet) -> Coverage:
    lost = dict(report.problems)
    for source in sources.texts:
        if source.path not in report.scanned:
            lost.setdefault(
                source.path, Skip(what=source.path, reason=Reason.TOOL_FAILED, detail="semgrep did not look at it")
            )
    asked = len(sources.texts) + len(sources.skipped)
    others = tuple(
        Skip(
            what=f"{language} ({count} file{'s' if count > 1 else ''})",
            reason=Reason.UNSUPPORTED_LANGUAGE,
            detail="this version has no rules for the language",
        )
        for language, count in sources.others
    )
    return Coverage(
        asked=asked,
        looked_at=len(sources.texts) - len(lost),
        skipped=(*sorted((*sources.skipped, *lost.values())), *others),
        rules=rules.digest,
        time_limit_hit=any(skip.reason is Reason.TIME_LIMIT for skip in lost.values()),
    )


def _place(finding: Finding) -> tuple[str, int, int, str]:
    place = finding.location
    return (place.path, place.line, place.column, finding.id) if place else ("", 0, 0, finding.id)


def _texts(value: object) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _refuse(done: Completed, found: str) -> NoReturn:
    raise ToolFailed(
        f"the answer of semgrep (exit {done.code}) cannot be relied on",
        code="BAD_OUTPUT",
        where=" ".join(done.argv[:3]),
        expected="a complete JSON report about the files that were given",
        found="; ".join(part for part in (found, done.error_tail(300)) if part),
        hint="run the scan again; `supplychain doctor` shows which semgrep is used",
    )

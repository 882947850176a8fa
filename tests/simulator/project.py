"""A project that `supplychain run` can work on: source, dependencies, advisories, and a semgrep that does as it is told.

The fake semgrep is a program found where the real one is, beside the interpreter; what it prints is up to the test.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timedelta
from importlib import metadata
from pathlib import Path

import pytest

from supplychain.advisory.importing import import_sources
from supplychain.encoding import format_time
from tests.simulator.runner import Outcome, run_cli
from tests.simulator.world import AT

_SEMGREP = """#!{python} -S
import json, os, sys
names = sorted(os.listdir("."))
report = {{"version": "{version}", "results": [], "errors": [], "skipped_rules": [], "paths": {{"scanned": names}}}}
finding = {{"check_id": "rules.{rule}", "path": names[0], "start": {{"line": 1, "col": 1}}, "end": {{"line": 1, "col": 9}}}}
{behaviour}
"""
RULE = "python-eval"
"""A rule of ours that the fake semgrep may report."""
HONEST = "print(json.dumps(report))"
"""Looked at everything, saw nothing."""
FINDS = "report['results'] = [finding]; print(json.dumps(report))"
"""Saw something, and ends with 0 all the same, as semgrep does."""


class Project:
    """A folder with a home of its own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "shop"
        self.home = folder / "home"
        self._tools = folder / "tools"
        self._monkeypatch = monkeypatch
        self._python = sys.executable
        for made in (self.root, self.home, self._tools):
            made.mkdir(parents=True)
        (self.root / "app.py").write_text("print(1)\n")
        (self.root / "requirements.txt").write_text("flask==3.0.0\n")
        self.know("demo", modified=format_time(AT - timedelta(days=1)))
        self.semgrep(HONEST)

    def know(self, package: str, *, modified: str, number: int = 1, allow_older: bool = False) -> None:
        """Import a feed of one advisory about a package, fixed in 99."""
        events = [{"introduced": "0"}, {"fixed": "99"}]
        about = {"package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": events}]}
        severity = [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]
        record = {"id": f"T-{number}", "modified": modified, "affected": [about], "severity": severity}
        feed = self.root.parent / "advisories"
        feed.mkdir(exist_ok=True)
        (feed / "T.json").write_text(json.dumps(record))
        import_sources(self.home, [feed], snapshot=None, at=AT, allow_older=allow_older)

    def semgrep(self, behaviour: str) -> None:
        """Put a semgrep in place that does what these Python statements say."""
        program = self._tools / "semgrep"
        version = metadata.version("semgrep")
        program.write_text(
            _SEMGREP.format(python=self._python, version=version, rule=RULE, behaviour=behaviour), encoding="utf-8"
        )
        program.chmod(0o755)
        python = self._tools / "python"
        python.write_text(f'#!/bin/sh\nexec "{self._python}" "$@"\n', encoding="utf-8")
        python.chmod(0o755)
        self._monkeypatch.setattr(sys, "executable", str(python))

    @property
    def env(self) -> dict[str, str]:
        """What the commands find in their environment."""
        return {"SUPPLYCHAIN_HOME": str(self.home), "NO_COLOR": "1"}

    def cli(self, *words: str) -> Outcome:
        """Run `supplychain WORDS` in the project folder."""
        return run_cli(words, env=self.env, cwd=self.root)

    def run(self, to: str = "staging", *, at: datetime = AT) -> Outcome:
        """`supplychain run`, as JSON."""
        return self.cli("run", ".", "--to", to, "--at", format_time(at), "--format", "json")


def reasons(outcome: Outcome) -> set[str]:
    """Codes of the violations of the last decision of a run."""
    decisions = outcome.json["decisions"]
    return {violation["code"] for violation in decisions[-1]["violations"]} if decisions else set()

"""Runs the command line in this process and tells what it did: exit code, both outputs, the JSON it printed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from supplychain.cli.main import main
from supplychain.errors import ExitCode

Run = Callable[..., tuple[int, str, str]]
"""Runs one command and returns its exit code and both outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one command did."""

    words: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The document on standard output."""
        return json.loads(self.stdout)

    @property
    def decision(self) -> dict[str, Any]:
        """The decision, of `gate` or of `admit` with one artifact."""
        body = self.json
        return body["decisions"][0] if "decisions" in body else body

    @property
    def error(self) -> str:
        """The code of the error on standard error; empty when there is none."""
        found = re.search(r"^(?:error|CANNOT-TELL) \[([A-Z_0-9]+)\]", self.stderr, re.MULTILINE)
        return found[1] if found else ""

    @property
    def codes(self) -> set[str]:
        """Codes of the violations of the decision."""
        return {violation["code"] for violation in self.decision["violations"]}

    @property
    def warnings(self) -> set[str]:
        """Codes of its warnings."""
        return {violation["code"] for violation in self.decision["warnings"]}

    @property
    def rejected(self) -> set[str]:
        """Why evidence was refused: the codes told by the warning about rejected evidence."""
        told = [w["evidence"] for w in self.decision["warnings"] if w["code"] == "EVIDENCE_REJECTED"]
        return {evidence["code"] for evidence in told}


def run_cli(words: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> Outcome:
    """Run one command as a shell would, in this process."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code = 0
    argv = ["supplychain", *(str(word) for word in words)]
    with (
        contextlib.chdir(cwd),
        patch.object(sys, "argv", argv),
        patch.dict(os.environ, dict(env)),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else 0
    return Outcome(words=tuple(argv[1:]), exit_code=int(code), stdout=_text(out), stderr=_text(err))


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.detach()
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode("utf-8")


def assert_told(outcome: Outcome, exit_code: ExitCode, error: str = "") -> None:
    """Fail with both outputs unless the command ended as expected."""
    told = (outcome.exit_code, outcome.error)
    assert told == (int(exit_code), error), f"{outcome.words}\n{outcome.stdout[-3000:]}\n{outcome.stderr[-3000:]}"

"""The command line in this process, for the tests of single verbs."""

from __future__ import annotations

import sys

import pytest

from supplychain.cli.main import main
from tests.simulator.runner import Run


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["supplychain", *map(str, words)])
        with pytest.raises(SystemExit) as leaving:
            main()
        done = capsys.readouterr()
        return int(leaving.value.code or 0), done.out, done.err

    return call

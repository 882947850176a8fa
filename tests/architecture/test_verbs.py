"""One list of verbs: the program, its help and the README say the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from supplychain.cli.main import VERBS
from tests.simulator.runner import run_cli

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_has_every_verb() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| (.*?) ?\|$", text, re.MULTILINE)
    assert {verb: told for verb, told, _ in rows} == VERBS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_every_verb_has_its_help(verb: str, tmp_path: Path) -> None:
    done = run_cli([verb, "--help"], env={"COLUMNS": "200"}, cwd=tmp_path)
    assert done.exit_code == 0, done.stderr
    assert VERBS[verb] in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "next_words"),
    [
        (("nope",), "supplychain --help"),
        (("keys", "nope"), "supplychain keys --help"),
        (("keys", "generate", "--nope", "x"), "supplychain keys generate --help"),
        (("run", "--nope"), "supplychain run --help"),
    ],
)
def test_a_slip_names_the_help_of_that_verb(words: tuple[str, ...], next_words: str, tmp_path: Path) -> None:
    done = run_cli(words, env={}, cwd=tmp_path)
    assert done.exit_code == 2
    assert done.stderr.endswith(f"next:     {next_words}\n")

"""Plain words of `verify` mean what the library for command lines reads in them, and nothing else is plain."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from supplychain.cli import app, plain_verify, verify
from supplychain.cli.output import OutputFormat
from supplychain.cli.plain_verify import plain_words
from supplychain.errors import ExitCode
from tests.simulator.world import World

PLAIN = [
    ["a.whl"],
    ["a.whl", "--key", "k.pub", "--bundle", "a.json", "--bundle=b.json"],
    ["--bundle", "a.json", "--trust=t.yaml", "a.whl", "--at", "2026-01-01T00:00:00Z", "--format", "json"],
    [
        "a.whl",
        "--source-uri=git+https://h/x?a=b",
        "--workflow-input",
        "a=b=c",
        "--workflow-input=d=e",
        "--project",
        "p",
    ],
    ["a.whl", "--certificate-identity", "i", "--certificate-oidc-issuer", "o", "--trusted-root", "r", "--format=table"],
    ["a.whl", "--store", "oci:h/r", "--predicate", "vsa", "--package-name", "n", "--package-version", "1"],
    ["a.whl", "--source-tag", "v1", "--source-branch", "b", "--source-versioned-tag", "v1", "--builder-id", "b"],
]
OTHER = [
    [],
    ["--help"],
    ["a.whl", "--help"],
    ["a.whl", "b.whl"],
    ["a.whl", "a.whl"],
    ["a.whl", "--format", "json", "--format", "json"],
    ["a.whl", "-key", "k"],
    ["a.whl", "--"],
    ["--", "a.whl"],
    ["-", "a.whl"],
    ["a.whl", "-C", "p"],
    ["a.whl", "--key"],
    ["a.whl", "--key", ""],
    ["a.whl", "--key="],
    ["", "--key", "k"],
    ["a.whl", "--key", "k", "--key", "k"],
    ["a.whl", "--key", "--bundle", "b"],
    ["a.whl", "--bundles", "b"],
    ["a.whl", "--bund", "b"],
    ["a.whl", "--format", "xml"],
    ["a.whl", "--format", "JSON"],
    ["a.whl", "--artifact", "b"],
    ["--artifact", "b"],
    ["a.whl", "--layout", "l"],
    ["a.whl", "--env", "dev"],
    ["a.whl", "--envelope", "e"],
    ["a.whl", "--allow-inspections"],
]


@pytest.mark.parametrize("words", PLAIN, ids=" ".join)
def test_plain_words_are_read_as_the_library_reads_them(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def take(artifact: str, **options: Any) -> None:
        asked.update(options, artifact=artifact)

    monkeypatch.setattr(verify, "verify_plainly", take)
    typer.main.get_command(app.build_app("verify")).main(["verify", *words], standalone_mode=False)
    given = {name: value for name, value in asked.items() if value not in (None, [], ())}
    plain = {"format_": OutputFormat.TABLE, "project": Path(), **(plain_words(words) or {})}
    assert plain == given


@pytest.mark.parametrize("words", OTHER, ids=" ".join)
def test_other_words_are_left_to_the_library(words: list[str]) -> None:
    assert plain_words(words) is None


@pytest.mark.parametrize("more", [[], ["--format", "json"], ["--key", "none.pub"], ["--at", "today"], ["--store", "x"]])
def test_both_ways_tell_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: list[str]) -> None:
    world = World(tmp_path / "world")
    world.put_raw(b"{}", name="bad")
    words = ["verify", world.file, *more]
    plainly = world.run(*words)
    monkeypatch.setattr(plain_verify, "plain_words", lambda _: None)
    assert world.run(*words) == plainly
    assert (plainly.exit_code == ExitCode.OK) == (more in ([], ["--format", "json"]))

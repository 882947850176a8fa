"""`supplychain sbom`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from supplychain.cli.sbom import sbom
from supplychain.errors import NothingToCheck, UsageError
from supplychain.inventory.target import inventory_of, parse_target


@pytest.fixture
def command() -> typer.Typer:
    app = typer.Typer()
    app.command()(sbom)
    return app


def run(command, *arguments: object):
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "requirements.txt").write_text("django==1.8\nflask\n")
    return tmp_path


def test_the_document_alone_on_standard_output(command, project):
    done = run(command, project, "--at", "2026-01-31T12:00:00Z")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["specVersion"] == "1.6"
    assert document["metadata"]["timestamp"] == "2026-01-31T12:00:00Z"
    assert "incomplete: 1" in done.stderr
    assert "pkg:pypi/flask" in done.stderr


@pytest.mark.parametrize("arguments", [["--spec", "1.5"], ["--spec", "1.7"], ["--format", "spdx"]])
def test_a_file_that_reads_back(command, project, tmp_path, arguments):
    out = tmp_path / "out" / "bom.json"
    done = run(command, project, "-o", out, *arguments)
    assert (done.exit_code, done.stdout) == (0, "")
    back = inventory_of(parse_target(f"sbom:{out}"))
    assert [component.purl for component in back.components] == ["pkg:pypi/django@1.8", "pkg:pypi/flask"]
    assert [gap.reason for gap in back.gaps] == ["not_pinned"]


def test_the_same_time_gives_the_same_bytes(command, project):
    first, second = (run(command, project, "--at", "2026-01-31T12:00:00Z").stdout for _ in range(2))
    assert first == second


@pytest.mark.parametrize("arguments", [["--spec", "1.4"], ["--spec", "1.6", "--format", "spdx"]])
def test_a_version_that_is_not_written(command, project, arguments):
    assert isinstance(run(command, project, *arguments).exception, UsageError)


def test_nothing_listed_is_nothing_to_check(command, tmp_path):
    (tmp_path / "uv.lock").write_text("version = 1\n")
    assert isinstance(run(command, tmp_path).exception, NothingToCheck)


def test_excluding(command, project):
    (project / "tests").mkdir()
    (project / "tests" / "requirements.txt").write_text("evil==1\n")
    assert "evil" not in json.dumps(json.loads(run(command, project, "--exclude", "tests").stdout)["components"])

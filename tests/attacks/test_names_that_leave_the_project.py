"""Names in the configuration that lead out of the project: nothing is written there."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.project import Project
from tests.simulator.runner import assert_told

OUT = ["../../evil", "/tmp/evil", "a/b", "..", ".", "a\0b", "a\nb"]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    return Project(tmp_path, monkeypatch)


def test_a_plain_name(project: Project) -> None:
    (project.root / "supplychain.yaml").write_text("version: 1\nname: shop-1.0_x\nenvironments: [dev-1, staging]\n")
    outcome = project.cli("history", "sha256:" + "0" * 64)
    assert_told(outcome, ExitCode.USAGE, "TRUST_MISSING")
    (project.root / "supplychain.yaml").write_text("version: 1\nname: shop\n")
    assert_told(project.run(), ExitCode.OK)


@pytest.mark.parametrize("name", OUT)
@pytest.mark.parametrize("field", ["name: {}", "environments: [{}]"])
def test_refused(project: Project, field: str, name: str) -> None:
    quoted = '"' + name.replace("\0", "\\0").replace("\n", "\\n") + '"'
    (project.root / "supplychain.yaml").write_text("version: 1\n" + field.format(quoted) + "\n")
    assert_told(project.run(), ExitCode.MALFORMED, "BAD_CONFIG")

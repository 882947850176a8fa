"""What is installed in a Python environment."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from supplychain.errors import ToolFailed, UsageError
from supplychain.inventory.environment import collect_environment, find_interpreter


def test_this_environment():
    sbom = collect_environment(Path(sys.executable))
    listed = {component.name: component for component in sbom.components}
    assert listed["packaging"].purl == f"pkg:pypi/packaging@{listed['packaging'].version}"
    assert "pkg:pypi/iniconfig@" in " ".join(listed["pytest"].depends_on)
    assert sbom.name == Path(sys.executable).parent.parent.name


def test_the_folder_of_an_environment(tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").symlink_to(sys.executable)
    assert find_interpreter(tmp_path) == tmp_path / "bin" / "python"


def test_no_interpreter_there(tmp_path):
    with pytest.raises(UsageError):
        collect_environment(tmp_path)
    with pytest.raises(UsageError):
        collect_environment(tmp_path / "python")


def test_an_interpreter_that_does_not_start(tmp_path):
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(ToolFailed) as caught:
        collect_environment(broken)
    assert str(broken) in caught.value.where

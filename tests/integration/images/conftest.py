"""The images of `build.py`, for tests that ask the programs inside them."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from supplychain.cli.main import main
from tests.simulator.runner import Run


@pytest.fixture(scope="session")
def built() -> Path:
    """The folder that `build.py` filled, named by SUPPLYCHAIN_IMAGES; without it these tests skip, visibly."""
    given = os.environ.get("SUPPLYCHAIN_IMAGES")
    if not given:
        pytest.skip(
            "no images: run tests/integration/images/build.py FOLDER as root, and set SUPPLYCHAIN_IMAGES=FOLDER"
        )
    lost = [name for name in ("debian", "debian.root", "mixed", "mixed.root") if not (Path(given) / name).is_dir()]
    if lost:
        pytest.fail(f"SUPPLYCHAIN_IMAGES={given} lacks {', '.join(lost)}: build.py did not end")
    if os.geteuid() != 0 or not shutil.which("chroot"):
        pytest.skip("asking the programs inside an image needs root and chroot")
    return Path(given)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The command line in this process."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["supplychain", *map(str, words)])
        with pytest.raises(SystemExit) as leaving:
            main()
        done = capsys.readouterr()
        return int(leaving.value.code or 0), done.out, done.err

    return call


@pytest.fixture
def sbom(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], dict[str, Any]]:
    """The SBOM of a target as the program writes it."""

    def make(target: str) -> dict[str, Any]:
        path = tmp_path / "sbom.cdx.json"
        monkeypatch.setattr(sys, "argv", ["supplychain", "sbom", target, "-o", str(path)])
        with pytest.raises(SystemExit) as leaving:
            main()
        assert not leaving.value.code
        document: dict[str, Any] = json.loads(path.read_text())
        return document

    return make

"""Run the inspections of a layout: commands that its owner wants run where the artifact is checked.

Only on request. Each runs in an empty folder that holds a copy of the artifact, with a clean environment and a time
limit; it is no sandbox: a command can still do whatever the user can.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from supplychain.errors import UsageError, VerificationFailed
from supplychain.pipeline.link_files import record_materials
from supplychain.process import run
from supplychain.verification.layout_links import Work
from supplychain.verification.layout_plan import Inspect

LIMIT_S = 300.0


def inspector(artifact: Path | None) -> Inspect:
    """What runs inspections on an artifact. Raises UsageError when the artifact is no file here."""
    if artifact is None:
        raise UsageError(
            "inspections look at the artifact itself",
            code="ARTIFACT_MISSING",
            where="--allow-inspections",
            expected="the artifact as a file",
            found="a digest",
        )

    def inspect(name: str, command: Sequence[str]) -> Work:
        with tempfile.TemporaryDirectory(prefix="supplychain-inspection-") as place:
            folder = Path(place)
            shutil.copyfile(artifact, folder / artifact.name)
            before = _record(folder)
            done = run(command or ["(nothing)"], cwd=folder, timeout_s=LIMIT_S, own_first=False)
            if done.code != 0:
                raise VerificationFailed(
                    f"the inspection {name!r} ended with exit code {done.code}",
                    code="INSPECTION_FAILED",
                    where=" ".join(command),
                    expected="exit code 0",
                    found=done.error_tail() or done.stdout[-600:].decode("utf-8", "replace").strip(),
                )
            return Work(step=name, command=tuple(command), materials=before, products=_record(folder))

    return inspect


def _record(folder: Path) -> dict[str, dict[str, str]]:
    return {file.name: file.digest.to_set() for file in record_materials(folder, [Path()])}

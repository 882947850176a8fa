"""Lists what is installed in a Python environment, with the CycloneDX project's own generator.

`cyclonedx-py` asks the interpreter for its search path and reads the metadata of every distribution there. Its
validator is switched off, because it takes most of its time; its document is checked here against the same schema.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from supplychain.encoding import parse_json
from supplychain.errors import MalformedInput, NothingToCheck, ToolFailed, UsageError
from supplychain.inventory.cyclonedx import parse_cyclonedx
from supplychain.inventory.license_files import licenses_of_distributions
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.process import run

_TOOL = "cyclonedx-py"
_ELSEWHERE = ("vcs_url=", "download_url=", "file_url=")


def collect_environment(python: Path, *, timeout_s: float = 120.0) -> Sbom:
    """List the distributions of a Python environment.

    Args:
        python: The interpreter, or the folder of a virtual environment. The interpreter is run.
        timeout_s: Seconds until the generator is ended.

    Raises:
        UsageError: There is no interpreter.
        NothingToCheck: Nothing is installed.
        ToolFailed: The generator is missing, failed or took too long.
        MalformedInput: The generator printed something that is no valid CycloneDX.
    """
    interpreter = find_interpreter(python)
    beside = Path(sys.executable).parent / _TOOL
    program = str(beside) if beside.exists() else _TOOL
    argv = (program, "environment", "--no-validate", "--of", "JSON", "--sv", "1.6", str(interpreter))
    done = run(argv, timeout_s=timeout_s)
    if done.code != 0 or not done.stdout.strip():
        raise ToolFailed(
            f"{_TOOL} could not list the environment (exit {done.code})",
            where=str(python),
            found=done.error_tail(),
            hint="check that the interpreter starts",
        )
    sbom = parse_cyclonedx(done.stdout, where=f"the output of {_TOOL}")
    if not sbom.components and not sbom.gaps:
        raise NothingToCheck("nothing is installed in this environment", where=str(python))
    # The generator gives no purl to what was installed from a path.
    local = (gap.what for gap in sbom.gaps if gap.reason == "unknown_ecosystem")
    remote = (c.purl for c in sbom.components if any(key in c.purl for key in _ELSEWHERE))
    elsewhere = tuple(
        Gap(what=what, reason="not_from_registry", detail="installed from an address or a path")
        for what in (*local, *remote)
    )
    others = tuple(gap for gap in sbom.gaps if gap.reason != "unknown_ecosystem")
    components = licenses_of_distributions(sbom.components, _search_path(interpreter))
    sbom = replace(sbom, components=components)
    # The folder of the environment names it better than the generator, which knows only the project.
    return replace(sbom, name=interpreter.parent.parent.name or "environment", gaps=(*others, *elsewhere))


def _search_path(interpreter: Path) -> tuple[Path, ...]:
    """The folders in which an interpreter looks for packages; empty when it does not say."""
    done = run((str(interpreter), "-c", "import json, sys; print(json.dumps(sys.path))"), timeout_s=30)
    try:
        value = parse_json(done.stdout, where=f"the search path of {interpreter}")
    except MalformedInput:
        return ()
    return tuple(Path(item) for item in value if isinstance(item, str) and item) if isinstance(value, list) else ()


def find_interpreter(python: Path) -> Path:
    """The interpreter that a path means: itself, or that of a virtual environment.

    Raises:
        UsageError: There is none.
    """
    # Not resolved: a virtual environment is known by the place of the link, not by what it points to.
    places = (python / "bin" / "python", python / "Scripts" / "python.exe") if python.is_dir() else (python,)
    for place in places:
        if place.is_file():
            return place.absolute()
    raise UsageError(
        "no Python interpreter there",
        code="FILE_MISSING",
        where=str(python),
        expected="an interpreter, or the folder of a virtual environment",
    )

"""What `doctor` looks at: the parts every verb stands on, one line each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from supplychain import __version__
from supplychain.advisory.database import AdvisoryDatabase
from supplychain.encoding import format_time
from supplychain.errors import SupplychainError, ToolFailed
from supplychain.pipeline.config import load_config
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.workspace import DATABASE_NAME, key_path
from supplychain.process import run


def examine(root: Path, home: Path) -> list[dict[str, Any]]:
    """Look at everything; never raises for what is missing.

    Returns:
        Objects `{"name", "needed", "ok", "found"}`. `needed`: a verb cannot work without it.
    """
    checks: list[tuple[str, bool, Callable[[], str]]] = [
        ("supplychain", True, lambda: f"{__version__} under Python {sys.version.split()[0]}"),
        ("home", True, lambda: str(home)),
        ("git", True, lambda: _version("git", "--version")),
        ("semgrep", True, lambda: metadata.version("semgrep")),
        ("policy engine", True, lambda: f"regorus {metadata.version('gordon-to-regorus')}"),
        ("policies", True, lambda: str(policies_folder())),
        ("configuration", False, lambda: _there(root / "supplychain.yaml", "none: the defaults hold")),
        ("trust file", False, lambda: _there(load_config(root).trust, "none: `supplychain init` writes one")),
        ("signing key", False, lambda: _there(key_path(load_config(root), home), "none: `run` and `init` make one")),
        ("database", False, lambda: _database(home)),
    ]
    return [_check(name, needed, look) for name, needed, look in checks]


def _check(name: str, needed: bool, look: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"name": name, "needed": needed, "ok": True, "found": look()}
    except SupplychainError as error:
        return {"name": name, "needed": needed, "ok": False, "found": error.message}
    except metadata.PackageNotFoundError as error:
        return {"name": name, "needed": needed, "ok": False, "found": f"not installed: {error}"}


def _version(*argv: str) -> str:
    return run(argv, timeout_s=20).stdout.decode("utf-8", "replace").strip()


def _there(path: Path, otherwise: str) -> str:
    if not path.exists():
        raise ToolFailed(otherwise)
    return str(path)


def _database(home: Path) -> str:
    with AdvisoryDatabase.open(home / DATABASE_NAME) as database:
        state = database.state()
    built = format_time(state.built) if state.built else "unknown time"
    return f"{state.records:,} records of {built}"

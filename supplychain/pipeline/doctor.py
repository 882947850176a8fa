"""What `doctor` looks at: the parts every verb stands on, one line each."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from supplychain import __version__
from supplychain.advisory.database import AdvisoryDatabase
from supplychain.artifact.image.mirrors import configured, parse_rules
from supplychain.artifact.image.pruning import kept_state, shown_size
from supplychain.encoding import format_time
from supplychain.errors import SupplychainError, ToolFailed
from supplychain.files import read_bytes
from supplychain.pipeline.config import load_config
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.signers import signer_uri
from supplychain.pipeline.workspace import DATABASE_NAME, key_path
from supplychain.process import run
from supplychain.signing.registry import SignerUri


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
        ("signer", False, lambda: _signer(root, home)),
        ("database", False, lambda: _database(home)),
        ("registry mirrors", False, lambda: _mirrors(home)),
        ("pulled blobs", False, lambda: _blobs(home)),
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


def _signer(root: Path, home: Path) -> str:
    config = load_config(root)
    text, _ = signer_uri(config, home)
    if SignerUri.parse(text).scheme == "file":
        return _there(key_path(config, home), "none: `run` and `init` make one")
    return text


def _mirrors(home: Path) -> str:
    files = configured(home)
    rules = sum(len(parse_rules(read_bytes(path, what="mirrors"), where=str(path))) for path in files)
    if not rules:
        raise ToolFailed("none: every registry is asked itself")
    return f"{rules} rules in {', '.join(map(str, files))}"


def _blobs(home: Path) -> str:
    state = kept_state(home)
    return f"{state.blobs:,}, {shown_size(state.size)} of {shown_size(state.max_size)}"


def _database(home: Path) -> str:
    with AdvisoryDatabase.open(home / DATABASE_NAME) as database:
        state = database.state()
    built = format_time(state.built) if state.built else "unknown time"
    return f"{state.records:,} records of {built}"

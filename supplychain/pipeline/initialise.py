"""`init`: what a project needs to begin. Writes what is missing and never overwrites."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from supplychain.errors import UsageError
from supplychain.files import write_new
from supplychain.pipeline.config import CONFIG_NAME, default_name, load_config
from supplychain.pipeline.workspace import ensure_key, key_password, key_path, trust_text
from supplychain.signing.local_key import LocalKey

_IGNORE = "# Evidence, results and decisions of supplychain; keep it out of the source.\n*\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialised:
    """What was written and what was there already."""

    written: tuple[Path, ...]
    kept: tuple[Path, ...]


def initialise(root: Path, home: Path) -> Initialised:
    """Write configuration, trust file and key pair where they are missing.

    Raises:
        UsageError: The folder does not exist.
        MalformedInput: A configuration is there and is not one.
    """
    if not root.is_dir():
        raise UsageError("no such folder", code="FILE_MISSING", where=str(root), expected="the folder of a project")
    written: list[Path] = []
    kept: list[Path] = []

    def put(path: Path, text: str) -> None:
        (written if write_new(path, text.encode("utf-8")) else kept).append(path)

    put(root / CONFIG_NAME, config_text(root))
    config = load_config(root)
    key = key_path(config, home)
    (written if ensure_key(key) else kept).append(key)
    public = LocalKey.load(key, password=key_password()).public_key
    put(config.trust, trust_text("release", public))
    put(root / ".supplychain" / ".gitignore", _IGNORE)
    return Initialised(written=tuple(written), kept=tuple(kept))


def config_text(root: Path) -> str:
    """A configuration for what the folder seems to be: a Python project with a build backend, or anything else."""
    lines = ["# What is built here and how it is judged. `docs/configuration.md` explains every field.", "version: 1"]
    lines.append(f"name: {default_name(root)}")
    project = root / "pyproject.toml"
    if project.is_file() and "[build-system]" in project.read_text(encoding="utf-8", errors="replace"):
        lines += ["build:", "  command: [python, -m, build, --wheel]", '  products: ["dist/*.whl"]']
    else:
        lines += ["# build:", "#   command: [make, release]", '#   products: ["dist/*"]']
    lines += ["environments: [dev, staging, production]", "trust: trust.yaml"]
    return "\n".join(lines) + "\n"

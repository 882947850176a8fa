"""Which files are read, by what. One line per kind of file; the first that reads a name wins."""

from __future__ import annotations

import re
from fnmatch import translate
from functools import cache
from pathlib import PurePosixPath

from supplychain.inventory.catalogers.bun import read_bun
from supplychain.inventory.catalogers.dotnet import read_nuget_lock
from supplychain.inventory.catalogers.golang import read_go_mod
from supplychain.inventory.catalogers.gradle import read_gradle_lock, read_gradle_verification
from supplychain.inventory.catalogers.interface import Cataloger, Role
from supplychain.inventory.catalogers.maven import read_pom
from supplychain.inventory.catalogers.node import read_package_json, read_package_lock
from supplychain.inventory.catalogers.php import read_composer_json, read_composer_lock
from supplychain.inventory.catalogers.pnpm import read_pnpm
from supplychain.inventory.catalogers.python_locks import read_pdm, read_pipfile_lock, read_poetry
from supplychain.inventory.catalogers.python_projects import (
    read_pipfile,
    read_pyproject,
    read_setup_cfg,
    read_setup_py,
)
from supplychain.inventory.catalogers.python_requirements import read_requirements
from supplychain.inventory.catalogers.python_uv import read_pylock, read_uv
from supplychain.inventory.catalogers.ruby import read_gemfile_lock
from supplychain.inventory.catalogers.rust import read_cargo_lock, read_cargo_toml
from supplychain.inventory.catalogers.unread import UNREAD
from supplychain.inventory.catalogers.yarn import read_yarn

_PIP = ("*requirements*.txt", "requirements/*.txt", "*constraints*.txt", "constraints/*.txt")
_PIP_IN = ("*requirements*.in", "requirements/*.in")
_NPM = ("package-lock.json", "npm-shrinkwrap.json")
_VERIFIED = ("gradle/verification-metadata.xml",)
_LOCK, _MANIFEST = Role.LOCK, Role.MANIFEST

CATALOGERS: tuple[Cataloger, ...] = (
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=_PIP, read=read_requirements),
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=("poetry.lock",), read=read_poetry),
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=("uv.lock",), read=read_uv),
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=("pdm.lock",), read=read_pdm),
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=("Pipfile.lock",), read=read_pipfile_lock),
    Cataloger(ecosystem="pypi", role=_LOCK, patterns=("pylock.toml", "pylock.*.toml"), read=read_pylock),
    Cataloger(ecosystem="pypi", role=_MANIFEST, patterns=("pyproject.toml",), read=read_pyproject),
    Cataloger(ecosystem="pypi", role=_MANIFEST, patterns=("Pipfile",), read=read_pipfile),
    Cataloger(ecosystem="pypi", role=_MANIFEST, patterns=("setup.cfg",), read=read_setup_cfg),
    Cataloger(ecosystem="pypi", role=_MANIFEST, patterns=("setup.py",), read=read_setup_py),
    Cataloger(ecosystem="pypi", role=_MANIFEST, patterns=_PIP_IN, read=read_requirements),
    Cataloger(ecosystem="npm", role=_LOCK, patterns=_NPM, read=read_package_lock),
    Cataloger(ecosystem="npm", role=_LOCK, patterns=("yarn.lock",), read=read_yarn),
    Cataloger(ecosystem="npm", role=_LOCK, patterns=("pnpm-lock.yaml",), read=read_pnpm),
    Cataloger(ecosystem="npm", role=_LOCK, patterns=("bun.lock",), read=read_bun),
    Cataloger(ecosystem="npm", role=_MANIFEST, patterns=("package.json",), read=read_package_json),
    Cataloger(ecosystem="golang", role=_LOCK, patterns=("go.mod",), read=read_go_mod),
    Cataloger(ecosystem="cargo", role=_LOCK, patterns=("Cargo.lock",), read=read_cargo_lock),
    Cataloger(ecosystem="cargo", role=_MANIFEST, patterns=("Cargo.toml",), read=read_cargo_toml),
    Cataloger(ecosystem="gem", role=_LOCK, patterns=("Gemfile.lock", "gems.locked"), read=read_gemfile_lock),
    Cataloger(ecosystem="composer", role=_LOCK, patterns=("composer.lock",), read=read_composer_lock),
    Cataloger(ecosystem="composer", role=_MANIFEST, patterns=("composer.json",), read=read_composer_json),
    Cataloger(ecosystem="nuget", role=_LOCK, patterns=("packages.lock.json",), read=read_nuget_lock),
    Cataloger(ecosystem="maven", role=_LOCK, patterns=("gradle.lockfile",), read=read_gradle_lock),
    Cataloger(ecosystem="maven", role=_LOCK, patterns=_VERIFIED, read=read_gradle_verification),
    Cataloger(ecosystem="maven", role=_MANIFEST, patterns=("pom.xml",), read=read_pom),
    *UNREAD,
)
"""Every cataloger of files in a source tree."""


def cataloger_for(path: PurePosixPath) -> Cataloger | None:
    """The cataloger of a file, by its name; None: the file says nothing about packages."""
    if not _known_names().match("/".join(("", *path.parts[-2:]))):
        return None
    return next((cataloger for cataloger in CATALOGERS if cataloger.reads(path)), None)


@cache
def _known_names() -> re.Pattern[str]:
    """One expression for all patterns: a tree has many files and few of them matter."""
    patterns = (pattern for cataloger in CATALOGERS for pattern in cataloger.patterns)
    return re.compile("|".join(translate(f"*/{pattern}") for pattern in patterns))

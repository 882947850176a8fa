"""Files that come with the package: the policies and the predicate schemas, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent.parent


def policies_folder() -> Path:
    """The rules and profiles that come with supplychain. Raises UsageError when the installation lacks them."""
    return _folder("policies")


def _folder(name: str) -> Path:
    for candidate in (_PACKAGE / "_data" / name, _PACKAGE.parent / name):
        if candidate.is_dir():
            return candidate
    raise UsageError(
        f"the installation has no {name}",
        code="INCOMPLETE_INSTALLATION",
        where=str(_PACKAGE / "_data" / name),
        hint="install supplychain again from a wheel or a whole checkout",
    )

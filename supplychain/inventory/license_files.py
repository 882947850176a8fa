"""Licences told by the licence files that lie beside a package, where its metadata does not tell them.

A file counts only when its whole text is a known licence (`license_text`), and only when it does not contradict what
the metadata says. Several files hold together (AND): which of them one may choose is not written in any of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from supplychain.errors import MalformedInput, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.inventory.component import Component, pypi_name
from supplychain.inventory.cyclonedx_schema import spdx_ids
from supplychain.inventory.license import is_expression, is_family_of
from supplychain.inventory.license_text import identify

EVIDENCE = "supplychain:license-file"
"""Property of a component: the file its licence was told by, relative to the folder of packages."""
_NAME = re.compile(r"(licen[sc]e|copying|unlicense)([._ -].*)?", re.IGNORECASE)
_CODE = (".py", ".pyc", ".pyi", ".json", ".html")
_FOLDER = re.compile(r"(?P<name>.+)-(?P<version>[^-]+)\.dist-info")
_MOST = 20
"""Licence files of one package that are read."""


def licenses_of_distributions(components: Sequence[Component], folders: Iterable[Path]) -> tuple[Component, ...]:
    """Add the licences of Python distributions that lie in folders like `site-packages`.

    Args:
        components: As the metadata tells them; those with an SPDX expression stay as they are.
        folders: In the order in which Python looks; what is missing or unreadable tells nothing.
    """
    unclear = {(part.name, part.version) for part in components if not _is_told(part)}
    if not unclear:
        return tuple(components)
    found: dict[tuple[str, str | None], Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.dist-info")) if folder.is_dir() else ():
            match = _FOLDER.fullmatch(path.name)
            if match:
                key = (pypi_name(match["name"]), match["version"])
                found.setdefault(key, path)
    return tuple(_completed(part, found) if (part.name, part.version) in unclear else part for part in components)


def license_of_texts(texts: Iterable[str]) -> str | None:
    """The SPDX expression for licence texts that hold together; None: there is none, or one of them is not known."""
    names = {identify(text) for text in texts}
    if not names or None in names:
        return None
    return " AND ".join(sorted(name for name in names if name))


def is_license_file(name: str) -> bool:
    """Tell whether a file name is one that licences have, for example `LICENSE.txt` or `COPYING`."""
    return bool(_NAME.fullmatch(name)) and not name.lower().endswith(_CODE)


def told_by(part: Component, expression: str, file: str) -> Component:
    """The component with what its licence files tell, unless that contradicts what is stated."""
    vague = [name for name in part.licenses if not is_family_of(name, expression)]
    if vague:
        return part
    return replace(part, licenses=(expression,), properties=(*part.properties, (EVIDENCE, file)))


def _is_told(part: Component) -> bool:
    known = spdx_ids()
    return any(is_expression(text, known) for text in part.licenses)


def _completed(part: Component, found: Mapping[tuple[str, str | None], Path]) -> Component:
    folder = found.get((part.name, part.version))
    if folder is None:
        return part
    places = [path for path in sorted(folder.rglob("*")) if is_license_file(path.name) and path.is_file()]
    if not places or len(places) > _MOST:
        return part
    try:
        texts = [read_bytes(path, what="a licence file", max_bytes=MIB).decode("utf-8", "replace") for path in places]
    except (UsageError, MalformedInput):
        # A file that is empty, too large or out of reach tells nothing, and neither do the others without it.
        return part
    expression = license_of_texts(texts)
    if expression is None:
        return part
    return told_by(part, expression, ", ".join(str(path.relative_to(folder.parent)) for path in places))

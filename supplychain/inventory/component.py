"""A component: one package an artifact is made of, named by its package URL.

Identity is the purl (https://github.com/package-url/purl-spec); everything else describes.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from supplychain.artifact.digest import Digest
from supplychain.inventory.purl import Purl

OWNED_BY = "supplychain:owned-by"
"""Property: purl of the distribution package that installed this component."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One package at one version."""

    name: str
    """As the ecosystem compares it: PyPI names are normalised (PEP 503)."""
    version: str | None
    """None: the source names the package but pins no version."""
    purl: str
    """Without a version when there is none."""
    licenses: tuple[str, ...] = ()
    """SPDX expressions or names as the source gives them; empty: unknown, not permitted."""
    hashes: tuple[Digest, ...] = ()
    """Digests of the files the source accepts for it."""
    depends_on: tuple[str, ...] = ()
    """purls of the components it needs, where the source says so."""
    direct: bool | None = None
    """Asked for by the project itself (True), brought in by another (False), or not known (None)."""
    origin: str = ""
    """The file it was found in, relative to the target."""
    properties: tuple[tuple[str, str], ...] = field(default=())
    """Further name and value pairs, for example the layer that brought it."""


_SEPARATORS = re.compile(r"[-_.]+")


def pypi_name(name: str) -> str:
    """A Python distribution name as PyPI compares it (PEP 503): lower case, one hyphen for each run of `-_.`."""
    return _SEPARATORS.sub("-", name).lower()


def pypi_purl(name: str, version: str | None) -> str:
    """The purl of a Python distribution; the name must be normalised already (PEP 503)."""
    return f"pkg:pypi/{quote(name, safe='.-_~')}" + (f"@{quote(version, safe='.-_~:')}" if version else "")


def package_url(
    kind: str, name: str, version: str | None, *, namespace: str = "", qualifiers: Mapping[str, str] | None = None
) -> str:
    """Build a purl in its canonical text form from parts that are not percent-encoded.

    Args:
        kind: The purl type, for example `npm`.
        name: Package name without its namespace.
        version: Version, or None.
        namespace: Segments joined by `/`, for example `@angular` or `github.com/spf13`.
        qualifiers: Key and value pairs; empty values are left out.
    """
    return str(
        Purl(type=kind, namespace=namespace, name=name, version=version or None, qualifiers=dict(qualifiers or {}))
    )

"""Does a product of a VEX document fit a component, or the thing scanned, and if not, what exactly differs?

Type, namespace, name and version must be equal; every qualifier that the product states must be stated by the component
too, with the same value. The qualifier `distro` is compared as a release: `debian-12`, `debian-12.13` and `bookworm`
are one. A product without a version fits no version, unless the document says it means all (`Product.every_version`)
or the user says so; the answer then says "wide".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from supplychain.advisory.distribution import release_of
from supplychain.advisory.vex import Product
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component, pypi_name
from supplychain.inventory.purl import Purl, parse_purl

_LOWER = frozenset(
    {"alpm", "apk", "bitbucket", "bitnami", "composer", "deb", "github", "githubactions", "golang", "hex", "npm", "pub"}
)
"""purl types whose names are compared without regard to case."""
_DEFAULTS = {"maven": {"type": "jar"}}
"""Qualifiers that are understood where they are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing in which a product and a component are not the same."""

    field: str
    """`type`, `namespace`, `name`, `version`, a digest algorithm, or the name of a qualifier."""
    stated: str
    """By the VEX document."""
    found: str
    """In the component; empty: nothing."""

    def __str__(self) -> str:
        return f"{self.field}: the statement says {self.stated or 'nothing'}, it is {self.found or 'not stated'}"

    def to_json(self) -> dict[str, str]:
        """`{"field", "stated", "found"}`."""
        return {"field": self.field, "stated": self.stated, "found": self.found}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """How a product and a component compare."""

    differences: tuple[Difference, ...] = ()
    """Empty: they are the same."""
    wide: bool = False
    """They are the same but for the version, of which the product states none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """What is scanned: what is known of it by which a statement may mean it as a whole."""

    name: str = ""
    version: str | None = None
    digests: tuple[Digest, ...] = ()
    purls: tuple[str, ...] = ()
    """What the user says it is."""


def compare(product: Product, component: Component) -> Fit:
    """Compare a product with a component, by all that the product states."""
    differences: list[Difference] = []
    wide = False
    if product.purl:
        fit = compare_purls(product.purl, component.purl, component.version or "")
        differences, wide = list(fit.differences), fit.wide
    elif not product.hashes:
        return Fit(differences=(Difference(field="purl", stated="", found=component.purl),))
    known = {digest.algorithm for digest in component.hashes}
    stated = [digest for digest in product.hashes if digest.algorithm in known or not product.purl]
    if stated and not set(stated) & set(component.hashes):
        found = ", ".join(str(digest)[:19] for digest in component.hashes[:3])
        differences.append(Difference(field=stated[0].algorithm, stated=stated[0].hex[:12], found=found))
    return Fit(differences=tuple(differences), wide=wide)


def compare_purls(stated: str, found: str, version: str = "") -> Fit:
    """Compare the purl a document states with the purl of a component.

    Args:
        stated: By the document.
        found: Of the component.
        version: Of the component, where its purl has none.
    """
    ours, theirs = read_purl(stated), read_purl(found)
    if ours is None or theirs is None:
        return Fit(differences=(Difference(field="purl", stated=stated, found=found),))
    pairs = [
        ("type", ours.type, theirs.type),
        ("namespace", ours.namespace, theirs.namespace),
        ("name", ours.name, theirs.name),
    ]
    has = theirs.version or version
    if ours.version is not None:
        pairs.append(("version", ours.version, has))
    defaults = _DEFAULTS.get(ours.type, {})
    there = {**defaults, **theirs.qualifiers}
    for key, value in sorted(ours.qualifiers.items()):
        if key != "distro" or not _same_release(ours, theirs):
            pairs.append((key, value, there.get(key, "")))
    different = [Difference(field=field, stated=a, found=b) for field, a, b in pairs if a != b]
    return Fit(differences=tuple(different), wide=ours.version is None)


def is_thing(product: Product, thing: Thing) -> Fit:
    """Compare a product with the thing scanned: by digest, by what the user calls it, or by name and version."""
    digests = {*product.hashes, *_digest_version(product.purl)}
    if digests & set(thing.digests):
        return Fit()
    fits = [compare_purls(product.purl, purl) for purl in thing.purls if product.purl]
    if any(not fit.differences for fit in fits):
        return Fit()
    if digests and thing.digests:
        found = ", ".join(sorted(map(str, thing.digests)))
        return Fit(differences=(Difference(field="digest", stated=str(min(digests)), found=found),))
    parts = read_purl(product.purl)
    name, _, version = product.text.partition("@") if parts is None else (parts.name, "", parts.version or "")
    differences = []
    if name.lower() != thing.name.lower() or not name:
        differences.append(Difference(field="product", stated=name, found=thing.name))
    if version and version != thing.version:
        differences.append(Difference(field="product version", stated=version, found=thing.version or ""))
    return Fit(differences=tuple(differences), wide=not version)


class Nearest:
    """Finds the component that a product most likely meant."""

    def __init__(self, components: Iterable[Component]) -> None:
        self._by_name: dict[str, list[Component]] = {}
        self._by_hash: dict[Digest, list[Component]] = {}
        for component in components:
            parts = read_purl(component.purl)
            self._by_name.setdefault((parts.name if parts else component.name).lower(), []).append(component)
            for digest in component.hashes:
                self._by_hash.setdefault(digest, []).append(component)

    def candidates(self, product: Product) -> Sequence[Component]:
        """Components of the same name, whatever their type, and those of a hash."""
        parts = read_purl(product.purl)
        named = self._by_name.get(parts.name.lower(), []) if parts else self._by_name.get(product.text.lower(), [])
        return [*named, *(component for digest in product.hashes for component in self._by_hash.get(digest, ()))]

    def of(self, product: Product) -> tuple[Component, Fit] | None:
        """The nearest component and how it compares: same type and name first, then the fewest differences."""
        compared = [(component, compare(product, component)) for component in self.candidates(product)]
        return min(compared, key=lambda pair: (_distance(pair[1]), pair[0].purl), default=None)


def _distance(fit: Fit) -> tuple[bool, bool, int]:
    fields = {difference.field for difference in fit.differences}
    return "type" in fields, "namespace" in fields, len(fields)


@lru_cache(maxsize=65536)
def read_purl(text: str) -> Purl | None:
    """A purl with the parts folded as its type compares them; its subpath stands as a qualifier. None: not a purl."""
    try:
        parts = parse_purl(text)
    except MalformedInput:
        return None
    name, namespace = parts.name, parts.namespace
    if parts.type == "pypi":
        name = pypi_name(name)
    elif parts.type in _LOWER:
        name, namespace = name.lower(), namespace.lower()
    elif parts.type == "rpm":
        namespace = namespace.lower()
    subpath = unquote(text.partition("#")[2].strip("/"))
    qualifiers = {**parts.qualifiers, **({"subpath": subpath} if subpath else {})}
    return Purl(type=parts.type, namespace=namespace, name=name, version=parts.version, qualifiers=qualifiers)


def _same_release(ours: Purl, theirs: Purl) -> bool:
    first, second = (release_of(p.type, p.namespace, p.qualifiers.get("distro", ""))[0] for p in (ours, theirs))
    named = "distro" in theirs.qualifiers
    return named and first is not None and first == second


def _digest_version(purl: str) -> Iterator[Digest]:
    """The digest by which a purl of an image names its version (`pkg:oci/nginx@sha256:…`)."""
    parts = read_purl(purl)
    if parts is not None and parts.version is not None and ":" in parts.version:
        try:
            yield Digest.parse(parts.version)
        except MalformedInput:
            return


def differences_text(differences: Sequence[Difference]) -> str:
    """All differences in one line."""
    return "; ".join(map(str, differences))

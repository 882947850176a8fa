"""Lists what a container image is made of: every cataloger over the merged file tree, into one SBOM.

Each component says which file names it, which layer brought it and by which command. What a distribution package
installed for a language (Debian's `python3-yaml` is also a Python distribution) is marked as that package's, because
only the distribution's advisories know which fixes it has carried back.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.image.tree import Image, ImageFile, ImageTree, Layer
from supplychain.errors import NothingToCheck
from supplychain.inventory.component import OWNED_BY, Component
from supplychain.inventory.cyclonedx_reader import DISTRIBUTION
from supplychain.inventory.image.base_image import Base, Evidence, Origin, find_base
from supplychain.inventory.image.doubts import SYSTEM, databases_lost, is_maintained, lost
from supplychain.inventory.image.interface import Distribution, Found, View
from supplychain.inventory.image.osrelease import read_distribution, read_inner
from supplychain.inventory.image.reading import OpenImage, open_images
from supplychain.inventory.image.wanted import group_by_kind, wanted
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.inventory.target import ImageTarget

LAYER = "supplychain:layer"
LAYER_INDEX = "supplychain:layer-index"
CREATED_BY = "supplychain:created-by"
FROM = "supplychain:from"
"""`base` or `application`, where it can be told."""
LOCATION = "supplychain:location"
"""A further file that names the same component."""
UNOWNED = "supplychain:unowned-program"
"""A program that belongs to no package and does not say what it is made of."""

_CATALOGERS: tuple[tuple[str, str, str], ...] = (
    ("dpkg", "dpkg", "read_dpkg"),
    ("apk", "apk", "read_apk"),
    ("rpm", "rpm", "read_rpm"),
    ("python", "python_dist", "read_python"),
    ("python-archive", "python_archive", "read_archives"),
    ("program", "python_archive", "read_programs"),
    ("program", "condense", "read_packed"),
    ("node", "node_modules", "read_node"),
    ("program", "go_binary", "read_go"),
    ("program", "rust_auditable", "read_rust"),
    ("java", "java", "read_java"),
    ("gem", "gems", "read_gems"),
)
"""Kind of file, module and function. Imported only for images that have such files."""
_MAX_COMMAND = 300
_SHOWN = 50


def inventories_of(target: ImageTarget) -> Iterator[tuple[OpenImage, Sbom]]:
    """What the images of a target are made of, one after the other.

    Raises:
        NothingToCheck: One holds no package of any known kind.
        SupplychainError: As `open_images` and `ImageSource.read`.
    """
    with open_images(target) as images:
        for one in images:
            yield one, collect_image(one.image, one.read(wanted), base=one.base)


def collect_image(image: Image, tree: ImageTree, *, base: Base | None = None) -> Sbom:
    """List the components of an image.

    Args:
        image: From `ImageSource.images`.
        tree: From `ImageSource.read` with `wanted.wanted` (or more).
        base: What is known of the image it is built on; None: what its history says.

    Raises:
        NothingToCheck: The image holds no package of any known kind, and nothing was lost on the way.
    """
    view = View(tree=tree, kinds=group_by_kind(tree))
    view.distribution = read_distribution(view)
    view.inner = read_inner(view)
    found = [(kind, _catalog(view, module, function)) for kind, module, function in _CATALOGERS if kind in view.kinds]
    owned = {path: purl for _, one in found for path, purl in one.owned.items()}
    maintained = {path: purl for path, purl in owned.items() if is_maintained(path, purl, view)}
    older = _older(tree)
    placed = [item for _, one in found for item in _placed(one, tree, maintained, older)]
    gaps = [
        *_unowned_gaps((gap for _, one in found for gap in one.gaps), placed, maintained, tree),
        *lost(view),
        *databases_lost(view, found),
    ]
    if not placed and not gaps:
        raise NothingToCheck(
            "the image holds no package of any known kind",
            where=image.reference,
            found=f"{tree.entries:,} entries in {len(image.layers)} layers",
            hint="make the SBOM when the image is built, from the sources of what is copied into it",
        )
    base = base or find_base(image)
    components = _Layers(image, base).marked(placed)
    return Sbom.of(
        image.reference,
        components,
        kind="container",
        subjects=(Artifact(name=image.reference, digest=image.digest),) if image.digest else (),
        gaps=tuple(dict.fromkeys(Gap(what=_shown(g.what), reason=g.reason, detail=_shown(g.detail)) for g in gaps)),
        sources=tuple(map(_shown, _sources(view))),
        properties=(*_properties(image, view.distribution, base), *_unowned_programs(view, owned)),
    )


_Placed = tuple[Component, int]
"""A component and the index of the layer that brought it."""


def _catalog(view: View, module: str, function: str) -> Found:
    found: Found = getattr(import_module(f"supplychain.inventory.image.{module}"), function)(view)
    return found


def _file_of(origin: str, tree: ImageTree) -> str:
    """The file of the image that an origin means: `lib/a.jar!b.jar` is inside `lib/a.jar`."""
    end = len(origin)
    while end > 0:
        if origin[:end] in tree.files:
            return origin[:end]
        end = origin.rfind("!", 0, end)
    return ""


def _placed(
    found: Found, tree: ImageTree, owned: Mapping[str, str], older: Mapping[str, Sequence[ImageFile]]
) -> Iterator[_Placed]:
    for component in found.components:
        path = _file_of(component.origin, tree)
        layer = found.layers.get(component.purl)
        if layer is None:
            layer = _first_layer(tree.files[path], older.get(path, ()))
        if owner := owned.get(path):
            component = replace(component, properties=(*component.properties, (OWNED_BY, owner)))
        yield component, layer


def _older(tree: ImageTree) -> dict[str, list[ImageFile]]:
    """Path to its earlier versions, the latest first."""
    found: dict[str, list[ImageFile]] = {}
    for file in sorted(tree.deleted, key=lambda file: -file.layer):
        found.setdefault(file.path, []).append(file)
    return found


def _first_layer(file: ImageFile, older: Sequence[ImageFile]) -> int:
    """The layer that brought what a file holds: `chown -R` puts the same content into a layer of its own once more."""
    layer = file.layer
    for version in older:
        if version.data is None or version.data != file.data:
            break
        layer = version.layer
    return layer


def _unowned_gaps(
    gaps: Iterable[Gap], placed: Sequence[_Placed], owned: Mapping[str, str], tree: ImageTree
) -> Iterator[Gap]:
    """What a distribution installed is looked up as its package, so nothing is lost where its parts say too little."""
    own = {component.purl for component, _ in placed if not _owner(component)}
    packaged = {component.purl for component, _ in placed} - own
    return (gap for gap in gaps if _file_of(gap.what, tree) not in owned and gap.what not in packaged)


def _owner(component: Component) -> str:
    return dict(component.properties).get(OWNED_BY, "")


def _sources(view: View) -> tuple[str, ...]:
    """The package databases; of all other files the component that came from one names it."""
    databases = (path for kind in SYSTEM for path in view.kinds.get(kind, ()))
    return tuple(sorted({*databases, *([view.distribution.origin] if view.distribution.origin else [])}))


def _properties(image: Image, distribution: Distribution, base: Base) -> Iterator[tuple[str, str]]:
    if distribution.id:
        yield DISTRIBUTION, distribution.label
    if image.platform:
        yield "supplychain:platform", str(image.platform)
    if image.index_digest:
        yield "supplychain:index", str(image.index_digest)
    if image.resolved_by:
        yield "supplychain:resolved-by", _shown(image.resolved_by)
    if base.name:
        yield "supplychain:base", _shown(base.name[:500])
    if base.evidence is not Evidence.NONE:
        yield "supplychain:base-layers", str(base.layers)
        yield "supplychain:base-evidence", base.evidence.value
    for index, layer in enumerate(image.layers):
        yield f"{LAYER}:{index}", str(layer.digest)


def _unowned_programs(view: View, owned: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Programs nobody accounts for: no package owns them, no language tool put them there, they list no parts."""
    inside = ("/site-packages/", "/dist-packages/", "/node_modules/", "/gems/")
    paths = [
        path
        for path in view.kinds.get("program", ())
        if view.files[path].data is None and path not in owned and not any(part in f"/{path}" for part in inside)
    ]
    yield from ((UNOWNED, _shown(path)) for path in paths[:_SHOWN])
    if len(paths) > _SHOWN:
        yield UNOWNED, f"and {len(paths) - _SHOWN:,} more"


def _shown(text: str) -> str:
    """Text that any encoder takes: a file name is bytes, and JSON can hold half a character."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class _Layers:
    """Says of each component which layer brought it."""

    def __init__(self, image: Image, base: Base) -> None:
        self._marks = [self._mark(layer, index, base) for index, layer in enumerate(image.layers)]

    def marked(self, placed: Iterable[_Placed]) -> Iterator[Component]:
        """The components, each purl once, with the lowest layer that has it; what others say of it stays with it."""
        groups: dict[str, list[_Placed]] = {}
        for item in placed:
            groups.setdefault(item[0].purl, []).append(item)
        for group in groups.values():
            group.sort(key=lambda item: item[1])
            # Beside the copy of a distribution there may be one that nobody carries fixes back to.
            free = any(not _owner(component) for component, _ in group)
            for index, (component, layer) in enumerate(group):
                kept = tuple(pair for pair in component.properties if not free or pair[0] != OWNED_BY)
                marks = ((LOCATION, _shown(component.origin)),) if index else self._of(layer)
                yield replace(
                    component,
                    origin=_shown(component.origin),
                    licenses=tuple(dict.fromkeys(_shown(name) for name in component.licenses)),
                    properties=(*kept, *marks),
                )

    def _of(self, layer: int) -> tuple[tuple[str, str], ...]:
        return self._marks[layer] if layer < len(self._marks) else ()

    @staticmethod
    def _mark(layer: Layer, index: int, base: Base) -> tuple[tuple[str, str], ...]:
        origin = base.origin(index)
        pairs = (
            (LAYER, str(layer.digest)),
            (LAYER_INDEX, str(index)),
            (CREATED_BY, _shown(layer.created_by[:_MAX_COMMAND])),
            (FROM, "" if origin is Origin.UNKNOWN else origin.value),
        )
        return tuple(pair for pair in pairs if pair[1])

"""What all sources of layered images have in common: layers streamed, verified and put on top of each other."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import replace

from supplychain.artifact.image.blob import Descriptor, verified
from supplychain.artifact.image.decompress import decompressed
from supplychain.artifact.image.layers import LayerApplier, is_privileged
from supplychain.artifact.image.tar import TarStream
from supplychain.artifact.image.tree import Image, ImageFile, ImageSource, ImageTree, Layer, Wanted
from supplychain.artifact.image.view import LinkLoop, final_files
from supplychain.errors import MalformedInput


class LayeredSource(ImageSource):
    """A source whose images consist of layers; subclasses say how the bytes of one are reached."""

    @abstractmethod
    def _chunks(self, image: Image, layer: Layer) -> Iterable[bytes]:
        """The stored bytes of a layer, not verified."""

    def _descriptor(self, layer: Layer) -> Descriptor | None:
        """What the stored bytes must be; None when only the uncompressed archive has a digest (docker archives)."""
        return Descriptor(digest=layer.digest, size=layer.size, media_type=layer.media_type)

    def read(self, image: Image, wanted: Wanted) -> ImageTree:
        """Stream every layer and build the view. Raises as `ImageSource.read`."""
        done = self._pass(image, LayerApplier(wanted))
        listed = linked_files(done, wanted)
        if listed or done.missing:
            # What was wanted by another name went by unread. That is rare enough to simply read once more.
            done = self._pass(image, LayerApplier(wanted, {**done.missing, **listed}, listed=frozenset(listed)))
            for target, name in done.missing.items():
                layer = done.view.entries[target].layer if target in done.view.entries else None
                done.oddities.note(name, "dangling_hardlink", layer=layer, lost=True, detail=f"to {target[:200]}")
        return make_tree(done, wanted)

    def _pass(self, image: Image, done: LayerApplier) -> LayerApplier:
        for index, layer in enumerate(image.layers):
            self._apply(done, image, index, layer)
        return done

    def _apply(self, done: LayerApplier, image: Image, index: int, layer: Layer) -> None:
        where = f"layer {index}"
        named = f"{where} {layer.digest}"
        blob = self._descriptor(layer)
        chunks: Iterator[bytes] = iter(self._chunks(image, layer))
        stored = verified(chunks, blob, where=where) if blob else chunks
        archive = decompressed(stored, where=named)
        if layer.diff_id and (blob is None or layer.diff_id != blob.digest):
            whole = Descriptor(digest=layer.diff_id, size=-1)
            archive = verified(archive, whole, where=f"{where}, uncompressed,", code="LAYER")
        try:
            done.apply(TarStream(archive, where=named), layer=index, where=named)
        except MalformedInput:
            # A blob that is not the one that was named is the better explanation: read on, which raises if so.
            for _ in stored:
                pass
            raise


def linked_files(done: LayerApplier, wanted: Wanted) -> dict[str, str]:
    """Files that were not read, but are wanted by the name of a link that leads to them, with that name."""
    view = done.view
    return {
        real: path
        for path, real in _ways(done, wanted)
        if real not in view.entries or (real in view.unlisted and view.entries[real].kind != "directory")
    }


def _ways(done: LayerApplier, wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Names that are wanted (`Wanted.paths`, `Wanted.linked`), with where each leads to through a link."""
    linked = getattr(wanted, "linked", None)
    named = [path for path in done.view.links() if linked(path)] if linked else []
    for path in (*getattr(wanted, "paths", ()), *named):
        try:
            real = done.view.follow(path)
        except LinkLoop:
            continue
        # What is wanted by its own name is read if it is there; `lib/x` leads to `usr/lib/x` in every image.
        if real and real != path and not (linked and linked(real) == linked(path)):
            yield path, real


def _by_both_names(done: LayerApplier, wanted: Wanted, files: dict[str, ImageFile]) -> dict[str, ImageFile]:
    """Add what is wanted by the name of a link under that name too, as if it were a hard link."""
    more = {
        path: replace(files[real], path=path, link=real, kind="hardlink")
        for path, real in _ways(done, wanted)
        if real in files and files[real].kind in ("file", "hardlink")
    }
    if not more:
        return files
    files |= more
    return {path: files[path] for path in sorted(files)}


def make_tree(done: LayerApplier, wanted: Wanted) -> ImageTree:
    """The view as its readers get it."""
    files, loops = final_files(done.view)
    files = _by_both_names(done, wanted, files)
    for path in loops:
        done.oddities.note(path, "link_loop", layer=done.view.entries[path].layer)
    privileged = (replace(e, data=None) for e in done.view.entries.values() if is_privileged(e))
    return ImageTree(
        files=files,
        deleted=tuple(done.view.deleted),
        oddities=done.oddities.all(),
        privileged=tuple(sorted(privileged, key=lambda entry: entry.path)),
        entries=done.entries,
    )

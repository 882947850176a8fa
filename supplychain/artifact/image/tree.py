"""What an image is, and what one finds in it: the interface between readers of images and those who list packages.

A source (`ImageSource`) names the images behind a target and streams the layers of one of them. Whoever asks says with
a `Wanted` which files matter; only those are held in memory. The view that comes back (`ImageTree`) is the file system
as a container would see it: layers in order, whiteouts and opaque folders applied, hard links followed.

Specification: OCI image-spec 1.1 ("Image Layer Filesystem Changeset", "Image Configuration").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from supplychain.artifact.digest import Digest

MAX_LINKS = 40
"""Symbolic links followed on one path before it counts as a loop (as Linux does)."""


class Extract(Protocol):
    """Turns the content of a file into what is worth keeping of it, as soon as it was read."""

    def __call__(self, content: bytes) -> bytes | None:
        """What to keep as `ImageFile.data`; None keeps the entry without content."""


class ByContent(Protocol):
    """`Wanted.by_content`."""

    def __call__(self, path: str, size: int, head: bytes) -> bool | Extract:
        """As `Wanted`, by the first bytes of a file instead of its mode."""


class Wanted(Protocol):
    """Says which files matter. Must be quick: it is asked for every regular file of every layer.

    It may have attributes:

    - `paths`, exact paths it wants (`var/lib/dpkg/status`), and `linked(path) -> str`, what a symbolic link of a name
      is to it (empty: nothing). Where one of those leads to a file that is nothing by its own name, that file is read
      too and is in the result under both names.
    - `by_content(path, size, head) -> bool | Extract`, asked about a regular file that nobody wants by name, with its
      first four bytes. The file is kept if the extract makes anything of it.
    """

    def __call__(self, path: str, size: int, mode: int) -> bool | Extract:
        """Whether to keep a file.

        Args:
            path: Relative to the root, with `/`, no leading slash.
            size: In bytes. For a hard link to a file that was not wanted by its first name: first 0, and when the
                answer is yes asked again with the real size.
            mode: Permission bits, without the type.

        Returns:
            False: no. True: yes, with its content. `entry_only`: yes, without content (path, mode, owner). Another
            function: call it with the content and keep what it returns (a 100 MB program becomes its 10 kB build
            information; memory stays small).
        """


def entry_only(content: bytes) -> bytes | None:  # noqa: ARG001 - the readers know it and never call it
    """The answer of a `Wanted` that asks for a file's entry and not for its content."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFile:
    """One entry of the file system."""

    path: str
    """Relative, with `/`, no leading slash; bytes that are no UTF-8 as surrogates (`os.fsencode` gives them back)."""
    size: int
    """Bytes of the file; 0 for links and folders."""
    mode: int
    """Permission bits, set-uid, set-gid and sticky (0o7777)."""
    uid: int
    gid: int
    layer: int
    """Index in `Image.layers` of the layer that brought it; 0 for a root file system."""
    link: str | None = None
    """Symbolic link: the path it leads to in the end. Hard link: the path of the file it is another name of."""
    kind: Literal["file", "symlink", "hardlink", "directory"] = "file"
    data: bytes | None = None
    """Content, or what an `Extract` made of it; None for symbolic links, `entry_only`, and content that was lost
    (then `ImageTree.oddities` says so)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something strange in the image. Mapped to a coverage gap by the collector when `lost` is true."""

    what: str
    """The file (the first one, when there are several) or layer."""
    reason: str
    """Lower-case words joined by underscores: `sparse_file`, `too_large`, `absolute_path`, `device_node`, …"""
    detail: str = ""
    count: int = 1
    """How many of this kind in this layer."""
    layer: int | None = None
    lost: bool = False
    """True: something that was wanted, or may have been, is not in the view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTree:
    """The final view of one image, reduced to what was wanted."""

    files: Mapping[str, ImageFile]
    """Path to entry: wanted files (hard links too, with their content), and symbolic links that lead to them or to a
    folder above them, sorted by path."""
    deleted: tuple[ImageFile, ...] = ()
    """Wanted files that a later layer removed or replaced; they are still in the layers for everyone to read."""
    oddities: tuple[Oddity, ...] = ()
    privileged: tuple[ImageFile, ...] = ()
    """Entries of the final view, wanted or not, that are set-uid or set-gid programs, or writable by everyone
    (folders without the sticky bit, files); without content."""
    entries: int = 0
    """Entries read in all layers."""

    def resolve(self, path: str) -> ImageFile | None:
        """The kept file a path leads to, through symbolic links of files and folders, or None (also for a loop)."""
        path = path.strip("/")
        for _ in range(MAX_LINKS):
            found = self.files.get(path)
            if found is not None and found.kind != "symlink":
                return found
            step = self._step(path)
            if step is None:
                return None
            path = step
        return None

    def _step(self, path: str) -> str | None:
        """Follow the first symbolic link on a path."""
        end = 0
        while end != -1:
            end = path.find("/", end + 1)
            head = path if end == -1 else path[:end]
            found = self.files.get(head)
            if found is not None and found.kind == "symlink":
                return (found.link or "") + path[len(head) :]
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """What an image runs on. Text form: `os/architecture[/variant]`, for example `linux/arm64/v8`."""

    os: str
    architecture: str
    variant: str = ""

    @staticmethod
    def parse(text: str) -> Platform:
        """Read `os/architecture[/variant]`; a missing part is empty."""
        parts = [*text.split("/"), "", "", ""]
        return Platform(os=parts[0], architecture=parts[1], variant=parts[2])

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One layer of an image, lowest first. Entries of the history without a layer are only in the configuration."""

    digest: Digest
    """Of the blob as stored (compressed or not)."""
    size: int
    """Bytes of the blob as stored; -1 where the format does not say (docker archives)."""
    media_type: str
    diff_id: Digest | None = None
    """Of the uncompressed archive, from the configuration."""
    created_by: str = ""
    """The command of the history that made it."""
    created: str = ""
    """RFC 3339 text of the history, not checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """One image for one platform."""

    reference: str
    """What people call it: the target as given, or the name inside the archive. Proves nothing."""
    digest: Digest | None
    """Of the manifest; of the configuration (the image ID) where there is no manifest (old docker archives); None for a
    root file system."""
    platform: Platform | None
    layers: tuple[Layer, ...]
    config: Mapping[str, Any] = field(default_factory=dict)
    """The image configuration as JSON: `config` (User, Env, Healthcheck, Labels, …), `history`, `created`."""
    config_digest: Digest | None = None
    index_digest: Digest | None = None
    """Of the index (the tag's own digest) it was chosen from."""
    media_type: str = ""
    """Of the manifest."""
    annotations: Mapping[str, str] = field(default_factory=dict)
    """Of the manifest."""
    platforms: tuple[str, ...] = ()
    """All platforms the index offers, for saying which one was chosen."""
    left_out: tuple[str, ...] = ()
    """What lies in the index beside images (attestations, signatures), each `digest (what it is)`."""
    from_registry: bool = False
    """It lies in a registry, where its tag may come to mean another image."""
    resolved_by: str = ""
    """The mirror that said which digest the tag stands for; empty: the registry itself, or there was no tag."""


class ImageSource(ABC):
    """Where images are read from. A context manager: leaving it closes files and connections."""

    @abstractmethod
    def images(self, platform: str | None = None) -> tuple[Image, ...]:
        """The images behind the target.

        Args:
            platform: `os/architecture[/variant]`, several with commas between them, `all`, or None: the only one
                there is, else linux on this machine's architecture.

        Raises:
            UsageError: No such file, tag or platform, or several images and no way to choose.
            MalformedInput: An index, manifest or configuration is broken, goes in circles, or is of no image.
            VerificationFailed: A document does not match its digest or size.
            ToolFailed: A registry did not do its part.
        """

    @abstractmethod
    def read(self, image: Image, wanted: Wanted) -> ImageTree:
        """Stream every layer and build the view.

        Raises:
            MalformedInput: A layer is broken (archive, compression), unsafe, or grows beyond all measure.
            VerificationFailed: A blob does not match its digest or size; `where` names it.
            ToolFailed: A registry did not do its part.
        """

    def close(self) -> None:  # noqa: B027 - most sources hold nothing open
        """Close what is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

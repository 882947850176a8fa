"""From what a person writes (`oci:LAYOUT:TAG`, `docker-archive:FILE`, `rootfs:FOLDER`, a reference) to a source."""

from __future__ import annotations

from pathlib import Path

from supplychain.artifact.image.tree import ImageSource
from supplychain.errors import UsageError

SCHEMES = ("oci:", "docker-archive:", "rootfs:")
"""How a target that is no reference starts."""


def open_image(target: str, *, home: Path | None = None, offline: bool = False) -> ImageSource:
    """Open what a target names.

    Args:
        target: `oci:LAYOUT[:TAG|@DIGEST]` (a folder or a tar archive), `docker-archive:FILE[:NAME:TAG]`,
            `rootfs:FOLDER`, or an image reference.
        home: The user's folder; pulled blobs are kept in `home/blobs`. None: in a temporary folder.
        offline: Never reach out: references are answered from what is kept.

    Raises:
        UsageError: There is no such file or folder, the text is no reference, or its registry is blocked.
        MalformedInput: The file is no archive, or the configuration of mirrors is broken.
    """
    scheme, colon, rest = target.partition(":")
    if f"{scheme}{colon}" not in SCHEMES:
        from supplychain.artifact.image.endpoints import Endpoints
        from supplychain.artifact.image.mirrors import route_of
        from supplychain.artifact.image.reference import parse_reference
        from supplychain.artifact.image.registry import RegistrySource

        reference = parse_reference(target)
        return RegistrySource(reference, Endpoints.of(route_of(reference, home=home)), home=home, offline=offline)
    if scheme == "rootfs":
        from supplychain.artifact.image.rootfs import RootFsSource

        return RootFsSource(Path(rest).expanduser())
    from supplychain.artifact.image.archive import FolderFiles, TarFiles

    path, name = split_name(rest)
    if scheme == "docker-archive":
        from supplychain.artifact.image.docker_archive import docker_archive

        return docker_archive(TarFiles(path), name=name)
    from supplychain.artifact.image.layout import LayoutSource

    return LayoutSource(FolderFiles(path) if path.is_dir() else TarFiles(path), name=name)


def split_name(text: str) -> tuple[Path, str | None]:
    """Split `PATH[:NAME]` or `PATH[@DIGEST]` where the path ends: the longest part that exists is the path.

    Raises:
        UsageError: No part of it exists.
    """
    ends = [len(text), *(at for at in range(len(text) - 1, 0, -1) if text[at] in ":@")]
    for end in ends:
        path = Path(text[:end]).expanduser()
        if text[:end] and path.exists():
            return path, text[end:].removeprefix(":") or None
    raise UsageError("no such file or folder", code="FILE_MISSING", where=text or "an empty path")

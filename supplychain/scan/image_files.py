"""Files of an image that are open to the wrong people, or should not be there: set-uid, world-writable, caches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from supplychain.artifact.image.tree import ImageFile, ImageTree
from supplychain.scan.finding import Brought, Finding, Level, Location
from supplychain.scan.image_secrets import shown
from supplychain.scan.image_wanted import cache_of

_SET_UID, _SET_GID, _WORLD_WRITABLE = 0o4000, 0o2000, 0o002
_USUAL = frozenset(
    {
        *("bbsuid", "chage", "chfn", "chsh", "crontab", "dbus-daemon-launch-helper", "expiry", "fusermount"),
        *("fusermount3", "gpasswd", "mount", "newgidmap", "newgrp", "newuidmap", "pam_extrausers_chkpwd", "passwd"),
        *("ping", "ping6", "pkexec", "polkit-agent-helper-1", "ssh-agent", "ssh-keysign", "su", "sudo", "umount"),
        *("unix_chkpwd", "utempter", "wall", "write", "write.ul"),
    }
)
"""Programs that distributions install with these bits."""
_SYSTEM = ("bin/", "sbin/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/libexec/", "lib/")
_OPEN = ("tmp", "var/tmp", "dev/shm", "run/lock", "var/lock", "dev")
"""Folders that are for everyone."""
_SHOWN = 25


def check_files(tree: ImageTree) -> Iterator[Finding]:
    """Set-uid and set-gid programs, and what everyone may write."""
    raising = [file for file in tree.privileged if file.mode & (_SET_UID | _SET_GID) and file.kind != "directory"]
    usual = [file for file in raising if _is_usual(file)]
    if usual:
        names = ", ".join(sorted(file.path for file in usual)[:_SHOWN])
        layers = {file.layer for file in usual}
        yield Finding(
            id="image-set-uid-usual",
            title=f"{len(usual)} programs of the distribution run with the rights of their owner: {names}",
            level=Level.LOW,
            image=Brought(index=layers.pop() if len(layers) == 1 else None),
            help="take the bits away where nobody needs them: chmod a-s; or run with no-new-privileges",
        )
    yield from _listed([file for file in raising if not _is_usual(file)], _raises_rights, "image-set-uid")
    writable = [file for file in tree.privileged if file.mode & _WORLD_WRITABLE and not _is_open(file.path)]
    yield from _listed(writable, _is_writable, "image-world-writable")


def check_caches(tree: ImageTree) -> Iterator[Finding]:
    """What package managers left behind, one finding for each folder."""
    found: dict[str, list[ImageFile]] = {}
    for path, file in tree.files.items():
        if file.kind == "file" and (top := cache_of(path)):
            found.setdefault(top, []).append(file)
    for top, files in sorted(found.items()):
        size = sum(file.size for file in files)
        yield Finding(
            id="image-package-cache",
            title=f"{top} holds {len(files):,} files of a package manager's cache, {size / 1e6:.1f} MB",
            level=Level.LOW,
            location=Location(path=top, line=1),
            image=Brought(index=max(file.layer for file in files)),
            help="delete it in the command that fills it, or mount it as a cache (RUN --mount=type=cache)",
        )


def _is_usual(file: ImageFile) -> bool:
    return file.uid == 0 and file.path.startswith(_SYSTEM) and file.path.rpartition("/")[2] in _USUAL


def _is_open(path: str) -> bool:
    return path in _OPEN or path.startswith(tuple(f"{folder}/" for folder in _OPEN))


def _raises_rights(file: ImageFile) -> Finding:
    who = f"its owner (uid {file.uid})" if file.mode & _SET_UID else f"its group (gid {file.gid})"
    return Finding(
        id="image-set-uid" if file.mode & _SET_UID else "image-set-gid",
        title=f"{file.path} runs with the rights of {who}",
        level=Level.MEDIUM,
        location=_place(file),
        image=Brought(index=file.layer),
        help="take the bit away: chmod a-s",
    )


def _is_writable(file: ImageFile) -> Finding:
    what = "a folder where everyone may replace files" if file.kind == "directory" else "a file that everyone may write"
    return Finding(
        id="image-world-writable",
        title=f"{file.path} is {what}",
        level=Level.MEDIUM,
        location=_place(file),
        image=Brought(index=file.layer),
        help="chmod o-w; a shared folder needs the sticky bit (chmod +t)",
    )


def _place(file: ImageFile) -> Location:
    return Location(path=shown(file.path), line=1)


def _listed(files: Sequence[ImageFile], tell: Callable[[ImageFile], Finding], kind: str) -> Iterator[Finding]:
    yield from (tell(file) for file in sorted(files, key=lambda file: file.path)[:_SHOWN])
    if len(files) > _SHOWN:
        yield Finding(
            id=kind,
            title=f"{len(files) - _SHOWN:,} more like these",
            level=Level.MEDIUM,
            help="look at the permissions that the build sets",
        )

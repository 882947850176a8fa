"""Read the layers of an image, once each, into a view (OCI image-spec 1.1, "Image Layer Filesystem Changeset").

What a member of an archive may do, and what is made of it:

| member | what happens |
|---|---|
| a path that leads out of the root with `..` | the image is refused (`UNSAFE_PATH`), as container runtimes refuse it |
| `..` that stays inside, a leading `/` | applied where runtimes put it, noted (`dot_dot_path`, `absolute_path`) |
| a hard link that leads out | refused as above; one to nothing is noted (`dangling_hardlink`) |
| a symbolic link that leads out | stays inside: its target counts from the root of the image, as in a container |
| more than 500,000 symbolic links, 5,000,000 members | refused (`TOO_MANY_FILES`) |
| links in a circle | noted (`link_loop`); what is put below one is lost |
| device, named pipe | noted (`device_node`, `named_pipe`), never opened |
| sparse file | noted (`sparse_file`); lost when its content was wanted |
| unknown kind | noted (`unknown_member`), lost: no runtime unpacks it |
| name that is no UTF-8 | kept with surrogates, noted (`name_not_utf8`) |
| path over 4,096 bytes or 200 folders deep | refused (`UNSAFE_PATH`): no Linux can hold it |
| wanted file over `MAX_FILE`, or more than `MAX_KEPT` altogether | entry without content, noted (`too_large`), lost |
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, Literal

from supplychain.artifact.image.oddities import MemberStream, Oddities
from supplychain.artifact.image.tar import DEVICES, DIRECTORY, HARDLINK, REGULAR, SPARSE, SYMLINK, Member
from supplychain.artifact.image.tree import ByContent, Extract, ImageFile, Wanted, entry_only
from supplychain.artifact.image.view import LinkLoop, View
from supplychain.errors import MalformedInput
from supplychain.files import MIB

MAX_FILE: Final = 512 * MIB
"""Largest wanted file whose content is read."""
MAX_KEPT: Final = 512 * MIB
"""Most content that is held for one image."""
MAX_MEMBERS: Final = 5_000_000
"""Most members in all layers of one image."""
MAX_PRIVILEGED: Final = 20_000
"""Most set-uid programs and entries open to everyone that are listed."""
BY_CONTENT_FROM: Final = 64 * 1024
"""Smaller files are not asked about by their content."""
_MAX_PATH = 4096
_MAX_DEPTH = 200
_WHITEOUT = ".wh."
_OPAQUE = ".wh..wh..opq"
_Kind = Literal["file", "symlink", "hardlink", "directory"]


class LayerApplier:
    """Applies the members of layers to a view.

    Args:
        wanted: Which files matter.
        also: Paths to keep although nobody wants them by this name, with the wanted name: targets of hard links.
        listed: Those of `also` that are to be in the result themselves: targets of symbolic links.
    """

    def __init__(
        self, wanted: Wanted, also: Mapping[str, str] | None = None, *, listed: frozenset[str] = frozenset()
    ) -> None:
        self.view = View()
        self.oddities = Oddities()
        self.entries = 0
        self.missing: dict[str, str] = {}
        """Targets of wanted hard links that went by unread, with the name of the link."""
        self._also = also or {}
        self._listed = listed
        self._wanted = wanted
        self._by_content: ByContent | None = getattr(wanted, "by_content", None)
        self._kept = 0
        self._layer = 0
        self._where = ""
        self._apply: dict[str, Callable[[Member, str, MemberStream], None]] = {
            REGULAR: self._file,
            SPARSE: self._file,
            HARDLINK: self._hardlink,
            SYMLINK: self._symlink,
            DIRECTORY: self._folder,
            **dict.fromkeys(DEVICES, self._device),
        }

    def apply(self, stream: MemberStream, *, layer: int, where: str) -> None:
        """Put one layer on top.

        Raises:
            MalformedInput: The archive is broken, unsafe or too entangled.
        """
        self._layer, self._where = layer, where
        for member in stream:
            self.entries += 1
            if self.entries > MAX_MEMBERS:
                raise self._unsafe("TOO_MANY_FILES", "more files than accepted", f"{self.entries:,}")
            path = self._clean(member.name)
            if not path:
                continue
            try:
                path = self.view.place(path)
            except LinkLoop:
                self._note(path, "link_loop", lost=True)
                continue
            if path.rpartition("/")[2].startswith(_WHITEOUT):
                self._whiteout(path)
            else:
                self._apply.get(member.kind, self._unknown)(member, path, stream)
        if stream.trailing:
            self._note(where, "data_after_end", detail="something follows the end of the archive; nobody unpacks it")

    def _file(self, member: Member, path: str, stream: MemberStream) -> None:
        wish = self._wish(path, member)
        if wish is False and self._kept_by_content(member, path, stream):
            return
        if wish is False and not (_privileged_file(member.mode) and self._room(path)):
            self.view.put_other(path)
            if member.kind == SPARSE:
                self._note(path, "sparse_file")
            return
        data = self._content(member, path, wish, stream) if wish is not False else None
        listed = wish is not False and (path not in self._also or path in self._listed)
        self.view.put(self._entry(member, path, data=data), listed=listed)

    def _kept_by_content(self, member: Member, path: str, stream: MemberStream) -> bool:
        """Whether a file nobody wants by name is kept for what its first bytes say it is (`Wanted.by_content`)."""
        if self._by_content is None or member.kind != REGULAR or member.size < BY_CONTENT_FROM:
            return False
        wish = self._by_content(path, member.size, stream.head(4))
        data = None if wish is False else self._content(member, path, wish, stream)
        if data:
            self.view.put(self._entry(member, path, data=data), listed=True)
        return bool(data)

    def _wish(self, path: str, member: Member) -> bool | Extract:
        wish = self._wanted(path, member.size, member.mode)
        if wish is False and path in self._also:
            return self._wanted(self._also[path], member.size, member.mode)
        return wish

    def _content(self, member: Member, path: str, wish: bool | Extract, stream: MemberStream) -> bytes | None:
        if wish is entry_only:
            return None
        if member.kind == SPARSE:
            self._note(path, "sparse_file", lost=True, detail="content with holes is not read")
            return None
        if member.size > MAX_FILE:
            self._note(path, "too_large", lost=True, detail=f"{member.size:,} bytes")
            return None
        try:
            content = stream.content()
        except OSError as error:
            self._note(path, "unreadable", lost=True, detail=error.strerror or str(error))
            return None
        data = content if isinstance(wish, bool) else wish(content)
        size = len(data or b"")
        if self._kept + size > MAX_KEPT:
            self._note(path, "too_large", lost=True, detail=f"more than {MAX_KEPT:,} bytes of wanted files")
            return None
        self._kept += size
        return data

    def _hardlink(self, member: Member, path: str, stream: MemberStream) -> None:  # noqa: ARG002 - one of a family
        try:
            target = self.view.place(self._clean(member.link))
        except LinkLoop:
            self._note(path, "link_loop", lost=True, detail="the target of a hard link")
            return
        found = self.view.entries.get(target)
        if target == path:
            return
        wish = self._wanted(path, found.size if found else member.size, member.mode)
        if found is None or self._lacks_content(found, wish):
            self.view.put_other(path)
            if wish is not False:
                self.missing[target] = path
            return
        kind: _Kind = "symlink" if found.kind == "symlink" else "hardlink"
        link = found.link if kind == "symlink" else target
        if wish is not False or kind == "symlink" or _privileged_file(found.mode):
            entry = replace(found, path=path, layer=self._layer, link=link, kind=kind)
            self.view.put(entry, listed=wish is not False or kind == "symlink")
        else:
            self.view.put_other(path)

    def _lacks_content(self, found: ImageFile, wish: bool | Extract) -> bool:
        """Whether the target of a wanted hard link was noticed for another reason than its content."""
        unread = found.kind == "directory" or (found.path in self.view.unlisted and found.path not in self._also)
        return unread and wish is not False and wish is not entry_only

    def _symlink(self, member: Member, path: str, stream: MemberStream) -> None:  # noqa: ARG002
        self.view.put(self._entry(member, path, kind="symlink", link=member.link), listed=True)

    def _folder(self, member: Member, path: str, stream: MemberStream) -> None:  # noqa: ARG002
        self.view.put_folder(path)
        if member.mode & 0o1002 == 0o002 and self._room(path):
            self.view.put(self._entry(member, path, kind="directory"), listed=False)

    def _room(self, path: str) -> bool:
        """Whether one more privileged entry is kept; a tree of a million open files is told by its first ones."""
        if len(self.view.unlisted) < MAX_PRIVILEGED:
            return True
        self._note(path, "more_privileged", detail=f"only the first {MAX_PRIVILEGED:,} are listed")
        return False

    def _device(self, member: Member, path: str, stream: MemberStream) -> None:  # noqa: ARG002
        self.view.put_other(path)
        self._note(path, "named_pipe" if member.kind == "6" else "device_node")

    def _unknown(self, member: Member, path: str, stream: MemberStream) -> None:  # noqa: ARG002
        self._note(path, "unknown_member", lost=True, detail=f"kind {member.kind!r}")

    def _whiteout(self, path: str) -> None:
        folder, slash, name = path.rpartition("/")
        if name == _OPAQUE:
            self.view.empty(folder, older_than=self._layer)
            return
        if name.startswith(_WHITEOUT * 2):
            return  # bookkeeping of AUFS, no file of the image
        gone = name[len(_WHITEOUT) :]
        if gone in ("", ".", ".."):
            raise self._unsafe("UNSAFE_PATH", "a whiteout that names no file", path)
        self.view.remove(folder + slash + gone, older_than=self._layer)

    def _entry(
        self, member: Member, path: str, *, kind: _Kind = "file", link: str | None = None, data: bytes | None = None
    ) -> ImageFile:
        uid, gid = member.ids()
        size = member.size if kind == "file" else 0
        mode = member.mode & 0o7777
        return ImageFile(
            path=path, size=size, mode=mode, uid=uid, gid=gid, layer=self._layer, link=link, kind=kind, data=data
        )

    def _clean(self, name: str) -> str:
        """A relative path without `.`, `..` and doubled slashes; empty for the root itself."""
        if name.startswith("./"):
            name = name[2:]
        if not name.isascii():
            self._look_at_bytes(name)
        if len(name) < 2 * _MAX_DEPTH and "//" not in name and "/." not in name and not name.startswith(("/", ".")):
            return name.rstrip("/")
        return self._clean_slowly(name)

    def _clean_slowly(self, name: str) -> str:
        parts: list[str] = []
        for part in name.split("/"):
            if part == ".." and not parts:
                raise self._unsafe("UNSAFE_PATH", "a member's path leads out of the image", name)
            if part == "..":
                parts.pop()
            elif part not in ("", "."):
                parts.append(part)
        if len(parts) > _MAX_DEPTH or len(name) > _MAX_PATH:
            raise self._unsafe("UNSAFE_PATH", "a member's path is longer than any file system takes", name)
        if parts and name.startswith("/"):
            self._note(name, "absolute_path")
        if "/../" in f"/{name}/":
            self._note(name, "dot_dot_path")
        return "/".join(parts)

    def _look_at_bytes(self, name: str) -> None:
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            self._note(name, "name_not_utf8")

    def _note(self, what: str, reason: str, *, lost: bool = False, detail: str = "") -> None:
        self.oddities.note(what, reason, layer=self._layer, lost=lost, detail=detail)

    def _unsafe(self, code: str, message: str, found: str) -> MalformedInput:
        shown = found[:200].encode("utf-8", "backslashreplace").decode()
        return MalformedInput(message, code=code, where=self._where, found=shown)


def _privileged_file(mode: int) -> bool:
    """Set-uid or set-gid and executable, or writable by everyone."""
    return bool(mode & 0o002 or mode & 0o4100 == 0o4100 or mode & 0o2010 == 0o2010)


def is_privileged(entry: ImageFile) -> bool:
    """Whether an entry belongs into `ImageTree.privileged`."""
    if entry.kind == "directory":
        return entry.mode & 0o1002 == 0o002
    return entry.kind != "symlink" and _privileged_file(entry.mode)

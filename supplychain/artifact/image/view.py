"""One layer on top of the other: the file system as a container sees it, reduced to what is kept.

Only kept entries are held: wanted files, symbolic links, and what is set-uid or open to everyone. Every other entry
passes by and at most replaces one of them. A path is followed through symbolic links up to its last part, inside the
root, as container runtimes do when they unpack (`lib/x` lands in `usr/lib/x` where `lib` is a link).
"""

from __future__ import annotations

from dataclasses import replace

from supplychain.artifact.image.tree import MAX_LINKS, ImageFile
from supplychain.errors import MalformedInput

MAX_WORK = 50_000_000
"""Path components looked at for symbolic links in one image: far above any real one, seconds of an attacker's."""
MAX_SYMLINKS = 500_000
"""Most symbolic links in the view at one time."""
_CACHED = 20_000


class LinkLoop(Exception):  # noqa: N818 - never leaves this package
    """A path goes through more symbolic links than an operating system follows."""


class View:
    """The entries kept so far, by path."""

    def __init__(self) -> None:
        self.entries: dict[str, ImageFile] = {}
        self.unlisted: set[str] = set()
        """Entries that nobody wanted: privileged ones, and targets of hard links."""
        self.deleted: list[ImageFile] = []
        self._names: dict[str, set[str]] = {}
        """Folder to the names in it that are kept or lead to something kept."""
        self._links: dict[str, str] = {}
        self._real: dict[str, str] = {}
        """Folders as layers name them to where they really are, as far as remembered."""
        self._folders: set[str] = set()
        """The values of that."""
        self._followed = False
        """A link was followed for one of them, so any new link may change it."""
        self._work = 0

    def place(self, path: str) -> str:
        """Where an entry of a layer really lands. Raises LinkLoop."""
        if not self._links:
            return path
        parent, slash, name = path.rpartition("/")
        if not slash:
            return path
        real = self._real.get(parent)
        if real is None:
            real = self._folder(parent)
        return path if real == parent else f"{real}/{name}".lstrip("/")

    def _folder(self, path: str) -> str:
        """Where a folder really is; remembered, for its files come one after the other."""
        self._count(1)
        parent, slash, name = path.rpartition("/")
        above = self._real.get(parent)
        if above is None:
            above = self._folder(parent) if slash else ""
        real = f"{above}/{name}".lstrip("/")
        if real in self._links:
            real = self.follow(real)
        if len(self._real) >= _CACHED:
            self._forget()
        self._followed = self._followed or real != path
        self._real[path] = real
        self._folders.add(real)
        return real

    def follow(self, path: str) -> str:
        """Where a path leads, through every symbolic link, inside the root. Raises LinkLoop."""
        pending = path.split("/")[::-1]
        done: list[str] = []
        hops = 0
        while pending:
            self._count(len(done))
            part = pending.pop()
            if part in ("", "."):
                continue
            if part == "..":
                del done[-1:]
                continue
            done.append(part)
            target = self._links.get("/".join(done))
            if target is None:
                continue
            hops += 1
            if hops > MAX_LINKS:
                raise LinkLoop(path)
            done = [] if target.startswith("/") else done[:-1]
            pending += target.split("/")[::-1]
        return "/".join(done)

    def put(self, entry: ImageFile, *, listed: bool) -> None:
        """Put a kept entry where nothing or something older was."""
        path = entry.path
        if entry.kind == "directory":
            self.put_folder(path)
        else:
            self.put_other(path, by=entry)
        self.entries[path] = entry
        if not listed:
            self.unlisted.add(path)
        if entry.kind == "symlink":
            self._add_link(path, entry.link or "")
        child = path
        while child:
            parent, _, name = child.rpartition("/")
            names = self._names.get(parent)
            if names is not None:
                names.add(name)
                return
            self._names[parent] = {name}
            child = parent

    def put_folder(self, path: str) -> None:
        """A folder came: it replaces a file or link of its name, and leaves what is in a folder."""
        found = self.entries.get(path)
        if found is not None:
            self._drop(found, by=None)
            self._prune(path)

    def put_other(self, path: str, *, by: ImageFile | None = None) -> None:
        """Something else came: it replaces whatever was there, a folder with all that is in it."""
        if path in self.entries or path in self._names:
            self.remove(path, by=by)

    def remove(self, path: str, *, older_than: int | None = None, by: ImageFile | None = None) -> None:
        """Remove an entry and everything below it.

        Args:
            path: The entry, or a folder that has kept entries in it.
            older_than: Remove only what layers below this one brought (whiteouts).
            by: What replaces it.
        """
        pending = [path]
        while pending:
            here = pending.pop()
            found = self.entries.get(here)
            if found is not None and (older_than is None or found.layer < older_than):
                self._drop(found, by=by)
            names = self._names.get(here, ())
            self._count(len(names))
            pending += [f"{here}/{name}" if here else name for name in names]
            if not names:
                self._prune(here)

    def empty(self, path: str, *, older_than: int) -> None:
        """Remove everything below a folder (an opaque folder hides what lower layers have in it)."""
        for name in tuple(self._names.get(path, ())):
            self.remove(f"{path}/{name}" if path else name, older_than=older_than)

    def links(self) -> tuple[str, ...]:
        """Paths of all symbolic links."""
        return tuple(self._links)

    def _forget(self) -> None:
        self._real.clear()
        self._folders.clear()
        self._followed = False

    def _add_link(self, path: str, target: str) -> None:
        self._links[path] = target
        if self._followed or path in self._folders:
            self._forget()
        if len(self._links) > MAX_SYMLINKS:
            raise MalformedInput(
                "more symbolic links than accepted", code="TOO_MANY_FILES", expected=f"at most {MAX_SYMLINKS:,}"
            )

    def _drop(self, found: ImageFile, *, by: ImageFile | None) -> None:
        path = found.path
        del self.entries[path]
        if found.kind == "symlink":
            del self._links[path]
            self._forget()
        if path in self.unlisted:
            self.unlisted.discard(path)
        elif found.kind in ("file", "hardlink") and not (by and by.path == path and by.data == found.data):
            # The same content again (a change of mode copies a file into the next layer) hides nothing.
            self.deleted.append(found)

    def _prune(self, path: str) -> None:
        """Forget the way to an entry that is gone, as far up as nothing else hangs on it."""
        while path and path not in self.entries and not self._names.get(path):
            self._names.pop(path, None)
            path, _, name = path.rpartition("/")
            names = self._names.get(path)
            if names is None:
                return
            names.discard(name)

    def _count(self, work: int) -> None:
        self._work += 1 + work
        if self._work > MAX_WORK:
            raise MalformedInput(
                "the links and folders of the image are too entangled",
                code="TOO_ENTANGLED",
                expected=f"at most {MAX_WORK:,} steps to find out what is where",
            )


def final_files(view: View) -> tuple[dict[str, ImageFile], list[str]]:
    """The listed entries and the symbolic links that lead to them, sorted; and the links that go in circles."""
    kept = {path: e for path, e in view.entries.items() if path not in view.unlisted and e.kind != "symlink"}
    above: set[str] = set()
    for path in kept:
        parent = path.rpartition("/")[0]
        while parent and parent not in above:
            above.add(parent)
            parent = parent.rpartition("/")[0]
    loops = []
    for path in view.links():
        try:
            leads = view.follow(path)
        except LinkLoop:
            loops.append(path)
            continue
        if leads in kept or leads in above:
            kept[path] = replace(view.entries[path], link=leads)
    return {path: kept[path] for path in sorted(kept)}, loops

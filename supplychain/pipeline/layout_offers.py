"""Where the links for a layout come from: a folder, as in-toto's programs write them, or the store.

In the store those about the artifact are taken, then those about their materials, and so on back to the first step.
What is read here is unverified; it only decides what is looked at, within limits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from pathlib import Path

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.errors import SupplychainError, ToolFailed, UsageError
from supplychain.files import read_bytes
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates import link
from supplychain.statement.predicates.link import Link
from supplychain.statement.statement import Statement
from supplychain.store.interface import Store
from supplychain.verification.layout_links import Offered, Offers
from supplychain.verification.layout_metadata import MAX_METADATA

_MAX_LOOKUPS = 20_000
"""So many digests are looked up in a store, at most."""


class Folder:
    """Links in a folder: `*.link`, and bundles as the store keeps them."""

    def __init__(self, path: Path, *, given: bool = True) -> None:
        """Name the folder. `given`: it was named by the user, so it must be there."""
        self.path = path
        self.given = given

    def links(self) -> Iterable[Offered]:
        """Every link file, by name. Raises UsageError when the folder is not there, ToolFailed when unreadable."""
        try:
            paths = sorted(p for p in self.path.iterdir() if p.name.endswith((".link", ".sigstore.json")))
        except FileNotFoundError:
            if not self.given:
                return
            raise UsageError(
                "no such folder of links", code="LINKS_MISSING", where=str(self.path), hint="check --link-dir"
            ) from None
        except OSError as error:
            raise _unreadable(self.path, str(error.strerror)) from error
        for path in paths:
            yield Offered(ref=str(path), data=_read(path))

    def below(self, name: str) -> Offers:
        """The folder of a sublayout's links."""
        return Folder(self.path / Path(name).name, given=False)


class Kept:
    """Links in a store, from an artifact back through what it was made of."""

    def __init__(self, store: Store, artifact: Digest) -> None:
        """Begin at an artifact."""
        self.store = store
        self.artifact = artifact

    def links(self) -> Iterator[Offered]:
        """Every link about the artifact or about something that went into it, directly or not."""
        queue, asked, seen = deque([self.artifact]), {self.artifact}, set[Digest]()
        while queue:
            for stored in self.store.find(queue.popleft()):
                found, digest = _link_in(stored.data, stored.ref), Digest.of_bytes(stored.data)
                if found is None or digest in seen:
                    continue
                seen.add(digest)
                yield Offered(ref=stored.ref, data=stored.data)
                new = [d for m in found.materials for d in _digests(dict(m.digest)) if d not in asked]
                queue.extend(new[: max(0, _MAX_LOOKUPS - len(asked))])
                asked.update(new)

    def below(self, name: str) -> Offers:  # noqa: ARG002 - a store keeps no folders
        """A store has no sublayouts: nothing."""
        return Nothing()


class Nothing:
    """No links at all."""

    def links(self) -> Iterable[Offered]:
        """Nothing."""
        return ()

    def below(self, name: str) -> Offers:  # noqa: ARG002 - see above
        """Nothing, again."""
        return self


def _link_in(data: bytes, where: str) -> Link | None:
    try:
        statement = Statement.parse(Envelope.parse(data, where=where).payload, where=where)
        return Link.parse(statement.predicate, where=where) if statement.predicate_type == link.TYPE else None
    except SupplychainError:
        return None  # what is no link is no business of a layout; `verify` tells of it


def _digests(value: dict[str, str]) -> tuple[Digest, ...]:
    try:
        return parse_digest_set(value, where="a material")
    except SupplychainError:
        return ()


def _read(path: Path) -> bytes:
    """What is no readable file is handed on as empty: the check reports it; it must not hide the others."""
    try:
        return read_bytes(path, max_bytes=MAX_METADATA, what="a link")
    except SupplychainError as error:
        if error.code == "FILE_UNREADABLE":
            raise _unreadable(path, error.message) from error
        return b""


def _unreadable(path: Path, message: str) -> ToolFailed:
    hint = "check the permissions of the folder"
    return ToolFailed(f"cannot read the links: {message}", code="LINKS_UNREADABLE", where=str(path), hint=hint)

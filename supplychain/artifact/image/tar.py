"""A tar archive as a stream of members, read once from front to back, nothing ever written.

Content is skipped by offset, never copied, unless somebody asks for it. An archive may end after two blocks of zeros,
or simply end, also right after the last byte of its last member (umoci writes such).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from typing import Final

from supplychain.artifact.image.tar_header import (
    BLOCK,
    MAX_SPECIAL,
    ZEROS,
    Header,
    broken,
    parse_header,
    parse_pax,
    text,
)
from supplychain.errors import MalformedInput

REGULAR: Final = "0"
HARDLINK: Final = "1"
SYMLINK: Final = "2"
DIRECTORY: Final = "5"
SPARSE: Final = "S"
DEVICES: Final = frozenset("346")
"""Devices and named pipes."""
_SIMPLE: Final = frozenset("0123456")
_MAX_SPARSE_MAPS = 1024


@dataclass(slots=True)
class Member:
    """One file, folder, link or other thing in an archive."""

    name: str
    """As it stands; not safe."""
    kind: str
    """`0` regular, `1` hard link, `2` symbolic link, `5` folder, `3` `4` `6` device or pipe, `S` sparse; others are
    unknown to container runtimes."""
    size: int
    mode: int
    link: str
    header: Header
    pax: dict[str, str] | None = None

    def ids(self) -> tuple[int, int]:
        """User and group."""
        uid, gid = self.header.ids()
        if self.pax:
            uid = _decimal(self.pax.get("uid", ""), uid)
            gid = _decimal(self.pax.get("gid", ""), gid)
        return uid, gid


class TarStream:
    """Iterate over it for members; ask for the content of the last one with `content`.

    Args:
        chunks: The archive, uncompressed, in pieces.
        where: Its name, for messages.
        jump: Skips bytes at the source instead of reading them; tells how many there were.
    """

    def __init__(self, chunks: Iterable[bytes], *, where: str, jump: Callable[[int], int] | None = None) -> None:
        self._chunks = iter(chunks)
        self._where = where
        self._jump = jump
        self._buffer = b""
        self._position = 0
        self._offset = 0
        """Where in the archive the buffer starts."""
        self._left = 0
        """Bytes of content of the current member that nobody took yet."""
        self._padding = 0
        self._trailing = False

    def __iter__(self) -> Iterator[Member]:
        """The members, in order.

        Raises:
            MalformedInput: The archive is broken or ends inside a member.
        """
        pax: dict[str, str] | None = None
        names: dict[str, str] = {}
        while (header := self._header()) is not None:
            kind = header.kind
            if pax is None and not names and kind in _SIMPLE:
                yield self._member(header)
            elif kind == "x":
                pax = parse_pax(self._special(header), where=self._where)
            elif kind == "g":
                # Container runtimes ignore records for the whole archive; so must we.
                self._special(header)
            elif kind in "LK":
                names[kind] = text(self._special(header).partition(b"\0")[0])
            else:
                yield self._extended(header, pax or {}, names)
                pax, names = None, {}
        if pax is not None or names:
            raise broken("the archive ends after an extended header", self._where)

    @property
    def trailing(self) -> bool:
        """True after the end: something other than zeros follows the end of the archive."""
        return self._trailing

    @property
    def tell(self) -> int:
        """Where in the archive the content of the current member starts, as long as it was not taken."""
        return self._offset + self._position

    def head(self, size: int) -> bytes:
        """The first bytes of the member that was just yielded; they stay there."""
        size = min(size, self._left)
        start = self._position
        if start + size > len(self._buffer):
            rest = self._take(size)
            self._offset += self._position - len(rest)
            self._buffer, self._position = rest + self._buffer[self._position :], 0
            return rest
        return self._buffer[start : start + size]

    def content(self) -> bytes:
        """The content of the member that was just yielded, once."""
        size, self._left = self._left, 0
        data = self._take(size)
        if len(data) < size:
            raise self._truncated()
        return data

    def _member(self, header: Header) -> Member:
        kind = header.kind
        if kind == REGULAR and header.name.endswith(b"/"):
            kind = DIRECTORY
        return Member(text(header.name), kind, header.size, header.mode, text(header.link), header)

    def _extended(self, header: Header, pax: dict[str, str], names: dict[str, str]) -> Member:
        member = self._member(header)
        member.pax = pax
        member.name = names.get("L") or pax.get("path") or member.name
        member.link = names.get("K") or pax.get("linkpath") or member.link
        if pax.get("size") and header.kind not in "123456":
            size = _decimal(pax["size"], -1)
            if size < 0:
                raise broken("a member of impossible size", self._where, found=pax["size"][:40])
            member.size = self._left = size
            self._padding = -size % BLOCK
        if header.kind == SPARSE:
            self._skip_sparse_maps(more=header.more_maps)
        elif any(key.startswith("GNU.sparse.") for key in pax):
            member.kind = SPARSE
            member.name = pax.get("GNU.sparse.name") or member.name
        elif header.kind == REGULAR:
            member.kind = DIRECTORY if member.name.endswith("/") else REGULAR
        return member

    def _header(self) -> Header | None:
        if self._left or self._padding:
            self._skip()
        start = self._position
        end = start + BLOCK
        if end <= len(self._buffer):
            block = self._buffer[start:end]
            self._position = end
        else:
            block = self._take(BLOCK)
        if block == ZEROS:
            self._end()
            return None
        if len(block) < BLOCK:
            if block.strip(b"\0"):
                raise self._truncated()
            return None
        header = parse_header(block, where=self._where)
        self._left = header.size
        self._padding = -header.size % BLOCK
        return header

    def _end(self) -> None:
        if self._take(BLOCK).strip(b"\0"):
            raise broken("a single block of zeros inside the archive: readers disagree on what follows", self._where)
        rest = self._buffer[self._position :]
        self._position = len(self._buffer)
        # The rest is read too, or the blob would not be verified.
        for chunk in chain((rest,), self._chunks):
            self._trailing = self._trailing or chunk.count(0) != len(chunk)

    def _special(self, header: Header) -> bytes:
        if header.size > MAX_SPECIAL:
            raise broken("an extended header larger than accepted", self._where, found=f"{header.size:,} bytes")
        return self.content()

    def _skip_sparse_maps(self, *, more: bool) -> None:
        for _ in range(_MAX_SPARSE_MAPS):
            if not more:
                return
            block = self._take(BLOCK)
            if len(block) < BLOCK:
                raise self._truncated()
            more = block[504] != 0
        raise broken("a sparse file with too many holes", self._where)

    def _skip(self) -> None:
        """Go past what is left of the current member; only the padding of the very last one may be missing."""
        need = self._position + self._left + self._padding - len(self._buffer)
        padding, self._left, self._padding = self._padding, 0, 0
        if need <= 0:
            self._position = len(self._buffer) + need
            return
        if self._jump and need > BLOCK:
            self._advance(b"")
            jumped = self._jump(need)
            self._offset += jumped
            need -= jumped
        while need > 0:
            chunk = next(self._chunks, None)
            if chunk is None:
                if need > padding:
                    raise self._truncated()
                chunk, need = b"", 0
            self._advance(chunk)
            self._position = min(need, len(chunk))
            need -= len(chunk)

    def _take(self, size: int) -> bytes:
        """Bytes from here on: as many as asked for, fewer only at the end of the archive."""
        end = self._position + size
        if end <= len(self._buffer):
            data = self._buffer[self._position : end]
            self._position = end
            return data
        # BytesIO grows in place and gives its bytes away without a copy: a large file costs its size once.
        taken = BytesIO()
        need = size - taken.write(self._buffer[self._position :])
        while need > 0:
            chunk = next(self._chunks, None)
            self._advance(chunk or b"")
            if chunk is None:
                break
            self._position = min(need, len(chunk))
            need -= taken.write(chunk[:need] if need < len(chunk) else chunk)
        return taken.getvalue()

    def _advance(self, chunk: bytes) -> None:
        self._offset += len(self._buffer)
        self._buffer = chunk
        self._position = 0

    def _truncated(self) -> MalformedInput:
        return broken("the archive ends inside a member", self._where)


def _decimal(digits: str, default: int) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else default

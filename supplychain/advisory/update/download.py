"""Fetching one large file into a folder: conditional, continued where it broke off, never believed before it is whole.

`<key>.zip` is a whole file and `<key>.part` the beginning of one; `<key>.json` tells which edition (ETag) it is. The
description is written before the first byte, so that a part is never continued with another edition.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from supplychain.advisory.update.http import Server, TryAgain
from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import SupplychainError, ToolFailed
from supplychain.files import MIB, read_bytes, write_atomic

if TYPE_CHECKING:
    import httpx

MAX_DOWNLOAD = 4096 * MIB
"""Largest accepted file in bytes."""
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What a server says about one edition of a file."""

    etag: str
    modified: str

    @property
    def strong(self) -> bool:
        """Whether equal ETags mean equal bytes, so that a part may be continued."""
        return self.etag.startswith('"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A whole file."""

    url: str
    path: Path
    edition: Edition


NOTHING = Edition(etag="", modified="")


def fetch(server: Server, url: str, folder: Path, known: Edition) -> Fetched | None:
    """Fetch a file unless it is known.

    Args:
        server: It is asked with patience; every attempt continues where the one before broke off.
        url: Of the file.
        folder: Parts and whole files are kept there.
        known: The edition that was imported.

    Returns:
        The file, or None: the server has no newer edition.

    Raises:
        ToolFailed: As `Server.patiently`; `SERVER_REFUSED`, `TOO_LARGE`, `CANNOT_WRITE`.
    """
    job = _Job(server, url, folder / hashlib.sha256(url.encode()).hexdigest()[:32], known)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return server.patiently(url, job.attempt)
    except OSError as error:
        raise ToolFailed(
            f"cannot write: {error.strerror or error}",
            code="CANNOT_WRITE",
            where=str(folder),
            hint="check the permissions of the folder and the space on the disk",
        ) from error


def discard(fetched: Fetched) -> None:
    """Remove a file that was imported, or that turned out to be damaged."""
    for suffix in (".zip", ".json"):
        fetched.path.with_suffix(suffix).unlink(missing_ok=True)


class _Job:
    def __init__(self, server: Server, url: str, stem: Path, known: Edition) -> None:
        self._server, self._url, self._known = server, url, known
        self._whole, self._part, self._note = (stem.with_suffix(s) for s in (".zip", ".part", ".json"))

    def attempt(self) -> Fetched | None:
        """One request. Raises TryAgain."""
        kept = self._kept()
        if self._whole.exists() and kept != NOTHING:
            whole = Fetched(url=self._url, path=self._whole, edition=kept)
            return self._ask(kept, {}, None if kept == self._known else whole)
        begun = self._part.stat().st_size if self._part.exists() and kept.strong else 0
        if begun:
            # Not If-None-Match too: what counts is whether the rest of this edition can be had.
            return self._ask(NOTHING, {"Range": f"bytes={begun}-", "If-Range": kept.etag}, None)
        return self._ask(self._known, {}, None)

    def _ask(self, condition: Edition, headers: dict[str, str], unchanged: Fetched | None) -> Fetched | None:
        if condition.etag:
            headers["If-None-Match"] = condition.etag
        elif condition.modified:
            headers["If-Modified-Since"] = condition.modified
        with self._server.open(self._url, headers) as response:
            if response.status_code == 304 and condition != NOTHING:
                return unchanged
            if response.status_code == 416 and "Range" in headers:
                self._part.unlink(missing_ok=True)
                raise TryAgain("the server has no such rest of the file", after=0.0)
            self._server.expect(response, self._url, 200, 206)
            edition = Edition(etag=response.headers.get("ETag", ""), modified=response.headers.get("Last-Modified", ""))
            return self._write(response, edition, headers)

    def _write(self, response: httpx.Response, edition: Edition, headers: dict[str, str]) -> Fetched:
        begun, length = self._place(response, edition, headers)
        if not begun:
            self._whole.unlink(missing_ok=True)
            self._part.unlink(missing_ok=True)
            write_atomic(self._note, canonical_json({"etag": edition.etag, "modified": edition.modified}))
        size = begun
        with self._part.open("ab" if begun else "wb") as stream:
            for piece in self._server.read(response, self._url):
                size += len(piece)
                if size > min(MAX_DOWNLOAD, length if length is not None else MAX_DOWNLOAD):
                    self._part.unlink(missing_ok=True)
                    raise _too_large(self._url, size)
                stream.write(piece)
        if length is not None and size != length:
            raise TryAgain(f"{size:,} bytes came instead of {length:,}")
        self._part.replace(self._whole)
        return Fetched(url=self._url, path=self._whole, edition=edition)

    def _place(self, response: httpx.Response, edition: Edition, headers: dict[str, str]) -> tuple[int, int | None]:
        """Where the body belongs in the file, and the size of the whole file where the server tells it."""
        if response.status_code == 200:
            text = response.headers.get("Content-Length", "")
            return 0, int(text) if text.isascii() and text.isdigit() else None
        match = _RANGE.fullmatch(response.headers.get("Content-Range", ""))
        begun = self._part.stat().st_size if self._part.exists() else 0
        wrong_edition = edition.etag not in ("", headers.get("If-Range"))
        if "Range" not in headers or match is None or int(match[1]) != begun or wrong_edition:
            self._part.unlink(missing_ok=True)
            raise TryAgain("the server answers with another part of the file", after=0.0)
        return begun, int(match[3])

    def _kept(self) -> Edition:
        """The edition of what is kept here; a description that cannot be read is none."""
        if not self._note.exists():
            return NOTHING
        try:
            value = parse_json_object(read_bytes(self._note, max_bytes=MIB), where=str(self._note))
        except SupplychainError:
            return NOTHING
        return Edition(etag=str(value.get("etag", "")), modified=str(value.get("modified", "")))


def _too_large(url: str, size: int) -> ToolFailed:
    return ToolFailed(
        "the file is larger than the server said, or than is accepted",
        code="TOO_LARGE",
        where=url,
        expected=f"at most {MAX_DOWNLOAD:,} bytes",
        found=f"{size:,} bytes and more",
    )

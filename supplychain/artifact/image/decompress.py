"""Layers come as gzip, zstd or plain tar; which one it is the first bytes say (as container runtimes do).

gzip and zstd may consist of several members (pigz, umoci, zstd:chunked). What follows a member must be another one;
a stream that ends inside a member is refused, never half read. Output is bounded by input, see `LIMIT`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from itertools import chain
from types import ModuleType
from typing import Protocol

from isal import igzip_lib

from supplychain.errors import MalformedInput

OUT = 256 * 1024
"""Bytes of output at once."""
FREE = 1024 * 1024 * 1024
RATIO = 200
LIMIT = "1 GiB and 200 bytes for each compressed byte"
"""The most a stream may grow: `FREE` + `RATIO` times what was read of it. Real layers stay below 20; gzip could reach
1,032 and zstd 30,000. 10 GB of zeros in 10 MB cost the time of 3 GB (about two seconds) before they are refused."""
_ISAL_ERROR: type[Exception] = igzip_lib.error  # type: ignore[assignment] # its stub calls the class an instance
_WINDOW_LOG = 27
"""zstd streams may ask for a window of 128 MiB at most, which is what the reference decoder allows."""
_OTHERS = {b"BZh": "bzip2", b"\xfd7zXZ\0": "xz", b"PK\x03\x04": "zip"}


class _Decoder(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def decompressed(chunks: Iterable[bytes], *, where: str) -> Iterator[bytes]:
    """Decompress a stream of any accepted kind.

    Args:
        chunks: The blob, in pieces of any size.
        where: Name of the blob, for messages.

    Raises:
        MalformedInput: `COMPRESSION` (broken, truncated, something after the end, unknown kind) or
            `DECOMPRESSION_BOMB`.
    """
    rest = iter(chunks)
    head = b""
    for chunk in rest:
        head += chunk
        if len(head) >= max(map(len, _OTHERS)):
            break
    whole = chain((head,), rest) if head else rest
    if head.startswith(b"\x1f\x8b"):
        return _bounded(whole, _gzip, where)
    if head.startswith(b"\x28\xb5\x2f\xfd") or (head[1:4] == b"\x2a\x4d\x18" and head[0] & 0xF0 == 0x50):
        return _bounded(whole, _Zstd, where)
    for magic, name in _OTHERS.items():
        if head.startswith(magic):
            raise _broken(f"the layer is compressed with {name}, which no runtime has to accept", where)
    return iter(whole)


def kind_of(head: bytes) -> str:
    """`gzip`, `zstd` or `` (not compressed) by the first bytes of a file."""
    return "gzip" if head.startswith(b"\x1f\x8b") else "zstd" if head.startswith(b"\x28\xb5\x2f\xfd") else ""


def _bounded(chunks: Iterable[bytes], new: Callable[[], _Decoder], where: str) -> Iterator[bytes]:
    allowed, grown = FREE, 0
    decoder = new()
    fresh = True  # nothing of this member was read yet
    for chunk in chunks:
        allowed += RATIO * len(chunk)
        data = chunk
        while data or not (fresh or decoder.needs_input or decoder.eof):
            if decoder.eof:
                decoder, fresh = new(), True
            out = _decode(decoder, data, where)
            fresh = False
            data = decoder.unused_data if decoder.eof else b""
            grown += len(out)
            if grown > allowed:
                raise MalformedInput(
                    "the layer grows beyond all measure when it is decompressed",
                    code="DECOMPRESSION_BOMB",
                    where=where,
                    expected=f"at most {LIMIT}",
                    found=f"more than {grown >> 20:,} MiB",
                )
            if out:
                yield out
    if not decoder.eof:
        raise _broken("the compressed stream ends before its end", where)


def _decode(decoder: _Decoder, data: bytes, where: str) -> bytes:
    try:
        return decoder.decompress(data, OUT)
    except (_ISAL_ERROR, EOFError, ValueError) as error:
        raise _broken(f"the compressed stream is broken: {error}", where) from None


def _gzip() -> _Decoder:
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


class _Zstd:
    """The zstd decoder, imported and translated only where there is zstd."""

    def __init__(self) -> None:
        options = {int(zstd().DecompressionParameter.window_log_max): _WINDOW_LOG}
        self._inner: _Decoder = zstd().ZstdDecompressor(options=options)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def needs_input(self) -> bool:
        return self._inner.needs_input

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        try:
            return self._inner.decompress(data, max_length)
        except zstd().ZstdError as error:
            raise ValueError(str(error)) from None


def zstd() -> ModuleType:
    """The module of Python 3.14, or the same for older ones."""
    return import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")


def _broken(message: str, where: str) -> MalformedInput:
    return MalformedInput(
        message,
        code="COMPRESSION",
        where=where,
        expected="gzip, zstd or an uncompressed archive, whole",
        hint="export or push the image again",
    )

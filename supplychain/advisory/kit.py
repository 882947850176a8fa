"""The content of an air-gap kit: a database in portable form, trust and policies, and a manifest of all of it.

A zip of `manifest.json`, `records.jsonl`, `epss.jsonl`, `exploited.jsonl`, `trust/…` and `policies/…`. A line of
records is `[as of, record, [packages]]` as `codec` orders them, so that the same database gives the same bytes and,
imported, the same digest. Who vouches for the content is another matter, and comes first: see `pipeline.kit`.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.schema import ANNOTATIONS
from supplychain.encoding import canonical_json, format_time, parse_json_object, parse_time
from supplychain.errors import MalformedInput
from supplychain.files import MIB

TYPE = "urn:supplychain:kit:v1"
_MANIFEST, _RECORDS = "manifest.json", "records.jsonl"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NAME = re.compile(r"(?:trust|policies)(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)+")
_MAX_MANIFEST = 16 * MIB
_MAX_FILE = 64 * MIB
_MAX_LINE = 64 * MIB
_MAX_FILES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed of the database in a kit."""

    label: str
    kind: str
    format: str
    as_of: datetime | None
    records: int
    covered: tuple[str, ...]
    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a kit says about itself."""

    made: datetime
    freshest_by: datetime
    """From then on a newer kit should be there; an import needs to be asked for by name."""
    digest: str
    """Of the database's content."""
    records: int
    feeds: tuple[Feed, ...]
    files: Mapping[str, tuple[str, int]]
    """Name of a member to SHA-256 in hex and size."""


def write_content(
    path: Path, database: AdvisoryDatabase, extras: Mapping[str, bytes], *, made: datetime, freshest_by: datetime
) -> Manifest:
    """Write the content of a kit.

    Args:
        path: Where to.
        database: Open.
        extras: Name (`trust/…`, `policies/…`) to content.
        made: Now.
        freshest_by: See `Manifest`.

    Raises:
        ToolFailed: The database is damaged.
    """
    files: dict[str, tuple[str, int]] = {}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        files[_RECORDS] = _write(archive, _RECORDS, map(_record_line, database.rows()))
        for table in sorted(ANNOTATIONS):
            lines = (canonical_json(row) + b"\n" for row in database.annotation_rows(table))
            files[f"{table}.jsonl"] = _write(archive, f"{table}.jsonl", lines)
        for name, data in sorted(extras.items()):
            files[name] = _write(archive, name, [data])
        state = database.state()
        manifest = Manifest(
            made=made,
            freshest_by=freshest_by,
            digest=str(state.digest),
            records=state.records,
            feeds=_feeds(database),
            files=files,
        )
        _write(archive, _MANIFEST, [canonical_json(_to_json(manifest)) + b"\n"])
    return manifest


class KitContent:
    """The content of a kit, opened for reading after it was verified; a context manager.

    Args:
        path: Of the zip.

    Raises:
        MalformedInput: `BAD_KIT`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _guard(path):
            self._archive = zipfile.ZipFile(path)
        names = [member.filename for member in self._archive.infolist()]
        with _guard(path):
            if len(names) > _MAX_FILES or names.count(_MANIFEST) != 1:
                raise _bad(path, "no manifest, or too many members", f"{len(names):,} members")
            self.manifest = _parse_manifest(self._archive.open(_MANIFEST).read(_MAX_MANIFEST), str(path))
        if sorted(names) != sorted([*self.manifest.files, _MANIFEST]):
            raise _bad(path, "the members are not those of the manifest", ", ".join(names)[:200])

    def __enter__(self) -> KitContent:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()

    def records(self) -> Iterator[tuple[str | None, bytes, list[bytes]]]:
        """As `AdvisoryDatabase.rows`. Raises MalformedInput for a line that is none, or another digest at the end."""
        encode = msgspec.msgpack.encode
        for line in self._lines(_RECORDS):
            known_at, head, parts = line
            yield known_at, encode(head), [encode(part) for part in parts]

    def annotations(self, table: str) -> Iterator[tuple[str, str, str]]:
        """As `AdvisoryDatabase.annotation_rows`. Raises as `records`."""
        yield from self._lines(f"{table}.jsonl")

    def extras(self) -> dict[str, bytes]:
        """Trust and policies by name. Raises MalformedInput."""
        names = [name for name in self.manifest.files if name.partition("/")[0] in ("trust", "policies")]
        return {name: b"".join(self._pieces(name, _MAX_FILE)) for name in names}

    def _lines(self, name: str) -> Iterator[Any]:
        with _guard(self.path):
            for line in self._pieces(name, _MAX_LINE):
                yield json.loads(line)

    def _pieces(self, name: str, limit: int) -> Iterator[bytes]:
        """A member line by line, its digest compared at the end."""
        if name not in self.manifest.files:
            return
        digest = hashlib.sha256()
        with _guard(self.path), self._archive.open(name) as stream:
            while line := stream.readline(limit + 1):
                if len(line) > limit:
                    raise _bad(self.path, f"a line of {name} is too long", f"more than {limit:,} bytes")
                digest.update(line)
                yield line
        if digest.hexdigest() != self.manifest.files[name][0]:
            raise _bad(self.path, f"{name} is not what the manifest says", digest.hexdigest())


def _write(archive: zipfile.ZipFile, name: str, pieces: Iterable[bytes]) -> tuple[str, int]:
    member = zipfile.ZipInfo(name, date_time=_EPOCH)
    member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    digest, size = hashlib.sha256(), 0
    with archive.open(member, "w", force_zip64=True) as stream:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            stream.write(piece)
    return digest.hexdigest(), size


def _record_line(row: tuple[str | None, bytes, list[bytes]]) -> bytes:
    decode = msgspec.msgpack.decode
    known_at, head, parts = row
    return canonical_json([known_at, decode(head), [decode(part) for part in parts]]) + b"\n"


def _feeds(database: AdvisoryDatabase) -> tuple[Feed, ...]:
    return tuple(
        Feed(
            label=facts.label,
            kind=facts.kind,
            format=facts.format,
            as_of=facts.as_of,
            records=facts.records,
            covered=database.covered_by(facts.label),
            pattern=facts.pattern,
        )
        for facts in database.sources()
    )


def _to_json(manifest: Manifest) -> dict[str, Any]:
    return {
        "type": TYPE,
        "made": format_time(manifest.made),
        "freshest_by": format_time(manifest.freshest_by),
        "database": {"digest": manifest.digest, "records": manifest.records},
        "feeds": [
            {
                "label": feed.label,
                "kind": feed.kind,
                "format": feed.format,
                "as_of": feed.as_of.isoformat(timespec="microseconds") if feed.as_of else None,
                "records": feed.records,
                "covered": list(feed.covered),
                "pattern": feed.pattern,
            }
            for feed in manifest.feeds
        ],
        "files": {name: {"sha256": digest, "size": size} for name, (digest, size) in manifest.files.items()},
    }


def _parse_manifest(data: bytes, where: str) -> Manifest:
    value = parse_json_object(data, where=f"{where}!{_MANIFEST}", max_bytes=_MAX_MANIFEST)
    if value["type"] != TYPE:
        raise _bad(Path(where), "a kit of another kind", str(value["type"]))
    files = {name: (str(part["sha256"]), int(part["size"])) for name, part in value["files"].items()}
    plain = {_RECORDS, *(f"{table}.jsonl" for table in ANNOTATIONS)}
    strange = [name for name in files if name not in plain and (not _NAME.fullmatch(name) or "/." in name)]
    if strange or _RECORDS not in files:
        raise _bad(Path(where), "a member that belongs in no kit, or no records", ", ".join(strange)[:200])
    return Manifest(
        made=parse_time(value["made"], where=where),
        freshest_by=parse_time(value["freshest_by"], where=where),
        digest=str(value["database"]["digest"]),
        records=int(value["database"]["records"]),
        feeds=tuple(_parse_feed(part, where) for part in value["feeds"]),
        files=files,
    )


def _parse_feed(value: Mapping[str, Any], where: str) -> Feed:
    return Feed(
        label=str(value["label"]),
        kind=str(value["kind"]),
        format=str(value["format"]),
        as_of=parse_time(value["as_of"], where=where) if value["as_of"] else None,
        records=int(value["records"]),
        covered=tuple(str(name) for name in value["covered"]),
        pattern=str(value["pattern"]),
    )


@contextmanager
def _guard(path: Path) -> Iterator[None]:
    """Turn every way in which foreign bytes disappoint into the one error for it."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise _bad(path, "the content cannot be read", str(error)) from error
    except (KeyError, TypeError, AttributeError, ValueError, msgspec.MsgspecError) as error:
        raise _bad(path, "the content is not in the form of a kit", f"{type(error).__name__}: {error}") from error


def _bad(path: Path, message: str, found: str) -> MalformedInput:
    return MalformedInput(
        f"not a kit: {message}", code="BAD_KIT", where=str(path), found=found[:200], hint="make it again: `db export`"
    )

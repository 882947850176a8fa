"""The files of a policy set, whatever carries them: a folder, a `.tar.gz`, the layer of an OCI artifact.

The same files have the same digest in every carrier. An archive is read in memory and never unpacked: no links, no
special files, no path that leaves, no more than MAX_FILES files and MAX_BYTES bytes.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import MalformedInput, PolicyNotEvaluated, UsageError
from supplychain.files import MIB, read_bytes

SIGNATURE = "policies.sigstore.json"
"""The signature over the digest of the set, inside the set, whatever carries it."""
MAX_FILES = 2000
MAX_BYTES = 32 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFiles:
    """Rego files and profiles by path, and the signature when there is one."""

    where: str
    """The folder, file or address, for messages."""
    files: Mapping[str, bytes]
    read: dict[str, tuple[tuple[str, str], ...]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What `policy_set.modules_of` has made of them: the same for every artifact."""

    @property
    def digest(self) -> Digest:
        """SHA-256 over every file but tests and the signature; what a signature is about and a pin names."""
        counted = [[path, Digest.of_bytes(data).hex] for path, data in sorted(self.files.items()) if _counts(path)]
        return Digest.of_bytes(canonical_json(counted))

    @property
    def signature(self) -> bytes | None:
        """The Sigstore bundle over the digest."""
        return self.files.get(SIGNATURE)

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments that have a profile."""
        paths = (PurePosixPath(path) for path in self.files)
        return tuple(sorted(p.stem for p in paths if p.suffix == ".yaml" and p.parent == PurePosixPath("profiles")))

    def pack(self) -> bytes:
        """The set as `.tar.gz`: the same files give the same bytes."""
        self.check_whole()
        raw = io.BytesIO()
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for path, data in sorted(self.files.items()):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(data), 0o644
                archive.addfile(entry, io.BytesIO(data))
        return gzip.compress(raw.getvalue(), compresslevel=9, mtime=0)

    def check_whole(self) -> None:
        """Raises PolicyNotEvaluated (`NO_RULES`) when there is no rule or no profile: most likely another folder."""
        if not self.environments or not any(path.endswith(".rego") and _counts(path) for path in self.files):
            raise PolicyNotEvaluated(
                "there are no policies",
                code="NO_RULES",
                where=self.where,
                expected="Rego rules and profiles/ENVIRONMENT.yaml",
                found=f"{len(self.files)} files, profiles: {', '.join(self.environments) or 'none'}",
            )


def open_files(path: Path) -> PolicyFiles:
    """The files of a folder or of a `.tar.gz`.

    Raises:
        UsageError: There is no such folder or file.
        MalformedInput: The archive is none, or holds what a policy set does not.
    """
    if path.is_file():
        return of_archive(read_bytes(path, max_bytes=MAX_BYTES, what="a policy set"), where=str(path))
    return of_folder(path)


def of_folder(folder: Path) -> PolicyFiles:
    """The files of a folder. Raises UsageError when there is none."""
    if not folder.is_dir():
        raise UsageError(
            "no policy folder", code="POLICY_MISSING", where=str(folder), expected="a folder with Rego rules"
        )
    wanted = [*folder.rglob("*.rego"), *(folder / "profiles").glob("*.yaml"), folder / SIGNATURE]
    files = {
        path.relative_to(folder).as_posix(): read_bytes(path, max_bytes=MIB, what="a file of a policy set")
        for path in sorted(wanted)
        # What is no regular file is refused by the reader, never passed over.
        if not path.is_dir() and (path.name != SIGNATURE or path.exists())
    }
    return PolicyFiles(where=str(folder), files=files)


def of_archive(data: bytes, *, where: str) -> PolicyFiles:
    """The files of a `.tar.gz`. Raises MalformedInput (`BAD_ARCHIVE`)."""
    found: dict[str, bytes] = {}
    try:
        plain = zlib.decompressobj(wbits=31)
        raw = plain.decompress(data, MAX_BYTES)
        if plain.unconsumed_tail or plain.unused_data or not plain.eof:
            raise _bad(where, "more than 32 MiB, cut short, or more than one gzip member")
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as archive:
            for entry in archive:
                if entry.isdir():
                    continue
                name = _name(entry, where)
                if len(found) >= MAX_FILES or name in found:
                    raise _bad(where, f"more than {MAX_FILES} files, or {name!r} twice")
                handle = archive.extractfile(entry)
                if _belongs(name) and handle is not None:
                    found[name] = handle.read()
            if raw[archive.offset :].strip(b"\0"):
                raise _bad(where, f"something that is no file, {archive.offset} bytes from the beginning")
    except (tarfile.TarError, zlib.error, EOFError, ValueError) as error:
        raise _bad(where, str(error)) from None
    return PolicyFiles(where=where, files=found)


def _name(entry: tarfile.TarInfo, where: str) -> str:
    path = PurePosixPath(entry.name)
    if (
        entry.type not in (tarfile.REGTYPE, tarfile.AREGTYPE)
        or entry.issparse()
        or path.is_absolute()
        or ".." in path.parts
        or "\\" in entry.name
        or not entry.name.isprintable()
    ):
        raise _bad(where, f"{entry.name!r} is a link, no file, or leads elsewhere")
    return path.as_posix()


def _belongs(path: str) -> bool:
    pure = PurePosixPath(path)
    return pure.suffix == ".rego" or path == SIGNATURE or (pure.suffix == ".yaml" and pure.parts[:-1] == ("profiles",))


def _counts(path: str) -> bool:
    return path != SIGNATURE and not path.endswith("_test.rego")


def _bad(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not a policy set",
        code="BAD_ARCHIVE",
        where=where,
        expected="a .tar.gz of Rego files and profiles/*.yaml, as `supplychain policy pack` writes it",
        found=found[:200],
    )

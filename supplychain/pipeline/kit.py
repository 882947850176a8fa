"""Air-gap kits: made and signed on one side, verified and imported on the other.

A kit is a tar of exactly two members: `supplychain-kit/statement.sigstore.json`, a signed in-toto statement whose
subject is the second, `supplychain-kit/content.zip` (see `advisory.kit`). The tar's two headers are all that is read
before the signature has been verified: the content is copied aside while its digest is taken, and opened only when a
trusted signer has vouched for exactly these bytes.

Trusted are those who may make the plain claim "these bytes are mine" about a kit, and those who may state `vulns`: who
is believed about what a scan found may also hand over the database that scans look into.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import ImportReport
from supplychain.advisory.kit import KitContent, Manifest, write_content
from supplychain.advisory.kit_merging import import_content
from supplychain.advisory.schema import database_path
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import MalformedInput, ToolFailed, UsageError, VerificationFailed
from supplychain.files import MIB, read_bytes, write_atomic
from supplychain.pipeline.sign import RELEASE_TYPE
from supplychain.signing.envelope import Envelope
from supplychain.signing.interface import Signer
from supplychain.statement.predicates import vulns
from supplychain.statement.statement import Statement
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import verify

KIT_NAME = "supplychain-kit"
"""Name of the subject; trust rules are matched against it."""
_STATEMENT, _CONTENT = f"{KIT_NAME}/statement.sigstore.json", f"{KIT_NAME}/content.zip"
_BLOCK = 512
_MAX_STATEMENT = 4 * MIB
_MAX_CONTENT = 8 * 1024 * MIB - 1
_MAX_POLICIES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What went into a kit."""

    path: Path
    digest: Digest
    """Of the content, which is what is signed."""
    manifest: Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What came out of one."""

    signers: tuple[str, ...]
    manifest: Manifest
    report: ImportReport
    folder: Path
    """Where its trust and policies lie; nothing there is in force until somebody names it."""


def is_kit(path: Path) -> bool:
    """Whether a file begins as a kit does; says nothing about whether it is to be believed."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return _name_in(stream.read(_BLOCK)) in (_STATEMENT, _CONTENT)


def export_kit(
    home: Path, path: Path, signer: Signer, extras: Mapping[str, bytes], *, at: datetime, freshest_by: datetime
) -> Exported:
    """Write a signed kit of the user's database.

    Args:
        home: The user's folder.
        path: Where the kit goes.
        signer: Vouches for it.
        extras: Trust and policies by name; see `kit_extras`.
        at: Now.
        freshest_by: From then on an import needs to be asked for by name.

    Raises:
        ToolFailed: There is no database, it is damaged, or the kit cannot be written.
    """
    with AdvisoryDatabase.open(database_path(home)) as database, _beside(path) as folder:
        database.check()
        content = folder / "content.zip"
        manifest = write_content(content, database, extras, made=at, freshest_by=freshest_by)
        digest = Digest.of_file(content)
        statement = Statement.make((Artifact(name=KIT_NAME, digest=digest),), RELEASE_TYPE, {})
        whole = folder / "kit.tar"
        _pack(whole, signer.sign(statement).to_bundle(), content)
        whole.chmod(0o644)
        whole.replace(path)
    return Exported(path=path, digest=digest, manifest=manifest)


def import_kit(home: Path, path: Path, trust: Trust, *, at: datetime, allow_older: bool = False) -> Imported:
    """Verify a kit and merge it into the user's database.

    Raises:
        VerificationFailed: `NOT_SIGNED`, `KIT_ALTERED`, `UNKNOWN_SIGNER`, `SIGNATURE_MISMATCH`, `NOT_ALLOWED`, `KEY_…`,
            `THRESHOLD`; or `KIT_OUTDATED`, unless older ones are allowed. Nothing was read from it.
        UsageError: `DATABASE_OLDER`.
        MalformedInput: It is verified, and yet not in the form of a kit.
        ToolFailed: As `import_content`.
    """
    with _beside(home / "kit") as folder:
        content = folder / "content.zip"
        signers, digest = _verified(path, content, trust, at)
        with KitContent(content) as kit:
            if at >= kit.manifest.freshest_by and not allow_older:
                raise _outdated(path, kit.manifest, at)
            extras = kit.extras()
            report = import_content(home, kit, name=path.name, at=at, allow_older=allow_older)
            return Imported(
                signers=signers,
                manifest=kit.manifest,
                report=report,
                folder=_lay_out(home / "kits" / digest.hex[:16], extras),
            )


def kit_extras(trust: Path | None, trusted_root: Path | None, policies: Path | None) -> dict[str, bytes]:
    """Trust file, Sigstore trusted root and policies folder as they go into a kit.

    Raises:
        UsageError: A file cannot be read, or the policies are too many.
    """
    named = {"trust/trust.yaml": trust, "trust/trusted_root.json": trusted_root}
    extras = {name: read_bytes(path, max_bytes=16 * MIB) for name, path in named.items() if path}
    found = sorted(p for p in policies.rglob("*") if p.is_file() and not p.is_symlink()) if policies else []
    kept = [p for p in found if not any(part.startswith(".") for part in p.relative_to(policies or p).parts)]
    if len(kept) > _MAX_POLICIES:
        raise UsageError("too many policy files", where=str(policies), expected=f"at most {_MAX_POLICIES:,}")
    for path in kept:
        if path.stat().st_size:
            extras[f"policies/{path.relative_to(policies or path).as_posix()}"] = read_bytes(path, max_bytes=4 * MIB)
    return extras


def _verified(path: Path, content: Path, trust: Trust, at: datetime) -> tuple[tuple[str, ...], Digest]:
    """Copy the content aside and verify it; returns the signers and the content's digest."""
    try:
        bundle, digest = _unpack(path, content)
        envelope = Envelope.parse(bundle, where=str(path))
        found = verify([(str(path), envelope)], _about_kits(trust), artifact=digest, at=at, predicate_type=RELEASE_TYPE)
    except MalformedInput as error:
        raise _altered(path, f"{error.message} {error.found}".strip()) from error
    except VerificationFailed as error:
        if error.code == "WRONG_ARTIFACT":
            raise _altered(path, error.expected) from error
        raise
    if found.artifact.name != KIT_NAME:
        raise _altered(path, f"a signature about {found.artifact.name!r}")
    return found.signers, digest


def _about_kits(trust: Trust) -> Trust:
    rules = [
        replace(rule, claims=(RELEASE_TYPE,)) if vulns.TYPE in rule.claims and RELEASE_TYPE not in rule.claims else rule
        for rule in trust.rules
    ]
    return replace(trust, rules=tuple(rules))


def _pack(path: Path, bundle: bytes, content: Path) -> None:
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive, content.open("rb") as stream:
        for name, size, source in (
            (_STATEMENT, len(bundle), io.BytesIO(bundle)),
            (_CONTENT, content.stat().st_size, stream),
        ):
            member = tarfile.TarInfo(name)
            member.size = size
            archive.addfile(member, source)


def _unpack(path: Path, content: Path) -> tuple[bytes, Digest]:
    """The statement, and the digest of the content, which is copied to a file. Raises VerificationFailed."""
    with path.open("rb") as stream:
        name, size = _header(stream, path)
        if name == _CONTENT:
            raise VerificationFailed(
                "the kit is not signed", code="NOT_SIGNED", where=str(path), expected=_STATEMENT, found="no statement"
            )
        if name != _STATEMENT or size > _MAX_STATEMENT:
            raise _altered(path, f"{name} of {size:,} bytes")
        bundle = stream.read(size)
        stream.read(-size % _BLOCK)
        name, size = _header(stream, path)
        if name != _CONTENT or size > _MAX_CONTENT:
            raise _altered(path, f"{name} of {size:,} bytes")
        return bundle, _copy(stream, size, content, path)


def _header(stream: BinaryIO, path: Path) -> tuple[str, int]:
    """Name and size of the next member (POSIX ustar: name at 0, size in octal at 124, type at 156)."""
    block = stream.read(_BLOCK)
    text = block[124:136].strip(b" \0")
    if len(block) < _BLOCK or block[156:157] != b"0" or not text or text.strip(b"01234567"):
        raise _altered(path, "it breaks off, or something else stands where a member should")
    return _name_in(block), int(text, 8)


def _name_in(block: bytes) -> str:
    return block[:100].rstrip(b"\0").decode("ascii", "replace")


def _copy(stream: BinaryIO, size: int, to: Path, path: Path) -> Digest:
    digest, left = hashlib.sha256(), size
    with to.open("wb") as target:
        while left:
            piece = stream.read(min(left, MIB))
            if not piece:
                raise _altered(path, "it breaks off")
            digest.update(piece)
            target.write(piece)
            left -= len(piece)
    return Digest(algorithm="sha256", hex=digest.hexdigest())


def _lay_out(folder: Path, extras: Mapping[str, bytes]) -> Path:
    for name, data in extras.items():
        write_atomic(folder / name, data)
    return folder


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A folder beside the target, so that the finished kit is renamed into place; removed whatever happens."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".kit-") as folder:
            yield Path(folder)
    except OSError as error:
        raise ToolFailed(
            f"cannot read or write the kit: {error.strerror or error}",
            code="CANNOT_WRITE",
            where=str(error.filename or path),
        ) from error


def _altered(path: Path, found: str) -> VerificationFailed:
    return VerificationFailed(
        "the kit is not what was signed",
        code="KIT_ALTERED",
        where=str(path),
        expected="a statement and the content it is about, byte for byte",
        found=found[:200],
        hint="fetch the kit again from where it was made; if it stays so, treat it as forged",
    )


def _outdated(path: Path, manifest: Manifest, at: datetime) -> VerificationFailed:
    return VerificationFailed(
        "the kit is past its time: newer advisories exist by now",
        code="KIT_OUTDATED",
        where=str(path),
        expected=f"an import before {format_time(manifest.freshest_by)}",
        found=format_time(at),
        hint="fetch a newer kit, or accept this one with --allow-older",
    )

"""Log entries that are still to be made: noted when the log does not answer, made by `supplychain log flush`.

One file for each signature, `.supplychain/pending/<first 32 of the signature's digest>.json`:

    {"version": 1, "log": URL, "pem": signer, "reason": …, "bundle": {…}, "target": {"file": PATH}}
    {…, "target": {"file": PATH, "artifact": PATH}}           (the artifact itself was signed)
    {…, "target": {"name": …, "subjects": ["sha256:…"]}}      (in the store)

The note is written before the envelope is kept and removed after the completed one is, and appending twice is appending
once (`signing.log`): killed anywhere in between, the next flush does what is left and nothing twice. A note is no
evidence: it decides only where a bundle is completed, and a file is touched only if it holds that very signature.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object, pretty_json
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, VerificationFailed
from supplychain.files import MIB, read_bytes, write_atomic
from supplychain.pipeline.config import Config
from supplychain.pipeline.signers import Choice, check_bundle, open_signer, queue_folder, root_of
from supplychain.signing.blob import Blob
from supplychain.signing.envelope import MAX_ENVELOPE, Envelope
from supplychain.signing.witnessed import Witnessed, with_material
from supplychain.statement.statement import Statement
from supplychain.store.interface import NAME, Store

MAX_BLOB = 1024 * MIB
"""Largest file that is signed as a whole, in bytes."""
_MAX_NOTE = MAX_ENVELOPE + MIB
_FIELDS = frozenset({"version", "log", "pem", "reason", "bundle", "target"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One entry that is still to be made."""

    path: Path
    log: str
    pem: str
    reason: str
    signed: Envelope | Blob
    target: Mapping[str, Any]

    @property
    def about(self) -> str:
        """Where the envelope is kept, for people."""
        return str(self.target.get("file") or self.target.get("name"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Flushed:
    """What became of a note."""

    about: str
    log: str
    index: int | None = None
    """Index in the log, once the entry is made."""
    error: SupplychainError | None = None

    def to_json(self) -> dict[str, Any]:
        """`{"bundle", "log", "index"}` or `{"bundle", "log", "error"}`."""
        told: dict[str, Any] = {"bundle": self.about, "log": self.log}
        return {**told, **self.error.to_json()} if self.error else {**told, "index": self.index}


def queue_stored(envelope: Envelope, statement: Statement, name: str) -> None:
    """Note that an envelope about to be kept in the store still needs its log entry. Raises ToolFailed."""
    _write(envelope, {"name": name, "subjects": [str(subject.digest) for subject in statement.subjects]})


def queue_file(signed: Envelope | Blob, path: Path, *, artifact: Path | None = None) -> None:
    """Note that a bundle about to be written to a file still needs its log entry. Raises ToolFailed.

    `artifact`: what was signed, where that is a file itself and no statement.
    """
    _write(signed, {"file": str(path.absolute()), **({"artifact": str(artifact.absolute())} if artifact else {})})


def notes(folder: Path) -> tuple[Note, ...]:
    """What is still to be done, in a stable order.

    Raises:
        MalformedInput: `NOT_A_NOTE` and others: a file is none. It is not passed over: an entry would never be made.
    """
    return tuple(_parse(path) for path in sorted(folder.glob("*.json"))) if folder.is_dir() else ()


def flush(config: Config, home: Path, store: Store, choice: Choice | None = None) -> tuple[Flushed, ...]:
    """Make every log entry that is still to be made; a failure leaves its note and does not stop the others."""
    choice = choice or Choice()
    folder = queue_folder(config)
    done: list[Flushed] = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        about, log = str(path), ""
        try:
            note = _parse(path)
            about, log = note.about, note.log
            done.append(Flushed(about=about, log=log, index=_complete(note, config, home, store, choice)))
        except SupplychainError as error:
            done.append(Flushed(about=about, log=log, error=error))
    return tuple(done)


def _complete(note: Note, config: Config, home: Path, store: Store, choice: Choice) -> int:
    from supplychain.signing.log import Log, without_promise

    artifact = _artifact(note)
    entry = Log.at(note.log).append(note.signed, note.pem)
    if "certificate" in (note.signed.material or {}):
        # The certificate has ended by now; the log's own time would speak against it.
        entry = without_promise(entry)
    whole = with_material(note.signed, tlogEntries=[entry])
    try:
        _check(note, config, home, choice)(whole.to_bundle(), note.pem, artifact)
    except (VerificationFailed, MalformedInput) as error:
        raise ToolFailed(
            f"what the log says does not hold: {error.message}",
            code="WITNESS_INVALID",
            where=note.log,
            expected=error.expected,
            found=f"{error.code}: {error.found}",
            hint="is the trusted root that of this log? The bundle is as it was",
        ) from error
    _keep(note, whole, store, config.root)
    note.path.unlink(missing_ok=True)
    return int(entry["logIndex"])


def _artifact(note: Note) -> bytes | None:
    """The file that was signed, where no statement was: read before anything is logged about it."""
    if not isinstance(note.signed, Blob):
        return None
    path = Path(note.target["artifact"])
    data = read_bytes(path, max_bytes=MAX_BLOB, what="the file that was signed")
    if hashlib.new(note.signed.algorithm, data).digest() != note.signed.digest:
        raise ToolFailed(
            "the file is another one than was signed",
            code="ARTIFACT_CHANGED",
            where=str(path),
            expected=f"{note.signed.algorithm}:{note.signed.digest.hex()}",
            hint=f"put it back, or remove {note.path}: nothing was logged",
        )
    return data


def _check(note: Note, config: Config, home: Path, choice: Choice) -> Any:  # noqa: ANN401 - `witnessed.Check`
    """The same check as when signing: against the root that is named, else that of the configured instance."""
    root = root_of(config, choice)
    if root is None and "certificate" in (note.signed.material or {}):
        signer = open_signer(config, home, choice)
        if not isinstance(signer, Witnessed):
            raise ToolFailed(
                "there is no trusted root to hold the log's answer against",
                code="TRUSTED_ROOT_MISSING",
                where=note.about,
                hint="give it with --trusted-root FILE",
            )
        return signer.check
    return partial(check_bundle, root=root)


def _keep(note: Note, whole: Envelope | Blob, store: Store, root: Path) -> None:
    if "name" in note.target:
        subjects = [Digest.parse(text, where=str(note.path)) for text in note.target["subjects"]]
        store.put(subjects, note.target["name"], whole.to_bundle())
        return
    path = Path(note.target["file"])
    if path.exists():
        data = read_bytes(path, max_bytes=MAX_ENVELOPE, what="the bundle")
        found = _parse_signed(data, blob=isinstance(whole, Blob), where=str(path))
        if _signature(found) != _signature(whole):
            raise ToolFailed(
                "the file holds another signature by now",
                code="BUNDLE_CHANGED",
                where=str(path),
                hint=f"the log has the entry; remove {note.path} if the old signature is not needed",
            )
    elif not path.resolve().is_relative_to(root.resolve()):
        raise ToolFailed(
            "the bundle is gone, and lay outside of the project",
            code="BUNDLE_GONE",
            where=str(path),
            hint=f"the log has the entry; sign again, and remove {note.path}",
        )
    write_atomic(path, whole.to_bundle())


def _write(signed: Envelope | Blob, target: Mapping[str, Any]) -> None:
    pending = signed.pending
    if pending is None:
        raise AssertionError("nothing is pending")
    body = {
        "version": 1,
        "log": pending.log,
        "pem": pending.pem,
        "reason": pending.reason,
        "bundle": parse_json_object(signed.to_bundle(), where="bundle", max_bytes=MAX_ENVELOPE),
        "target": target,
    }
    name = Digest.of_bytes(_signature(signed)).hex[:32]
    write_atomic(pending.queue / f"{name}.json", pretty_json(body))


def _parse(path: Path) -> Note:
    body = parse_json_object(read_bytes(path, max_bytes=_MAX_NOTE, what="a note"), where=str(path), max_bytes=_MAX_NOTE)
    given = body.get("target")
    target: dict[str, Any] = given if isinstance(given, dict) else {}
    texts = all(isinstance(body.get(name), str) for name in ("log", "pem", "reason"))
    placed = _is_bundle(target) or _is_stored(target)
    signed = _parse_signed(pretty_json(body.get("bundle")), blob="artifact" in target, where=str(path))
    if set(body) != _FIELDS or body["version"] != 1 or not (texts and placed and _signature(signed)):
        raise MalformedInput(
            "not a note about a log entry",
            code="NOT_A_NOTE",
            where=str(path),
            expected=", ".join(sorted(_FIELDS)),
            found=", ".join(sorted(body))[:160],
            hint="remove it, if you know what wrote it",
        )
    return Note(path=path, log=body["log"], pem=body["pem"], reason=body["reason"], signed=signed, target=target)


def _parse_signed(data: bytes, *, blob: bool, where: str) -> Envelope | Blob:
    return Blob.parse(data, where=where) if blob else Envelope.parse(data, where=where)


def _signature(signed: Envelope | Blob) -> bytes:
    """The one signature; empty where there are more."""
    if isinstance(signed, Blob):
        return signed.signature
    return signed.signatures[0].sig if len(signed.signatures) == 1 else b""


def _is_stored(target: Mapping[str, Any]) -> bool:
    name, subjects = target.get("name"), target.get("subjects")
    if not isinstance(name, str) or not NAME.fullmatch(name) or not isinstance(subjects, list) or not subjects:
        return False
    try:
        return all(Digest.parse(str(text)) for text in subjects)
    except MalformedInput:
        return False


def _is_bundle(target: Mapping[str, Any]) -> bool:
    file, artifact = target.get("file"), target.get("artifact", "")
    return isinstance(file, str) and file.endswith(".sigstore.json") and isinstance(artifact, str)

"""An in-toto Statement v1 that keeps the bytes it came from.

What was signed is bytes, not a value: nobody re-serialises a statement, `payload` is what is signed and compared.
A `Statement` is a *claim*. It becomes evidence only as a `verification.verifier.VerifiedStatement`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.encoding import canonical_json, is_warm, parse_json_object
from supplychain.errors import MalformedInput

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
STATEMENT_TYPE_V0 = "https://in-toto.io/Statement/v0.1"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_STATEMENT = 32 * 1024 * 1024
"""Largest accepted statement in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Someone's claim about artifacts (https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md)."""

    payload: bytes
    subjects: tuple[Artifact, ...]
    predicate_type: str
    predicate: Mapping[str, Any]

    @staticmethod
    def make(subjects: Sequence[Artifact], predicate_type: str, predicate: Mapping[str, Any]) -> Statement:
        """State a claim. The payload is canonical JSON, so the same claim has the same digest.

        Raises:
            ValueError: No subject: a claim about nothing.
        """
        if not subjects:
            raise ValueError("a statement needs at least one subject")
        body = {
            "_type": STATEMENT_TYPE,
            "subject": [subject.to_json() for subject in subjects],
            "predicateType": predicate_type,
            "predicate": dict(predicate),
        }
        return Statement(
            payload=canonical_json(body),
            subjects=tuple(subjects),
            predicate_type=predicate_type,
            predicate=body["predicate"],  # type: ignore[arg-type]
        )

    @staticmethod
    def parse(payload: bytes, *, where: str) -> Statement:
        """Parse signed bytes into an unverified claim.

        Raises:
            MalformedInput: Not a Statement of version 1 or 0.1, no subject that a trusted algorithm names, no predicate
                type, or JSON that two readers could read in two ways.
        """
        if is_warm(payload) and (plain := _plain_reader()(payload, where=where)):
            return plain
        body = parse_json_object(payload, where=where, max_bytes=MAX_STATEMENT)
        if body.get("_type") not in (STATEMENT_TYPE, STATEMENT_TYPE_V0):
            raise _malformed("not an in-toto statement", where, STATEMENT_TYPE, repr(body.get("_type"))[:120])
        subjects = body.get("subject")
        if not isinstance(subjects, list) or not subjects:
            raise _malformed(
                "the statement has no subject", where, "a list of at least one subject", repr(subjects)[:60]
            )
        predicate_type = body.get("predicateType")
        if not isinstance(predicate_type, str) or not predicate_type:
            raise _malformed("the statement has no predicate type", where, "a type URI", repr(predicate_type)[:120])
        predicate = {} if body.get("predicate") is None else body["predicate"]  # it is optional, and null is absent
        if not isinstance(predicate, dict):
            raise _malformed("the predicate is no object", where, "a JSON object", type(predicate).__name__)
        return Statement(
            payload=payload,
            subjects=_subjects(subjects, f"{where}: subject"),
            predicate_type=predicate_type,
            predicate=predicate,
        )

    @property
    def digest(self) -> Digest:
        """SHA-256 of the payload: the statement's name, whoever signs it."""
        return Digest.of_bytes(self.payload)


@functools.cache
def _plain_reader() -> Callable[..., Statement | None]:
    from supplychain.statement.plain_statement import read_plain

    return read_plain


def _subjects(items: Sequence[object], where: str) -> tuple[Artifact, ...]:
    """Those that a trusted algorithm names; a git revision, say, may stand beside them and is no artifact here."""
    strong = [item for item in items if not _is_weak(item)]
    return tuple([Artifact.parse(item, where=where) for item in strong or items])


def _is_weak(item: object) -> bool:
    digests = item.get("digest") if isinstance(item, dict) else None
    return isinstance(digests, dict) and bool(digests) and LENGTHS.keys().isdisjoint(digests)


def _malformed(message: str, where: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="NOT_A_STATEMENT", where=where, expected=expected, found=found)

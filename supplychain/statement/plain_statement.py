"""Statements in the form in which we write them, read quickly: what `Statement.parse` would give, or nothing.

Canonical JSON of version 1 whose subjects have a name and a SHA-256 digest and nothing else. Whatever differs is left
to `statement`, and so is to say what is wrong with it. Imports msgspec: for processes that read many.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field
from msgspec.json import Decoder

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import digest_of
from supplychain.encoding import MAX_DEPTH, read_quickly
from supplychain.statement.statement import STATEMENT_TYPE, Statement

_BEGIN = b'{"_type":"%b","predicate":' % STATEMENT_TYPE.encode("ascii")


class _Digests(Struct):
    sha256: str


class _Subject(Struct):
    digest: _Digests
    name: str


class _Body(Struct, rename="camel"):
    type: str = field(name="_type")
    predicate: dict[str, Any]
    predicate_type: str
    subject: list[_Subject]


_decode = Decoder(_Body).decode


def read_plain(payload: bytes, *, where: str) -> Statement | None:
    """The statement in a payload of this form; None for any other, and for one that must be refused.

    Raises:
        MalformedInput: A digest is none.
    """
    if not payload.startswith(_BEGIN) or payload.count(b"[") + payload.count(b"{") > MAX_DEPTH:
        return None
    body = read_quickly(payload, _decode)
    if body is None or not body.subject or not body.predicate_type:
        return None
    place = f"{where}: subject"
    return Statement(
        payload=payload,
        subjects=tuple(
            [Artifact(name=one.name, digest=digest_of("sha256", one.digest.sha256, place)) for one in body.subject]
        ),
        predicate_type=body.predicate_type,
        predicate=body.predicate,
    )

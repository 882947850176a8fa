"""What a believed signer says and nobody can read: it may be a no, so whoever decides has to be told of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.statement.predicates.registry import KINDS, parse_predicate

if TYPE_CHECKING:
    from supplychain.statement.predicates.registry import Predicate
    from supplychain.statement.statement import Statement

_MAY_SAY_NO = frozenset({"approval", "layout", "scan", "test-result", "vsa", "vulns"})
"""Kinds of claims that may speak against an artifact. Of any other kind one that cannot be read is one too few."""


def read_predicate(statement: Statement, where: str, check: Callable[[], object]) -> Predicate | None:
    """The predicate as a value of its class.

    Args:
        statement: Signed by somebody known.
        where: For the message.
        check: Raises VerificationFailed when the signers may not make such claims: what they say is nobody's no.

    Raises:
        MalformedInput: As `parse_predicate`; its `claim` says so where it may be a no.
    """
    try:
        return parse_predicate(statement.predicate_type, statement.predicate, where=f"{where}: predicate")
    except MalformedInput as error:
        kind = KINDS.get(statement.predicate_type, "")
        if kind in _MAY_SAY_NO and _passes(check):
            error.claim = kind
        raise


def _passes(check: Callable[[], object]) -> bool:
    try:
        check()
    except VerificationFailed:
        return False
    return True

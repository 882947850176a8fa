"""Verification summaries of other verifiers, by their key (https://slsa.dev/spec/v1.1/verification_summary).

The steps of the specification, section "How to verify":

1. the key signed the envelope, under the key id that the user expects     NO_VALID_SIGNATURE
2. it is a summary                                                          WRONG_PREDICATE
3. every expected subject is in it                                          WRONG_ARTIFACT
4. by the expected verifier                                                 VERIFIER_MISMATCH
5. about the expected resource                                              RESOURCE_MISMATCH
6. with the result PASSED                                                   NOT_PASSED
7. and at least the expected levels                                         LEVEL_MISMATCH
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, VerificationFailed
from supplychain.signing.envelope import Envelope
from supplychain.signing.identity import PublicKey
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.predicates.vsa import TYPE
from supplychain.statement.statement import MAX_STATEMENT, PAYLOAD_TYPE, STATEMENT_TYPE
from supplychain.verification.expectations import differs

_LEVEL = re.compile(r"SLSA_([A-Z]+)_LEVEL_([0-4])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedSummary:
    """What a user expects of a summary."""

    subjects: tuple[str, ...]
    """`algorithm:value`, every one of them; any algorithm, since summaries are about many kinds of things."""
    verifier: str
    resource: str
    levels: tuple[str, ...] = ()
    """Levels it must reach; a higher level of the same SLSA track will do."""
    keyid: str | None = None
    """Name of the key in the envelope; None: any, the key decides."""


def verify_summary(data: bytes, key: PublicKey, expected: ExpectedSummary, *, where: str) -> tuple[str, ...]:
    """Verify a summary.

    Returns:
        The levels it states.

    Raises:
        VerificationFailed: A step failed; `code` says which.
        MalformedInput: It cannot be read.
    """
    # (1)
    envelope = Envelope.parse(data, where=where)
    if not _is_signed(envelope, key, expected.keyid):
        raise VerificationFailed(
            "not signed by the expected key",
            code="NO_VALID_SIGNATURE",
            where=where,
            expected=key.keyid if expected.keyid is None else f"{key.keyid} under the name {expected.keyid!r}",
            found=", ".join(signature.keyid for signature in envelope.signatures)[:200] or "no signature",
        )
    # (2)
    body = Fields(parse_json_object(envelope.payload, where=where, max_bytes=MAX_STATEMENT), where)
    if body.text("_type") != STATEMENT_TYPE or body.text("predicateType") != TYPE:
        raise differs("WRONG_PREDICATE", "not a verification summary", where, TYPE, body.text("predicateType"))
    # (3)
    _check_subjects(body, expected.subjects, where)
    # (4)
    predicate = body.object("predicate")
    verifier = predicate.object("verifier").text("id")
    if verifier != expected.verifier:
        raise differs("VERIFIER_MISMATCH", "by another verifier", where, expected.verifier, verifier)
    # (5)
    resource = predicate.text("resourceUri")
    if resource != expected.resource:
        raise differs("RESOURCE_MISMATCH", "about another resource", where, expected.resource, resource)
    # (6)
    if predicate.text("verificationResult") != "PASSED":
        raise differs("NOT_PASSED", "it did not pass", where, "PASSED", predicate.text("verificationResult"))
    # (7)
    stated = predicate.texts("verifiedLevels", optional=True)
    for level in expected.levels:
        if not any(reaches(found, level) for found in stated):
            raise differs("LEVEL_MISMATCH", "a level is not reached", where, level, ", ".join(stated))
    return stated


def _is_signed(envelope: Envelope, key: PublicKey, keyid: str | None) -> bool:
    if envelope.payload_type != PAYLOAD_TYPE:
        return False
    named = [signature for signature in envelope.signatures[:100] if keyid is None or signature.keyid == keyid]
    return any(key.accepts(form, envelope.pae()) for signature in named for form in _forms(signature.sig))


def _forms(signature: bytes) -> tuple[bytes, ...]:
    """The signature, and in DER where it may be the bare pair of numbers (IEEE P1363), as Google's signers write it."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(signature) // 2
    if len(signature) not in (64, 96):
        return (signature,)
    first, second = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
    return signature, encode_dss_signature(first, second)


def _check_subjects(body: Fields, expected: Sequence[str], where: str) -> None:
    if not expected:
        raise MalformedInput("no subject is expected", code="NOTHING_EXPECTED", where=where)
    stated = {
        f"{name}:{item.object('digest').text(name)}"
        for item in body.objects("subject")
        for name in item.object("digest").value
    }
    for subject in expected:
        if subject not in stated:
            raise differs("WRONG_ARTIFACT", "about something else", where, subject, ", ".join(sorted(stated))[:300])


def reaches(found: str, wanted: str) -> bool:
    """Whether a level is the wanted one, or a higher one of the same SLSA track."""
    mine, asked = _LEVEL.fullmatch(found), _LEVEL.fullmatch(wanted)
    if mine is None or asked is None:
        return found == wanted
    return mine.group(1) == asked.group(1) and int(mine.group(2)) >= int(asked.group(2))

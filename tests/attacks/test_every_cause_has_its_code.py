"""One cause, one code: every way in which evidence fails to prove what it claims, by key and by certificate.

Each case differs from good evidence in one thing. All go through `supplychain verify --bundle FILE --trust FILE`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import PAYLOAD_TYPE
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, sign, stamp, trust_also
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World

SECOND = timedelta(seconds=1)
OTHER = Artifact(name="shop-2.0.whl", digest=Digest.of_bytes(b"other"))
RULES = [
    {"claims": ["provenance"], "signers": ["keyed"], "artifacts": ["shop-*"]},
    {"claims": ["provenance"], "signers": ["keyless"], "artifacts": ["shop-*"]},
]
Make = Callable[[World], bytes]


def trusted(world: World, by: str, **changes: Any) -> None:
    """A trust file in which `keyed` is a key that must be in the log, and `keyless` a workflow."""
    keyed = {"key": world.signers["attacker"].public_key.pem, "log": True}
    people = {"keyed": keyed, "keyless": {"issuer": ISSUER, "subject": SUBJECT}}
    people[by] |= changes
    trust_also(world, identities=people, rules=RULES)


def good(world: World, by: str, **more: Any) -> bytes:
    statement = more.pop("statement", None) or evidence.provenance([world.artifact], at=NOW, builder="urn:b")
    return stamp(statement, "attacker", **more) if by == "keyed" else sign(statement, **more)


def edit(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    body = json.loads(data)
    change(body)
    return json.dumps(body).encode()


def unsigned(body: dict[str, Any]) -> None:
    body["dsseEnvelope"]["signatures"] = []


def unlogged(body: dict[str, Any]) -> None:
    body["verificationMaterial"]["tlogEntries"] = []


def other_payload(world: World, by: str) -> bytes:
    other = json.loads(good(world, by, statement=evidence.provenance([world.artifact], at=AT, builder="urn:b")))
    return edit(good(world, by), lambda body: body.update(dsseEnvelope={
        **body["dsseEnvelope"], "payload": other["dsseEnvelope"]["payload"]
    }))  # fmt: skip


def stranger(world: World, by: str) -> bytes:
    statement = evidence.provenance([world.artifact], at=NOW, builder="urn:b")
    return stamp(statement, "nobody") if by == "keyed" else sign(statement, by=f"{SUBJECT}.evil")


def not_json(world: World, by: str) -> bytes:
    return good(world, by)[:-1]


def bad_base64(body: dict[str, Any]) -> None:
    body["dsseEnvelope"]["payload"] += "="


CAUSES: dict[str, tuple[Callable[[World, str], bytes], dict[str, Any], tuple[str, ...], dict[str, str], ExitCode]] = {
    "not signed": (lambda w, by: edit(good(w, by), unsigned), {}, (), {"": "NOT_SIGNED"}, ExitCode.VERIFICATION_FAILED),
    "unknown signer": (stranger, {}, (), {"": "UNKNOWN_SIGNER"}, ExitCode.VERIFICATION_FAILED),
    "signature mismatch": (other_payload, {}, (), {"": "SIGNATURE_MISMATCH", "keyed": "UNKNOWN_SIGNER"}, ExitCode.VERIFICATION_FAILED),
    "not allowed for this claim": (
        lambda w, by: good(w, by, statement=evidence.sast([w.artifact], at=NOW)),
        {}, (), {"": "NOT_ALLOWED"}, ExitCode.VERIFICATION_FAILED,
    ),
    "not allowed for this artifact": (
        lambda w, by: good(w, by, statement=evidence.provenance([Artifact(name="bank", digest=w.artifact.digest)], at=NOW, builder="urn:b")),
        {}, (), {"": "NOT_ALLOWED"}, ExitCode.VERIFICATION_FAILED,
    ),
    "expired": (good, {"until": format_time(NOW)}, (), {"": "KEY_EXPIRED"}, ExitCode.VERIFICATION_FAILED),
    "not valid yet": (good, {"from": format_time(NOW + SECOND)}, (), {"": "KEY_NOT_YET_VALID"}, ExitCode.VERIFICATION_FAILED),
    "revoked": (good, {"revoked": format_time(NOW)}, (), {"": "KEY_REVOKED"}, ExitCode.VERIFICATION_FAILED),
    "not in the log": (lambda w, by: edit(good(w, by), unlogged), {}, (), {"": "NOT_IN_LOG"}, ExitCode.VERIFICATION_FAILED),
    "wrong artifact": (
        lambda w, by: good(w, by, statement=evidence.provenance([OTHER], at=NOW, builder="urn:b")),
        {}, (), {"": "WRONG_ARTIFACT"}, ExitCode.VERIFICATION_FAILED,
    ),
    "wrong predicate": (good, {}, ("--predicate", "sbom"), {"": "WRONG_PREDICATE"}, ExitCode.VERIFICATION_FAILED),
    "malformed: no JSON": (not_json, {}, (), {"": "NOT_JSON"}, ExitCode.MALFORMED),
    "malformed: no envelope": (lambda w, by: b"{}", {}, (), {"": "NOT_AN_ENVELOPE"}, ExitCode.MALFORMED),
    "malformed: base64": (lambda w, by: edit(good(w, by), bad_base64), {}, (), {"": "NOT_AN_ENVELOPE"}, ExitCode.MALFORMED),
    "malformed: log entry": (
        lambda w, by: edit(good(w, by), lambda b: b["verificationMaterial"]["tlogEntries"][0].update(logIndex="-1")),
        {}, (), {"": "NOT_A_BUNDLE"}, ExitCode.MALFORMED,
    ),
}  # fmt: skip
"""Cause to: the evidence, a change of the identity, further words, the code (by default, and by key), the exit code."""


@pytest.fixture
def here(world: World) -> World:
    world.rules = [rule for rule in world.rules if rule["claims"] != ["provenance"]]
    return world


def verified(world: World, data: bytes, *words: str | Path) -> Any:
    path = world.folder / "evidence.json"
    path.write_bytes(data)
    return world.verify_file(path, "--trust", "trust.yaml", *words)


@pytest.mark.parametrize("by", ["keyed", "keyless"])
@pytest.mark.parametrize("cause", CAUSES)
def test_cause(here: World, cause: str, by: str) -> None:
    make, change, words, codes, exit_code = CAUSES[cause]
    trusted(here, by)
    assert_told(verified(here, good(here, by)), ExitCode.OK)
    trusted(here, by, **change)
    assert_told(verified(here, make(here, by), *words), exit_code, codes.get(by, codes[""]))


def test_a_signature_under_the_name_of_a_known_key(here: World) -> None:
    """A key's envelope is told to be forged, and not merely unknown, when it names the key."""
    trusted(here, "keyed", log=False)
    one = here.signers["attacker"].sign(evidence.provenance([here.artifact], at=NOW, builder="urn:b"))
    forged = Envelope(payload_type=PAYLOAD_TYPE, payload=one.payload + b" ", signatures=one.signatures)
    assert_told(verified(here, one.to_bundle()), ExitCode.OK)
    assert_told(verified(here, forged.to_bundle()), ExitCode.VERIFICATION_FAILED, "SIGNATURE_MISMATCH")


def test_a_certificate_that_had_expired_when_it_signed(here: World) -> None:
    trusted(here, "keyless")
    late = good(here, "keyless", end=NOW - SECOND, start=NOW - timedelta(minutes=9))
    assert_told(verified(here, late), ExitCode.VERIFICATION_FAILED, "CERTIFICATE_EXPIRED")
    early = good(here, "keyless", start=NOW + SECOND)
    assert_told(verified(here, early), ExitCode.VERIFICATION_FAILED, "CERTIFICATE_EXPIRED")


def test_every_refusal_tells_what_where_and_what_instead(here: World) -> None:
    trusted(here, "keyless")
    for cause in ("unknown signer", "wrong artifact", "not in the log", "not allowed for this claim"):
        told = verified(here, CAUSES[cause][0](here, "keyless")).stderr
        assert "evidence.json" in told, cause
        assert "expected:" in told, cause
        assert "found:" in told, cause

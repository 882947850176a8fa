"""The dossier: everything offered is either verified or told as refused, and bad evidence never raises."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.verification.dossier import Known, assemble
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def offered(world: World) -> list[tuple[str, bytes]]:
    return [(stored.ref, stored.data) for stored in world.store.find(world.artifact.digest)]


def test_everything_is_somewhere(world: World) -> None:
    junk = [("j1", b""), ("j2", b"{}"), ("j3", b"[")]
    forged = [("f", world.signers["attacker"].sign(evidence.sast([world.artifact], at=AT)).to_bundle())]
    dossier = assemble(world.artifact, [*junk, *offered(world), *forged], world.trust, at=AT)
    assert len(dossier.statements) == 5
    assert {(r.ref, r.code) for r in dossier.rejected} == {
        ("j1", "NOT_JSON"),
        ("j2", "NOT_AN_ENVELOPE"),
        ("j3", "NOT_JSON"),
        ("f", "UNKNOWN_SIGNER"),
    }


def test_the_order_of_what_is_offered_does_not_matter(world: World) -> None:
    raw = [*offered(world), ("j", b"{}"), ("k", b"x")]
    one, two = (assemble(world.artifact, order, world.trust, at=AT) for order in (raw, raw[::-1]))
    assert [s.statement for s in one.statements] == [s.statement for s in two.statements]
    assert one.rejected == two.rejected


def test_the_same_claim_stands_once(world: World) -> None:
    raw = offered(world)
    dossier = assemble(world.artifact, raw + raw, world.trust, at=AT)
    assert len(dossier.statements) == len(raw)


def test_a_forged_signature_on_an_honest_claim_takes_nothing_away(world: World) -> None:
    path = world.lies("provenance")
    forged = world.signers["attacker"].sign(world.honest()["provenance"]).to_bundle()
    for raw in ([("f", forged), ("h", path.read_bytes())], [("h", path.read_bytes()), ("f", forged)]):
        dossier = assemble(world.artifact, raw, world.trust, at=AT)
        assert [s.signers for s in dossier.statements] == [("release",)]


def test_only_documents_a_statement_refers_to_are_taken(world: World) -> None:
    dossier = assemble(world.artifact, offered(world), world.trust, at=AT)
    (wanted,) = dossier.references()
    document = world.store.document(wanted)
    assert document is not None
    stranger = Digest.of_bytes(b"stranger")
    whole = dossier.with_documents({wanted: document, stranger: b"stranger"})
    assert dict(whole.documents) == {wanted: document}
    assert dict(dossier.with_documents({wanted: b"another"}).documents) == {}
    assert dict(dossier.documents) == {}


def test_nothing_offered_is_an_empty_dossier(world: World) -> None:
    dossier = assemble(world.artifact, [], world.trust, at=AT)
    assert (dossier.statements, dossier.rejected, dossier.references()) == ((), (), ())


def test_what_is_known_is_what_was_verified(world: World) -> None:
    """The same claims without a second look; and none of it where anything is otherwise."""
    raw, known, trust = offered(world), Known(), world.trust
    first = assemble(world.artifact, raw, trust, at=AT, known=known)
    again = assemble(world.artifact, raw, trust, at=AT, known=known)
    assert again == first == assemble(world.artifact, raw, trust, at=AT)
    assert all(one is other for one, other in zip(first.statements, again.statements, strict=True))
    (ref, data), (_, other), *_ = raw
    sigs = [json.loads(item)["dsseEnvelope"]["signatures"][0]["sig"].encode() for item in (data, other)]
    forged = [(ref, data.replace(*sigs))]
    assert assemble(world.artifact, forged, trust, at=AT, known=known).statements == ()
    nobody = replace(trust, rules=())
    assert assemble(world.artifact, raw, nobody, at=AT, known=known).statements == ()
    assert assemble(world.artifact, raw, trust, at=AT, known=known) == first
    another = replace(world.artifact, digest=Digest.of_bytes(b"another"))
    assert {r.code for r in assemble(another, raw, trust, at=AT, known=known).rejected} == {"WRONG_ARTIFACT"}
    release = next(name for name in trust.identities if name == "release")
    gone = replace(
        world.trust,
        identities={**trust.identities, release: replace(trust.identities[release], valid_until=AT + HOUR)},
    )
    early = assemble(world.artifact, raw, gone, at=AT, known=known)
    late = assemble(world.artifact, raw, gone, at=AT + 2 * HOUR, known=known)
    assert len(late.statements) < len(early.statements)

"""The dossier: everything offered is either verified or told as refused, and bad evidence never raises."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.verification.dossier import assemble
from tests.simulator import evidence
from tests.simulator.world import AT, World


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

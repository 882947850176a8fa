"""From raw to verified: the steps in their order, each with its own code."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, SupplychainError
from supplychain.signing.envelope import Envelope
from supplychain.statement.predicates import provenance
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.verification.verifier import VerifiedStatement, verify
from tests.simulator import evidence
from tests.simulator.world import AT, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def check(world: World, *envelopes: Envelope, **more: Any) -> VerifiedStatement:
    more = {"artifact": world.artifact.digest, "at": AT, **more}
    return verify([(f"e{i}", envelope) for i, envelope in enumerate(envelopes)], world.trust, **more)


def refusal(world: World, *envelopes: Envelope, **more: Any) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        check(world, *envelopes, **more)
    return caught.value


def test_a_verified_statement(world: World) -> None:
    statement = world.honest()["provenance"]
    found = check(world, world.signers["release"].sign(statement))
    assert found.statement == statement
    assert found.artifact == world.artifact
    assert (found.signers, found.builder_level, found.kind, found.refs) == (("release",), 2, "provenance", ("e0",))


def test_nothing_of_the_payload_is_read_before_the_signature_stands(world: World) -> None:
    for junk in (b"junk", b"[" * 100_000, b"\xff"):
        unknown = world.signers["attacker"].sign_payload(PAYLOAD_TYPE, junk)
        assert refusal(world, unknown).code == "UNKNOWN_SIGNER"
        known = world.signers["release"].sign_payload(PAYLOAD_TYPE, junk)
        assert isinstance(refusal(world, known), MalformedInput)


def test_the_order_of_the_steps(world: World) -> None:
    """What is wrong in many ways is refused for the first of them."""
    other = Artifact(name="shop-2", digest=Digest.of_bytes(b"other"))
    broken = Statement.make([other], provenance.TYPE, {})
    sign = world.signers["other"].sign
    assert refusal(world, sign(broken), predicate_type="urn:x").code == "WRONG_ARTIFACT"
    assert refusal(world, sign(broken), artifact=other.digest, predicate_type="urn:x").code == "WRONG_PREDICATE"
    assert refusal(world, sign(broken), artifact=other.digest).code == "BAD_PREDICATE"
    whole = evidence.provenance([other], at=AT)
    assert refusal(world, sign(whole), artifact=other.digest).code == "NOT_ALLOWED"


def test_several_signers_of_one_claim(world: World) -> None:
    world.rules[0] |= {"signers": ["release", "other", "scanner"], "threshold": 2}
    world.write_trust()
    statement = world.honest()["provenance"]
    one, two, bad = (world.signers[name].sign(statement) for name in ("release", "other", "attacker"))
    assert refusal(world, one).code == "THRESHOLD"
    assert refusal(world, one, one).code == "THRESHOLD"
    assert refusal(world, one, bad).code == "THRESHOLD"
    assert check(world, bad, two, one).signers == ("other", "release")


def test_only_those_who_may_are_named(world: World) -> None:
    """Somebody who may not make the claim signs along: it is not taken for consent."""
    statement = world.honest()["provenance"]
    found = check(world, world.signers["release"].sign(statement), world.signers["other"].sign(statement))
    assert found.signers == ("release",)


def test_the_level_is_granted_by_the_rule_that_is_met(world: World) -> None:
    """A rule of more signers grants more; who meets only the lesser rule gets only the lesser level."""
    both = {"claims": ["provenance"], "signers": ["release", "other"], "threshold": 2, "artifacts": ["*"]}
    world.rules.append({**both, "builders": {evidence.BUILDER: 3}})
    world.write_trust()
    statement = world.honest()["provenance"]
    one, two = (world.signers[name].sign(statement) for name in ("release", "other"))
    assert check(world, one).builder_level == 2
    assert check(world, one, two).builder_level == 3


def test_a_builder_nobody_names_has_no_level(world: World) -> None:
    statement = evidence.provenance([world.artifact], at=AT, builder="urn:other")
    assert check(world, world.signers["release"].sign(statement)).builder_level == 0


def test_the_subject_that_is_asked_for_counts(world: World) -> None:
    other = Artifact(name="other-1", digest=Digest.of_bytes(b"other"))
    envelope = world.signers["release"].sign(evidence.provenance([other, world.artifact], at=AT))
    assert check(world, envelope).artifact == world.artifact
    assert refusal(world, envelope, artifact=other.digest).code == "NOT_ALLOWED"


def test_the_name_that_is_asked_for_counts_too(world: World) -> None:
    envelope = world.signers["release"].sign(world.honest()["provenance"])
    assert check(world, envelope, name="shop-renamed.whl").artifact.name == "shop-1.0.whl"
    assert refusal(world, envelope, name="bank-1.0.whl").code == "NOT_ALLOWED"


def test_a_type_without_a_class(world: World) -> None:
    statement = Statement.make([world.artifact], "urn:example:t", {"x": 1})
    envelope = world.signers["release"].sign(statement)
    assert refusal(world, envelope).code == "NOT_ALLOWED"
    world.rules.append({"claims": ["urn:example:t"], "signers": ["release"], "artifacts": ["*"]})
    world.write_trust()
    found = check(world, envelope)
    assert (found.predicate, found.kind) == (None, "other")

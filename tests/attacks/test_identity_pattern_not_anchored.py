"""Identity pattern not anchored: a certificate for a subject that begins, ends or contains an allowed one.

Whoever may push to a repository names its branches and tags, and so a part of the subject of its certificates.
"""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, REPOSITORY, said, sign, trust_also
from tests.simulator.runner import assert_told
from tests.simulator.world import World

WORKFLOW = f"{REPOSITORY}/.github/workflows/release.yml"
HONEST = f"{WORKFLOW}@refs/tags/v1"


def offer(world: World, by: str, **identity: str) -> None:
    """Provenance by a certificate for a subject, and a trust file that knows an identity."""
    world.forget("provenance")
    rule = {"claims": ["provenance"], "signers": ["ci"], "artifacts": ["shop-*"], "builders": {"urn:b": 2}}
    trust_also(world, identities={"ci": {"issuer": ISSUER, **identity}}, rules=[rule])
    statement = evidence.provenance([world.artifact], at=NOW, builder="urn:b")
    world.put_raw(sign(statement, by=by, claims=said()), name="provenance-1")


def test_the_honest_one(world: World) -> None:
    offer(world, HONEST, subject=HONEST)
    assert_told(world.gate(), ExitCode.OK)
    offer(world, HONEST, subject_pattern=f"{WORKFLOW}@refs/tags/v#")
    assert_told(world.gate(), ExitCode.OK)


@pytest.mark.parametrize(
    "subject",
    [
        f"{WORKFLOW}@refs/tags/v1.evil",
        f"{WORKFLOW}@refs/tags/v1/../../heads/evil",
        f"{WORKFLOW}@refs/tags/v1\nevil",
        f"{WORKFLOW}@refs/tags/v",
        f"https://evil.example/?{HONEST}",
        f"{REPOSITORY}-evil/.github/workflows/release.yml@refs/tags/v1",
        f"{REPOSITORY}/.github/workflows/evil.yml@refs/heads/x/.github/workflows/release.yml@refs/tags/v1",
        HONEST.upper(),
    ],
)
@pytest.mark.parametrize(
    "identity",
    [
        {"subject": HONEST},
        {"subject_pattern": f"{WORKFLOW}@refs/tags/v#"},
        {"subject_pattern": "https://github.com/example/*/.github/workflows/release.yml@refs/tags/v#"},
    ],
    ids=["exact", "digits", "any repository"],
)
def test_refused(world: World, subject: str, identity: dict[str, str]) -> None:
    if "-evil/" in subject and "/*/" in str(identity):
        subject = subject.replace("example/shop-evil", "evil/shop")
    offer(world, subject, **identity)
    outcome = world.gate()
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes
    assert outcome.rejected == {"UNKNOWN_SIGNER"}
    told = world.verify_file(world.lies("provenance"), "--trust", "trust.yaml")
    assert_told(told, ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")


def test_a_claim_is_matched_whole_too(world: World) -> None:
    for repository, code in ((REPOSITORY, ExitCode.OK), (f"{REPOSITORY}-evil", ExitCode.DENIED)):
        world.forget("provenance")
        entry = {"issuer": ISSUER, "subject": HONEST, "claims": {"repository": REPOSITORY}}
        rule = {"claims": ["provenance"], "signers": ["ci"], "artifacts": ["*"], "builders": {"urn:b": 2}}
        trust_also(world, identities={"ci": entry}, rules=[rule])
        statement = evidence.provenance([world.artifact], at=NOW, builder="urn:b")
        claims = said(c12=repository, c5=repository.removeprefix("https://github.com/"))
        world.put_raw(sign(statement, by=HONEST, claims=claims), name="provenance-1")
        assert_told(world.gate(), code)

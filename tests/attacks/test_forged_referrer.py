"""Forged referrer in the registry: whatever lies there and however it got there, every entry point says the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from supplychain.artifact.digest import Digest
from supplychain.artifact.image import registry_client
from supplychain.artifact.image.budget import Budget
from supplychain.artifact.image.exchange import Limits
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope
from supplychain.store.directory import DirectoryStore
from tests.simulator import evidence
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World

DSSE = "application/vnd.dsse.envelope.v1+json"
WAYS = ("bundle", "dsse", "old cosign")


@pytest.fixture(params=[True, False], ids=["referrers", "fallback tag"])
def registry(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[EvidenceRegistry]:
    def impatient(host: str, **_: object) -> Budget:
        return Budget(2.0, refill=0.0, clock=lambda: 0.0, sleep=lambda _: None)

    monkeypatch.setattr(registry_client, "shared_budget", impatient)
    monkeypatch.setattr(Limits.__init__, "__kwdefaults__", {"connect_s": 2.0, "read_s": 0.5})
    with EvidenceRegistry(referrers=request.param) as made:
        yield made


@pytest.fixture
def world(world: World, registry: EvidenceRegistry) -> World:
    """The honest world, with its evidence in the registry; the folder beside it is somewhere else."""
    elsewhere = world.folder / "elsewhere"
    (world.project / ".supplychain" / "store").rename(elsewhere)
    world.store = DirectoryStore(elsewhere)
    assert_told(world.run("store", "copy", elsewhere, registry.place, "--all"), ExitCode.OK)
    return world


def forge(world: World, registry: EvidenceRegistry, envelope: Envelope, way: str) -> None:
    about = world.artifact.digest
    if way == "bundle":
        registry.add_referrer(about, envelope.to_bundle(), BUNDLE_TYPE)
    elif way == "dsse":
        registry.add_referrer(about, json.dumps(envelope.to_json()).encode(), DSSE)
    else:
        notes = {"dev.cosignproject.cosign/signature": ""}
        registry.add_cosign(about, ".att", [(json.dumps(envelope.to_json()).encode(), DSSE, notes)])


def verified(outcome: Outcome) -> int:
    return len(outcome.json["verified"])


def asked(world: World, registry: EvidenceRegistry) -> dict[str, Outcome]:
    """Every entry point."""
    at, store = ("--at", format_time(AT)), ("--store", registry.place)
    return {
        "verify": world.verify("--format", "json", *store),
        "gate": world.gate("staging", *store),
        "promote": world.run("promote", world.file, "--to", "staging", "--format", "json", *at, *store),
        "admit": world.admit("dev", *store),
        "history": world.run("history", world.file, "--format", "json", *at, *store),
    }


def test_the_honest_world_is_allowed(world: World, registry: EvidenceRegistry) -> None:
    assert {name: outcome.exit_code for name, outcome in asked(world, registry).items()} == {
        "verify": 0, "gate": 0, "promote": 0, "admit": 0, "history": 0,
    }  # fmt: skip
    assert_told(world.admit("staging", "--store", registry.place), ExitCode.OK)
    assert not (world.project / ".supplychain" / "store" / "evidence").exists()


@pytest.mark.parametrize("forged_way", WAYS)
@pytest.mark.parametrize("honest_way", WAYS[:2])
def test_forged_evidence_convinces_nobody(
    world: World, registry: EvidenceRegistry, honest_way: str, forged_way: str
) -> None:
    """A clean scan by somebody we do not know beside a real one that found something."""
    honest = evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH])
    forge(world, registry, world.signers["scanner"].sign(honest), honest_way)
    forged = evidence.dependencies([world.artifact], at=AT)
    forge(world, registry, world.signers["attacker"].sign(forged), forged_way)
    outcomes = asked(world, registry)
    assert outcomes["gate"].codes == outcomes["promote"].codes == {"VULNERABILITY_FOUND"}
    assert outcomes["gate"].rejected == {"UNKNOWN_SIGNER"}
    assert verified(outcomes["verify"]) == 6
    assert [r["code"] for r in outcomes["verify"].json["rejected"]] == ["UNKNOWN_SIGNER"]
    told = [entry["told"] for entry in outcomes["history"].json["history"] if entry["what"] == "refused"]
    assert len(told) == 1
    assert_told(world.admit("staging", "--store", registry.place), ExitCode.DENIED)


def test_honest_evidence_by_an_old_cosign_counts(world: World, registry: EvidenceRegistry) -> None:
    """What denies must be seen in whatever layout it lies."""
    honest = evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH])
    forge(world, registry, world.signers["scanner"].sign(honest), "old cosign")
    assert world.gate("staging", "--store", registry.place).codes == {"VULNERABILITY_FOUND"}


@pytest.mark.parametrize("way", WAYS[:2])
def test_only_forged_evidence_is_no_evidence(world: World, registry: EvidenceRegistry, way: str) -> None:
    registry.tags.clear()
    registry.manifests.clear()
    for statement in (*world.honest().values(), evidence.summary(world.artifact, "dev", at=AT - HOUR)):
        forge(world, registry, world.signers["attacker"].sign(statement), way)
    outcomes = asked(world, registry)
    assert_told(outcomes["verify"], ExitCode.VERIFICATION_FAILED, "UNKNOWN_SIGNER")
    assert_told(outcomes["gate"], ExitCode.DENIED)
    assert_told(outcomes["promote"], ExitCode.DENIED)
    assert_told(outcomes["admit"], ExitCode.DENIED)
    assert outcomes["admit"].codes == {"SUMMARY_MISSING"}


def test_one_forged_tag_does_not_replace_the_rest(world: World, registry: EvidenceRegistry) -> None:
    """`.att` is one tag that anybody may move: what it says counts beside the others, never instead."""
    notes = {"dev.cosignproject.cosign/signature": ""}
    registry.add_cosign(world.artifact.digest, ".att", [(b"junk", DSSE, notes)])
    outcome = world.gate("staging", "--store", registry.place)
    assert_told(outcome, ExitCode.OK)
    assert len(outcome.rejected) == 1


def test_a_referrer_about_another_artifact(world: World, registry: EvidenceRegistry) -> None:
    another = replace(world.artifact, digest=Digest.of_bytes(b"another"))
    other = world.signers["scanner"].sign(evidence.dependencies([another], at=AT))
    forge(world, registry, other, "bundle")
    assert world.gate("staging", "--store", registry.place).rejected == {"WRONG_ARTIFACT"}


def test_evidence_that_disappears_is_missing(world: World, registry: EvidenceRegistry) -> None:
    for name in list(registry.manifests):
        if b"slsa.dev/provenance" in registry.blobs[name] and b"subject" in registry.blobs[name]:
            registry.manifests.discard(name)
    tag = f"sha256-{world.artifact.digest.hex}"
    index = json.loads(registry.tags[tag])
    index["manifests"] = [line for line in index["manifests"] if line["digest"] in registry.manifests]
    registry.tags[tag] = json.dumps(index).encode()
    outcome = world.gate("staging", "--store", registry.place)
    assert_told(outcome, ExitCode.DENIED)
    assert "PROVENANCE_MISSING" in outcome.codes


def test_evidence_that_is_listed_and_withheld_cannot_be_told(world: World, registry: EvidenceRegistry) -> None:
    registry.hide = {name for name in registry.blobs if b"slsa.dev/provenance" in registry.blobs[name]}
    for name, outcome in asked(world, registry).items():
        assert (name, outcome.exit_code, outcome.error) == (name, 4, "STORE_INCOMPLETE")


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"busy": 999}, "REGISTRY_BUSY"),
        ({"busy": 999, "retry_after": "3600"}, "REGISTRY_BUSY"),
        ({"hang": "/v2/"}, "REGISTRY_UNREACHABLE"),
        ({"auth": "basic"}, "REGISTRY_DENIED"),
        ({"broken": True}, "REGISTRY_FAILED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_registry_that_fails_is_never_not_signed(
    world: World, registry: EvidenceRegistry, change: dict[str, object], error: str
) -> None:
    for name, value in change.items():
        setattr(registry.behaviour, name, value)
    for name, outcome in asked(world, registry).items():
        assert (name, outcome.exit_code, outcome.error) == (name, 4, error)
        assert "CANNOT-TELL" in outcome.stderr


def test_a_listing_of_millions_is_told_as_what_it_is(world: World, registry: EvidenceRegistry) -> None:
    listing = b'{"manifests": [' + b",".join([b'{"digest": "x"}'] * 500_000) + b"]}"
    registry.listing = listing
    registry.tags[f"sha256-{world.artifact.digest.hex}"] = listing
    assert_told(world.gate("staging", "--store", registry.place), ExitCode.TOOL_FAILED, "STORE_FLOODED")


def test_pages_without_end_are_told_as_what_they_are(world: World, registry: EvidenceRegistry) -> None:
    registry.referrers = True
    registry.link = f"/v2/app/referrers/{world.artifact.digest}?start={{start}}"
    assert_told(world.gate("staging", "--store", registry.place), ExitCode.TOOL_FAILED, "STORE_FLOODED")


def test_an_image_without_evidence_is_denied(world: World, registry: EvidenceRegistry) -> None:
    registry.tags.clear()
    registry.manifests.clear()
    assert_told(world.verify("--store", registry.place), ExitCode.VERIFICATION_FAILED, "NO_EVIDENCE")
    assert_told(world.gate("staging", "--store", registry.place), ExitCode.DENIED)

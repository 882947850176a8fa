"""The document policy sees: only verified statements, as of the moment of the decision."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import canonical_json, format_time
from supplychain.pipeline.gate import collect_dossier
from supplychain.policy.document import build_document
from tests.simulator import evidence
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


def document(world: World, *, previous: str | None = "dev", **more: Any) -> dict[str, Any]:
    dossier = collect_dossier(world.artifact, world.store, world.trust, at=AT)
    return build_document(replace(dossier, **more), environment="staging", previous=previous, at=AT)


def kinds(body: dict[str, Any]) -> list[str]:
    return sorted(entry["kind"] for entry in body["statements"])


def test_what_is_in_it(world: World) -> None:
    body = document(world)
    assert kinds(body) == ["provenance", "sbom", "scan", "vsa", "vulns"]
    assert body["artifact"] == {"name": "shop-1.0.whl", "digest": world.artifact.digest.to_set()}
    assert (body["at"], body["environment"], body["previous_environment"]) == (format_time(AT), "staging", "dev")
    assert body["rejected"] == []
    (sbom,) = [entry for entry in body["statements"] if entry["kind"] == "sbom"]
    assert sbom["document"]["components"] == 2
    assert sbom["document"]["subjects"] == [world.artifact.digest.to_set()]
    (built,) = [entry for entry in body["statements"] if entry["kind"] == "provenance"]
    assert (built["signers"], built["builder_level"]) == (["release"], 2)


def test_refused_evidence_is_told_and_not_believed(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT), by="attacker")
    body = document(world)
    assert kinds(body) == ["provenance", "sbom", "scan", "vsa", "vulns"]
    assert [entry["code"] for entry in body["rejected"]] == ["UNKNOWN_SIGNER"]


def test_later_statements_did_not_exist_yet(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT + HOUR), by="scanner")
    body = document(world)
    assert kinds(body) == ["provenance", "sbom", "scan", "vsa", "vulns"]
    assert [entry["code"] for entry in body["rejected"]] == ["AFTER_AT"]


def test_only_summaries_of_the_environment_before_matter(world: World) -> None:
    """Deciding twice decides alike: what this gate or a later one said is no input."""
    before = canonical_json(document(world))
    for environment in ("staging", "production", "elsewhere"):
        world.put(evidence.summary(world.artifact, environment, at=AT - HOUR))
    assert canonical_json(document(world)) == before
    assert "vsa" not in kinds(document(world, previous=None))


def test_without_its_document_an_sbom_states_nothing(world: World) -> None:
    (sbom,) = [entry for entry in document(world, documents={})["statements"] if entry["kind"] == "sbom"]
    assert sbom["document"] is None


def test_findings_of_dependencies_stand_beside_the_predicate(world: World) -> None:
    """In groups, and nowhere else: what is not read there must not look like nothing found."""
    world.put(evidence.dependencies([world.artifact], at=AT, findings=[evidence.HIGH]), by="scanner")
    for body in (document(world), document(world)):  # read, and remembered
        assert body["version"] == 2
        new, old = (entry for entry in body["statements"] if entry["kind"] == "vulns")
        assert [member["evidence"]["name"] for g in new["findings"]["alike"] for member in g["members"]] == ["jinja2"]
        assert old["findings"] == {"unreadable": 0, "alike": []}
        assert set(new["predicate"]["scanner"]) == {"uri", "version", "db"}
        assert new["predicate"]["coverage"]["asked"] == 2
    others = [entry for entry in document(world)["statements"] if entry["kind"] != "vulns"]
    assert [entry for entry in others if "findings" in entry] == []


def test_what_is_remembered_of_scans_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supplychain.policy.document._KEPT_FINDINGS", 1)
    monkeypatch.setattr("supplychain.policy.document._FINDINGS", known := {})
    for hours in range(3):
        scan = evidence.dependencies([world.artifact], at=AT - hours * HOUR, findings=[evidence.HIGH])
        world.put(scan, by="scanner")
    before = document(world)
    assert len(known) <= 2
    assert document(world) == before


def test_the_newest_comes_first(world: World) -> None:
    world.put(evidence.sast([world.artifact], at=AT - 5 * HOUR), by="scanner")
    world.put(evidence.sast([world.artifact], at=AT), by="scanner")
    times = [entry["time"] for entry in document(world)["statements"]]
    assert times == sorted(times, reverse=True)


def test_the_order_in_the_store_does_not_matter(world: World) -> None:
    before = canonical_json(document(world))
    folder = world.store.folder(world.artifact.digest)
    for number, path in enumerate(sorted(folder.iterdir(), reverse=True)):
        path.rename(folder / f"{number}.sigstore.json")
    assert canonical_json(document(world)) == before

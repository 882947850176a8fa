"""`supplychain store`: evidence moves between stores byte by byte, and what fails is told while the rest goes on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.project import Project
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import AT, HOUR, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "world")


@pytest.fixture(params=[True, False], ids=["referrers", "fallback tag"])
def registry(request: pytest.FixtureRequest) -> Iterator[EvidenceRegistry]:
    with EvidenceRegistry(referrers=request.param) as made:
        yield made


def copy(world: World, source: object, target: object, *more: str | Path) -> Outcome:
    return world.run("store", "copy", str(source), str(target), "--format", "json", *more)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_there_and_back_is_the_same(world: World, registry: EvidenceRegistry) -> None:
    back = world.folder / "back"
    first = copy(world, world.store.root, registry.place, "--all")
    assert_told(first, ExitCode.OK)
    (moved,) = first.json["artifacts"]
    assert (len(moved["copied"]), moved["present"], moved["documents"]) == (5, 0, 1)
    assert_told(copy(world, registry.place, back, "--all"), ExitCode.OK)
    assert content(back) == content(world.store.root)
    for pair in ((world.store.root, registry.place), (registry.place, back), (back, world.store.root)):
        (again,) = copy(world, *pair, "--all").json["artifacts"]
        assert (again["copied"], again["present"], again["documents"]) == ([], 5, 0)
    assert content(back) == content(world.store.root)


def test_what_is_needed_offline_is_fetched_for_one_artifact(world: World, registry: EvidenceRegistry) -> None:
    copy(world, world.store.root, registry.place, "--all")
    world.store.root.rename(world.folder / "gone")
    near = world.folder / "near"
    assert_told(copy(world, registry.place, near, "--artifact", world.file), ExitCode.OK)
    registry.behaviour.broken = True
    assert_told(world.gate("staging", "--store", str(near)), ExitCode.OK)
    assert_told(world.gate("staging", "--store", registry.place), ExitCode.TOOL_FAILED, "REGISTRY_FAILED")


def test_a_planted_envelope_replaces_nothing(world: World, registry: EvidenceRegistry) -> None:
    """Somebody put other content under the name of ours."""
    name = world.lies("scan-sast").name.removesuffix(".sigstore.json")
    registry.store().put([world.artifact.digest], name, b'{"forged": true}')
    before = content(world.store.root)
    assert_told(copy(world, registry.place, world.store.root, "--all"), ExitCode.OK)
    after = content(world.store.root)
    assert {path: after[path] for path in before} == before
    assert [data for path, data in after.items() if path not in before] == [b'{"forged": true}']


def test_what_fails_is_told_and_the_rest_is_copied(world: World, registry: EvidenceRegistry) -> None:
    other = Digest.of_bytes(b"other")
    world.store.put([other], "x", b"{}")
    copy(world, world.store.root, registry.place, "--all")
    registry.hide.add(str(Digest.of_bytes(b"{}")))
    outcome = copy(world, registry.place, world.folder / "to", "--all")
    assert outcome.exit_code == ExitCode.TOOL_FAILED
    told = {moved["digest"]: moved for moved in outcome.json["artifacts"]}
    assert [failure["code"] for failure in told[str(other)]["failed"]] == ["STORE_INCOMPLETE"]
    assert len(told[str(world.artifact.digest)]["copied"]) == 5
    assert "STORE_INCOMPLETE" in outcome.stderr


def test_a_damaged_document_is_told(world: World, registry: EvidenceRegistry) -> None:
    (document,) = world.store.documents()
    path = world.store.root / "documents" / "sha256" / document.hex
    path.write_bytes(b"damaged")
    outcome = copy(world, world.store.root, registry.place, "--artifact", world.file)
    (moved,) = outcome.json["artifacts"]
    assert (outcome.exit_code, len(moved["copied"]), moved["documents"]) == (4, 5, 0)
    assert [failure["code"] for failure in moved["failed"]] == ["STORE_CORRUPT"]


def test_a_registry_that_may_not_be_written(world: World, registry: EvidenceRegistry) -> None:
    registry._take_part = lambda request, name, data: registry._send(request, 403, b"{}")  # type: ignore[method-assign]
    outcome = copy(world, world.store.root, registry.place, "--all")
    assert outcome.exit_code == ExitCode.TOOL_FAILED
    (moved,) = outcome.json["artifacts"]
    assert {failure["code"] for failure in moved["failed"]} == {"REGISTRY_DENIED"}


def test_what_is_no_envelope_is_left_behind(world: World, registry: EvidenceRegistry) -> None:
    world.put_raw(b"", "empty")
    outcome = copy(world, world.store.root, registry.place, "--all")
    assert_told(outcome, ExitCode.OK)
    (moved,) = outcome.json["artifacts"]
    assert [Path(ref).name for ref in moved["left"]] == ["empty.sigstore.json"]


def test_nothing_to_copy(world: World, registry: EvidenceRegistry) -> None:
    nobody = f"sha256:{'0' * 64}"
    assert_told(copy(world, registry.place, "to", "--all"), ExitCode.NOTHING_TO_CHECK, "NO_EVIDENCE")
    assert_told(copy(world, world.store.root, "to", "--artifact", nobody), ExitCode.NOTHING_TO_CHECK, "NO_EVIDENCE")
    both = copy(world, world.store.root, "to", "--artifact", nobody, "--artifact", world.file)
    assert both.exit_code == ExitCode.NOTHING_TO_CHECK
    assert f"nothing is kept about {nobody}" in both.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["here", "there"],
        ["here", "there", "--all", "--artifact", "shop-1.0.whl"],
        ["here", "here", "--all"],
        ["gone", "there", "--all"],
        ["oci:nowhere", "there", "--all"],
        ["here", "s3://bucket", "--all"],
    ],
)
def test_usage(world: World, words: list[str]) -> None:
    (world.project / "here").mkdir()
    assert world.run("store", "copy", *words).exit_code == ExitCode.USAGE
    assert not (world.project / "there").exists()


@pytest.mark.parametrize("verb", ["list", "ls"])
def test_what_lies_in_a_store(world: World, registry: EvidenceRegistry, verb: str) -> None:
    world.put_raw(b"junk", "junk")
    copy(world, world.store.root, registry.place, "--all")
    for place in (str(world.store.root), registry.place):
        listed = world.run("store", verb, world.file, "--store", place, "--format", "json").json["unverified"]
        assert sorted(one["kind"] for one in listed) == ["", "provenance", "sbom", "scan", "vsa", "vulns"]
        assert [one["error"] for one in listed if one["error"]] == ["NOT_JSON"]
        text = world.run("store", verb, world.file, "--store", place).stdout
        assert text.count("unverified  ") == 6
        every = world.run("store", verb, "--store", place)
        assert every.stdout.strip() == str(world.artifact.digest)
        assert json.loads(world.run("store", verb, "--store", place, "--format", "json").stdout) == {
            "subjects": [str(world.artifact.digest)]
        }
    gone = world.run("store", verb, f"sha256:{'0' * 64}")
    assert_told(gone, ExitCode.NOTHING_TO_CHECK, "NO_EVIDENCE")
    assert_told(world.run("store", verb, "--store", "gone"), ExitCode.USAGE, "FILE_MISSING")


def test_the_configuration_names_the_registry(world: World, registry: EvidenceRegistry) -> None:
    copy(world, world.store.root, registry.place, "--all")
    world.store.root.rename(world.folder / "gone")
    (world.project / "supplychain.yaml").write_text(f"version: 1\nname: shop\nstore: {registry.place}\n")
    assert_told(world.gate("staging"), ExitCode.OK)
    assert_told(world.verify(), ExitCode.OK)
    assert_told(world.admit("staging"), ExitCode.OK)
    assert_told(world.run("store", "list", world.file), ExitCode.OK)
    records = world.project / ".supplychain/store/decisions/sha256" / world.artifact.digest.hex
    assert [path.name for path in records.iterdir()] == ["staging.json"]
    assert not (world.project / ".supplychain/store/evidence").exists()
    record = (records / "staging.json").read_bytes()
    assert registry.store().document(Digest.of_bytes(record)) == record


def test_a_run_keeps_its_evidence_in_a_registry(
    tmp_path: Path, registry: EvidenceRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = Project(tmp_path / "project", monkeypatch)
    words = ("run", ".", "--to", "dev", "--at", format_time(AT), "--format", "json", "--store", registry.place)
    assert_told(project.cli(*words), ExitCode.OK)
    (subject,) = registry.store().subjects()
    assert len(registry.store().find(subject)) >= 5
    assert not (project.root / ".supplychain/store/evidence").exists()
    assert_told(project.cli(*words), ExitCode.OK)


def test_a_decision_and_the_history_look_there(world: World, registry: EvidenceRegistry) -> None:
    world.put(evidence.dependencies([world.artifact], at=AT - HOUR / 2, findings=[evidence.HIGH]), by="scanner")
    copy(world, world.store.root, registry.place, "--all")
    assert world.gate("staging", "--store", registry.place).codes == {"VULNERABILITY_FOUND"}
    history = world.run("history", world.file, "--store", registry.place, "--at", format_time(AT), "--format", "json")
    assert len(history.json["history"]) == 7


def test_a_mirror_is_neither_asked_nor_written(
    world: World, registry: EvidenceRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be old, and old would read as "nothing there"."""
    with EvidenceRegistry() as mirror:
        conf = world.home / "registries.conf"
        conf.write_text(
            f'[[registry]]\nlocation = "{registry.host}"\n[[registry.mirror]]\nlocation = "{mirror.host}"\n'
        )
        monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(conf))
        assert_told(copy(world, world.store.root, registry.place, "--all"), ExitCode.OK)
        assert_told(world.gate("staging", "--store", registry.place), ExitCode.OK)
        assert mirror.requests == []

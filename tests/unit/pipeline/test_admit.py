"""What admission is asked about."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode, MalformedInput, NothingToCheck, UsageError
from supplychain.pipeline.admit import admit
from supplychain.pipeline.named import artifact_of
from supplychain.policy.decision import Verdict
from tests.simulator import evidence
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World


def test_a_file_or_a_digest(tmp_path: Path) -> None:
    path = tmp_path / "a.whl"
    path.write_bytes(b"x")
    digest = Digest.of_bytes(b"x")
    assert artifact_of(str(path)).digest == digest
    assert artifact_of(str(path)).name == "a.whl"
    assert artifact_of(str(digest)).digest == digest
    assert artifact_of(str(digest)).name == ""


@pytest.mark.parametrize("text", ["sha256:", "sha256:abc", "sha512:" + "a" * 64, "sha256:" + "A" * 64])
def test_a_digest_that_is_none(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        artifact_of(text)
    assert caught.value.code == "NOT_A_DIGEST"


def test_what_is_neither(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for text in (str(tmp_path), str(tmp_path / "none"), str(tmp_path / "pipe"), "", "md5:abc"):
        with pytest.raises(UsageError) as caught:
            artifact_of(text)
        assert caught.value.code == "ARTIFACT_MISSING"


def test_an_empty_list_admits_nothing(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    with pytest.raises(NothingToCheck) as caught:
        admit([], "dev", world.store, world.trust, at=AT)
    assert caught.value.code == "NOTHING_TO_ADMIT"


def test_each_is_decided_on_its_own(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    other = artifact_of(str(Digest.of_bytes(b"other")))
    decisions = admit([world.artifact, other], "dev", world.store, world.trust, at=AT)
    assert [decision.verdict for decision in decisions] == [Verdict.ALLOW, Verdict.DENY]
    world.put(evidence.summary(other, "dev", at=AT))
    refused = admit([other], "dev", world.store, world.trust, at=AT)
    assert refused[0].verdict is Verdict.DENY, "the trust file names shop-* only"


@pytest.mark.parametrize("hours", ["nan", "inf", "-inf", "-1", "1e12", "1e300"])
def test_an_age_that_is_none(tmp_path: Path, hours: str) -> None:
    world = World(tmp_path / "world")
    assert_told(world.admit("dev", "--max-age", hours), ExitCode.USAGE, "USAGE")
    assert_told(world.admit("dev", "--max-age", "1e6"), ExitCode.OK)

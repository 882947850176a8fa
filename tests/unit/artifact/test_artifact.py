"""Artifacts: the digest is the identity."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import MalformedInput, UsageError

DIGEST = Digest.of_bytes(b"x")


def test_it_survives() -> None:
    for name in ("shop-1.0.whl", "", "a\nb"):
        artifact = Artifact(name=name, digest=DIGEST)
        assert Artifact.parse(artifact.to_json(), where="") == artifact
    assert str(Artifact(name="a", digest=DIGEST)) == f"a@{DIGEST}"
    assert str(Artifact(name="", digest=DIGEST)) == str(DIGEST)


@pytest.mark.parametrize(
    "value",
    [
        None, [], "x", {}, {"name": "a"}, {"digest": {}}, {"digest": {"sha1": "a" * 40}}, {"digest": None},
        {"name": 5, "digest": {"sha256": "a" * 64}}, {"name": None, "digest": {"sha256": "a" * 64}},
    ],
)  # fmt: skip
def test_what_is_no_subject(value: object) -> None:
    with pytest.raises(MalformedInput):
        Artifact.parse(value, where="there")


@pytest.mark.parametrize("name", [b"plain", b"a\nb", b"\xff.whl", "\N{GRINNING FACE}".encode(), b"-rf"])
def test_a_file_of_any_name_can_be_stated(tmp_path: Path, name: bytes) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_bytes(b"x")
    artifact = Artifact.of_file(path)
    assert artifact.digest == DIGEST
    canonical_json(artifact.to_json())


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        Artifact.of_file(tmp_path / "none")
    assert caught.value.code == "FILE_MISSING"

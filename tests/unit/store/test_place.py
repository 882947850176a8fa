"""Where a store is, as people write it."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.artifact.image.reference import Reference
from supplychain.errors import UsageError
from supplychain.store.directory import DirectoryStore
from supplychain.store.oci import OciStore
from supplychain.store.place import open_store, parse_place


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("evidence", Path("/base/evidence")),
        ("/abs", Path("/abs")),
        ("./oci", Path("/base/oci")),
        ("oci", Path("/base/oci")),
        ("./oci:host/x", Path("/base/oci:host/x")),
        ("c:x", Path("/base/c:x")),
    ],
)
def test_folders(text: str, expected: Path) -> None:
    assert parse_place(text, base=Path("/base")) == expected
    assert isinstance(open_store(expected), DirectoryStore)


@pytest.mark.parametrize(
    ("text", "registry", "repository"),
    [
        ("oci:ghcr.example/team/evidence", "ghcr.example", "team/evidence"),
        ("oci:127.0.0.1:5000/x", "127.0.0.1:5000", "x"),
        ("oci:localhost/x", "localhost", "x"),
        ("oci:docker.io/me/x", "docker.io", "me/x"),
    ],
)
def test_repositories(text: str, registry: str, repository: str) -> None:
    place = parse_place(text)
    assert isinstance(place, Reference)
    assert (place.registry, place.repository) == (registry, repository)
    assert isinstance(open_store(place), OciStore)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oci:",
        "oci:evidence",
        "oci:team/evidence",
        "oci:ghcr.example/Team",
        "oci:ghcr.example/team:latest",
        "oci:ghcr.example/team@sha256:" + "0" * 64,
        "oci:https://ghcr.example/team",
        "https://ghcr.example/team",
        "s3://bucket/x",
    ],
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_place(text)
    assert caught.value.code == "NOT_A_STORE"

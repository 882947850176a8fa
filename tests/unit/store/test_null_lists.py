"""Go writes a list that holds nothing as null, and so do registries: that is an empty list, and nothing else is."""

from __future__ import annotations

import json

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed
from supplychain.signing.envelope import BUNDLE_TYPE
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.images import OCI_MANIFEST

A = Digest.of_bytes(b"a")


@pytest.mark.parametrize("tag", [True, False])
def test_no_lines(tag: bool) -> None:
    with EvidenceRegistry(referrers=not tag) as registry:
        index = json.dumps({"schemaVersion": 2, "manifests": None}).encode()
        if tag:
            registry.tags[f"sha256-{A.hex}"] = index
        else:
            registry.listing = index
        assert registry.store().find(A) == ()
        if tag:  # and what is written goes into it
            registry.store().put([A], "a", b"x")
            assert [found.data for found in registry.store().find(A)] == [b"x"]


@pytest.mark.parametrize("lines", ["", 0, False, {}])
def test_no_list(lines: object) -> None:
    with EvidenceRegistry() as registry:
        registry.listing = json.dumps({"manifests": lines}).encode()
        with pytest.raises(ToolFailed) as caught:
            registry.store().find(A)
    assert caught.value.code == "STORE_UNREADABLE"


def test_a_manifest_without_layers() -> None:
    with EvidenceRegistry() as registry:
        registry.add_referrer(A, b"x", BUNDLE_TYPE, layers=None)
        registry.add_manifest({"mediaType": OCI_MANIFEST, "layers": None}, f"sha256-{A.hex}.att")
        assert [found.data for found in registry.store().find(A)] == [b""], (
            "the first is told, the second holds nothing"
        )

"""A registry that names an address which is none: told as a failure of the registry, never a crash of ours."""

from __future__ import annotations

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed
from supplychain.signing.envelope import BUNDLE_TYPE
from tests.simulator.evidence_registry import EvidenceRegistry

A = Digest.of_bytes(b"a")
NONE = ("http://[::1", "//[", "https://[::zz]/", "https://h:x/")


@pytest.mark.parametrize("address", NONE)
def test_of_the_next_page(address: str) -> None:
    with EvidenceRegistry() as registry:
        registry.add_referrer(A, b"x", BUNDLE_TYPE)
        registry.link = f'<{address}>; rel="next"'
        with pytest.raises(ToolFailed) as caught:
            registry.store().find(A)
    assert caught.value.code in ("REGISTRY_ADDRESS", "STORE_UNREADABLE")


@pytest.mark.parametrize("address", NONE)
def test_of_a_blob(address: str) -> None:
    with EvidenceRegistry() as registry:
        registry.add_referrer(A, b"x", BUNDLE_TYPE)
        registry.behaviour.redirect = address
        with pytest.raises(ToolFailed) as caught:
            registry.store().find(A)
    assert caught.value.code == "REGISTRY_ADDRESS"

"""The services that take part in signing, on loopback; nobody waits between attempts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from supplychain.signing import service
from tests.simulator.sigstore_service import SigstoreService


@pytest.fixture
def sigstore() -> Iterator[SigstoreService]:
    with SigstoreService() as running:
        yield running


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What would have been waited, in seconds."""
    told: list[float] = []
    monkeypatch.setattr(service, "pause", told.append)
    return told

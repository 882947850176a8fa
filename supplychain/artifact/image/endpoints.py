"""The places an image can be fetched from, asked one after the other: mirrors first, the registry it is named by last.

A mirror is a convenience and is trusted with nothing: it sees only credentials that were given for it, what it sends is
held against the digest, and one that fails is passed over. What it is believed is which digest a tag has, and that is
told (`Image.resolved_by`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from supplychain.artifact.image.budget import shared_budget
from supplychain.artifact.image.exchange import Connections, Limits
from supplychain.artifact.image.mirrors import Route
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, VerificationFailed

MIRROR_LIMITS = Limits(connect_s=5.0, read_s=15.0)
"""A mirror is there to be quick."""
MIRROR_PATIENCE = 5.0
"""Seconds that are waited for a mirror that asks to come back later (the registry itself gets a minute)."""
_Answer = TypeVar("_Answer")


@dataclass(slots=True, kw_only=True)
class Endpoint:
    """One place."""

    client: RegistryClient
    name: str
    """Host, and the path there when it is a mirror."""
    mirror: bool = False
    by_tag: bool = True
    by_digest: bool = True
    failed: str = ""
    """Why it is not asked any more."""


@dataclass(slots=True, kw_only=True)
class Endpoints:
    """All places, the registry itself last."""

    places: tuple[Endpoint, ...]
    notes: list[str] = field(default_factory=list)
    """What was wrong with mirrors."""

    @staticmethod
    def of(route: Route) -> Endpoints:
        """The places of a route."""
        mirrors = (
            Endpoint(
                client=RegistryClient(
                    mirror.reference,
                    connections=Connections(MIRROR_LIMITS),
                    budget=shared_budget(mirror.reference.host, mirror=MIRROR_PATIENCE),
                ),
                name=f"{mirror.reference.registry}/{mirror.reference.repository}",
                mirror=True,
                by_tag=mirror.by_tag,
                by_digest=mirror.by_digest,
            )
            for mirror in route.mirrors
        )
        origin = Endpoint(client=RegistryClient(route.origin), name=route.origin.registry)
        return Endpoints(places=(*mirrors, origin))

    def first(
        self, ask: Callable[[Endpoint], _Answer | None], *, by: Literal["tag", "digest"]
    ) -> tuple[_Answer, Endpoint] | None:
        """The first answer anybody gives.

        Args:
            ask: Asks one place; None: it does not have it.
            by: What it is asked with.

        Returns:
            The answer and who gave it; None: nobody has it.

        Raises:
            SupplychainError: What the registry itself did wrong; its `hint` tells what was wrong with the mirrors.
        """
        for place in self.places:
            if place.failed or not (place.by_tag if by == "tag" else place.by_digest):
                continue
            try:
                answer = ask(place)
            except (ToolFailed, VerificationFailed, MalformedInput) as error:
                if not place.mirror:
                    raise self._with_notes(error) from None
                self._pass_over(place, error)
                continue
            if answer is not None:
                return answer, place
        return None

    def close(self) -> None:
        """Close all connections."""
        for place in self.places:
            place.client.close()

    def _pass_over(self, place: Endpoint, error: SupplychainError) -> None:
        if not place.failed:  # several threads may find it out
            place.failed = error.message
            found = f": {error.found}" if error.found else ""
            self.notes.append(f"the mirror {place.name} is passed over: {error.message}{found}")

    def _with_notes(self, error: SupplychainError) -> SupplychainError:
        if self.notes:
            error.hint = "; ".join(part for part in (error.hint, *self.notes) if part)
        return error

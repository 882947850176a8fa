"""in-toto `link` v0.3: one step of a supply chain, what it took in and by which command; the subjects are its products.

https://github.com/in-toto/attestation/blob/main/spec/predicates/link.md. Layouts are held against links
(`verification.layout`). A link carries no time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "https://in-toto.io/attestation/link/v0.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Something a step took in (ResourceDescriptor)."""

    name: str
    """Path in the tree the step ran in, with `/`, or a URI."""
    digest: Mapping[str, str]
    """Algorithm to hexadecimal text; `gitCommit` and its like are let stand."""

    def to_json(self) -> dict[str, Any]:
        """`{"name", "digest"}`."""
        return {"name": self.name, "digest": dict(self.digest)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The predicate."""

    name: str
    """The step, as layouts call it."""
    command: tuple[str, ...] = ()
    """Program and arguments; empty when several commands, or people, did the step."""
    materials: tuple[Material, ...] = ()
    byproducts: Mapping[str, Any]
    environment: Mapping[str, Any]

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Link:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields, and for a material named twice."""
        top = Fields(predicate, where)
        name = top.text("name")
        if not name:
            raise _bad("the step has no name", top.where, "a name", "an empty text")
        materials = tuple(_material(item) for item in top.objects("materials", optional=True))
        names = {material.name for material in materials}
        if len(names) != len(materials):
            raise _bad(
                "a material stands twice", top.where, "each material once", f"{len(materials)}, {len(names)} names"
            )
        return Link(
            name=name,
            command=top.texts("command", optional=True),
            materials=materials,
            byproducts=top.object("byproducts", optional=True).value,
            environment=top.object("environment", optional=True).value,
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as in-toto spells it."""
        return {
            "name": self.name,
            "command": list(self.command),
            "materials": [material.to_json() for material in self.materials],
            "byproducts": dict(self.byproducts),
            "environment": dict(self.environment),
        }


def _material(item: Fields) -> Material:
    name = item.text("name", optional=True) or item.text("uri", optional=True)
    digest = item.object("digest", optional=True).value
    if not name or not all(isinstance(value, str) for value in digest.values()):
        raise _bad("not a material", item.where, "a name or URI, and digests as text", repr(dict(item.value))[:120])
    return Material(name=name, digest=digest)


def _bad(message: str, where: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="BAD_PREDICATE", where=where, expected=expected, found=found)

"""An artifact: some bytes with a name and a digest (in-toto ResourceDescriptor v1).

The digest is the identity; the name is what people call it and proves nothing.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.errors import MalformedInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """What a statement is about."""

    name: str
    digest: Digest

    @staticmethod
    def of_file(path: Path) -> Artifact:
        """Name and hash a file. Raises UsageError when it cannot be read."""
        # A file name is bytes; what is no UTF-8 in it cannot stand in a statement.
        name = os.fsencode(path.name).decode("utf-8", "replace")
        return Artifact(name=name, digest=Digest.of_file(path))

    @staticmethod
    def parse(value: object, *, where: str) -> Artifact:
        """Parse an in-toto ResourceDescriptor used as a subject.

        Raises:
            MalformedInput: It has no digest of a trusted algorithm (an empty set names nothing).
        """
        name = value.get("name", "") if isinstance(value, dict) else None
        if not isinstance(value, dict) or not isinstance(name, str):
            raise MalformedInput("not a subject", code="NOT_A_SUBJECT", where=where, expected='{"name", "digest"}')
        digests = parse_digest_set(value.get("digest"), where=where)
        if not digests:
            raise MalformedInput(
                "the subject has no digest that can be trusted",
                code="NOT_A_SUBJECT",
                where=where,
                expected="sha256, sha384 or sha512",
                found=", ".join(sorted(value["digest"])) or "an empty set",
            )
        return Artifact(name=name, digest=digests[0])

    def to_json(self) -> dict[str, Any]:
        """The in-toto ResourceDescriptor."""
        return {"name": self.name, "digest": self.digest.to_set()}

    def __str__(self) -> str:
        return f"{self.name}@{self.digest}" if self.name else str(self.digest)

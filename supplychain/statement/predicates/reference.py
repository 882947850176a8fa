"""in-toto `reference` v0.1: a document about the artifact, by digest and size; the document lies beside the envelope.

https://github.com/in-toto/attestation/blob/main/spec/predicates/reference.md. This is how an SBOM is attested here:
tens of megabytes never pass through a log or an API that limits the size of a statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "https://in-toto.io/attestation/reference/v0.1"
CYCLONEDX = "application/vnd.cyclonedx+json"
SPDX = "application/spdx+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The predicate, with one document."""

    attester: str
    """Who looked at the document, as a URI."""
    name: str
    media_type: str
    digest: Digest
    size: int
    """In bytes."""
    time: str
    """RFC 3339 time of the document, in `annotations.created`; may be empty."""

    @staticmethod
    def as_written(predicate: Mapping[str, Any]) -> Reference | None:
        """Read the predicate quickly if it is as `to_json` writes it (see `registry.parse_predicate`)."""
        (document,) = predicate["references"]
        (digest,) = parse_digest_set(document["digest"], where="")
        attester, name, media_type = predicate["attester"]["id"], document["name"], document["mediaType"]
        size, time = document["annotations"]["size"], document["annotations"]["created"]
        if not type(attester) is type(name) is type(media_type) is type(time) is str or type(size) is not int:
            return None
        return Reference(attester=attester, name=name, media_type=media_type, digest=digest, size=size, time=time)

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Reference:
        """Read the predicate. Raises MalformedInput unless it refers to exactly one document by a trusted digest."""
        top = Fields(predicate, where)
        references = top.objects("references")
        if len(references) != 1:
            raise MalformedInput(
                "a reference here is to one document", code="BAD_PREDICATE", where=where, found=f"{len(references)}"
            )
        document = references[0]
        digests = document.digests("digest")
        if not digests:
            raise MalformedInput("the document has no digest", code="BAD_PREDICATE", where=document.where)
        notes = document.object("annotations", optional=True)
        return Reference(
            attester=top.object("attester").text("id"),
            name=document.text("name", optional=True),
            media_type=document.text("mediaType", optional=True),
            digest=digests[0],
            size=notes.number("size", optional=True),
            time=notes.text("created", optional=True),
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as in-toto spells it; size and time are annotations of the descriptor."""
        document = {
            "name": self.name,
            "mediaType": self.media_type,
            "digest": self.digest.to_set(),
            "annotations": {"size": self.size, "created": self.time},
        }
        return {"attester": {"id": self.attester}, "references": [document]}

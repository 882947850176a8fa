"""Writes evidence into a registry so that two writers at once lose nothing.

A registry with the referrers API keeps the list itself and says so (`OCI-Subject`). Where there is none, the list is an
index behind a tag, which a writer reads, extends and writes back; most registries heed no `If-Match`, and the slower of
two writers would undo the faster. Therefore each writer

1. pushes its manifest under a tag of its own, which no other writer touches;
2. reads these tags and the index, and writes an index that has all of them;
3. goes back to 2 until it reads an index that lacks none.

Whoever overwrote somebody's line reads that somebody's tag afterwards, since it was there before the line was: the last
writer to end leaves an index with everything. A writer that dies between 1 and 3 is completed by the next one.
The same tags keep evidence about something that is no image of this repository from being collected as garbage.
"""

from __future__ import annotations

from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_DOCUMENT
from supplychain.artifact.image.manifest import INDEX_TYPES, MANIFEST_TYPES
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.artifact.image.registry_push import Changed, PushClient
from supplychain.errors import MalformedInput, ToolFailed
from supplychain.store.manifests import (
    EMPTY,
    INDEX,
    MANIFEST,
    OCTETS,
    document_manifest,
    evidence_manifest,
    index_of,
    line_of,
    parse_index,
)
from supplychain.store.referrers import Listing, document_tag, fallback_tag, own_tag

_MAX_ROUNDS = 20
_ANY_MANIFEST = ", ".join(sorted(INDEX_TYPES | MANIFEST_TYPES))


class Writer:
    """Puts envelopes and documents into one repository.

    Args:
        reader: Reads the repository.
        push: Writes it.
        listing: Lists its tags.
    """

    def __init__(self, reader: RegistryClient, push: PushClient, listing: Listing) -> None:
        self._reader = reader
        self._push = push
        self._listing = listing

    def put(self, subject: Digest, name: str, envelope: bytes) -> Digest:
        """Keep an envelope about one subject.

        Returns:
            The digest of its manifest.

        Raises:
            ToolFailed: The registry fails, or `STORE_BUSY`: others write without end.
        """
        about, present = self._subject(subject)
        manifest = evidence_manifest(about, name, envelope)
        digest = Digest.of_bytes(manifest)
        self._push.put_blob(EMPTY)
        self._push.put_blob(envelope)
        if present:
            told = self._push.put_manifest(str(digest), manifest, MANIFEST)
            if told.get("oci-subject"):
                return digest
        self._push.put_manifest(own_tag(subject, digest), manifest, MANIFEST)
        self._complete_index(subject, manifest)
        return digest

    def put_document(self, data: bytes) -> Digest:
        """Keep a document by its own digest."""
        self._push.put_blob(EMPTY)
        digest = self._push.put_blob(data)
        self._push.put_manifest(document_tag(digest), document_manifest(data), MANIFEST)
        return digest

    def _subject(self, subject: Digest) -> tuple[dict[str, Any], bool]:
        """The descriptor of a subject, and whether it is an image of this repository."""
        path = f"manifests/{subject}"
        try:
            with self._reader.request(path, method="HEAD", accept=_ANY_MANIFEST) as response:
                size = response.headers.get("content-length", "")
                if response.status == 200 and size.isascii() and size.isdigit():
                    media_type = response.headers.get("content-type", "").partition(";")[0].strip() or MANIFEST
                    return {"mediaType": media_type, "digest": str(subject), "size": int(size)}, True
        except ToolFailed as error:
            # A blob that is no manifest: distribution 2.8 answers with 500. What follows is right for both.
            if error.code != "REGISTRY_FAILED":
                raise
        # A registry must take a subject that it does not have (distribution-spec 1.1); its size is not known here.
        return {"mediaType": OCTETS, "digest": str(subject), "size": 0}, False

    def _complete_index(self, subject: Digest, mine: bytes) -> None:
        known = {Digest.of_bytes(mine).hex[:32]: line_of(mine)}
        for _ in range(_MAX_ROUNDS):
            known |= self._announced(subject, known)
            lines, condition = self._index(subject)
            there = {str(line.get("digest")) for line in lines}
            lacking = [line for line in known.values() if line["digest"] not in there]
            if not lacking:
                return
            try:
                self._push.put_manifest(fallback_tag(subject), index_of([*lines, *lacking]), INDEX, condition=condition)
            except Changed:
                continue
        raise ToolFailed(
            "others keep changing the index of this artifact",
            code="STORE_BUSY",
            where=f"{self._listing.where}:{fallback_tag(subject)}",
            hint="try again later",
        )

    def _announced(self, subject: Digest, known: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Lines for what other writers have pushed under tags of their own."""
        prefix = f"{fallback_tag(subject)}."
        found = {}
        for tag in self._listing.tags(prefix):
            short = tag.removeprefix(prefix).removesuffix(".ev")
            if short in known or tag != f"{prefix}{short}.ev":
                continue
            with self._reader.request(f"manifests/{tag}", accept=_ANY_MANIFEST) as response:
                data = response.read(MAX_DOCUMENT) if response.status == 200 else b""
            try:
                if Digest.of_bytes(data).hex.startswith(short):
                    found[short] = line_of(data)
            except MalformedInput:
                continue  # somebody's junk under such a tag is no evidence
        return found

    def _index(self, subject: Digest) -> tuple[list[dict[str, Any]], dict[str, str]]:
        """The lines of the index as it stands, and the condition under which it may be replaced."""
        path = f"manifests/{fallback_tag(subject)}"
        with self._reader.request(path, accept=f"{INDEX}, {MANIFEST}") as response:
            if response.status != 200:
                return [], {"If-None-Match": "*"}
            data, tag = response.read(MAX_DOCUMENT), response.headers.get("etag", "")
        where = f"{self._listing.where}:{fallback_tag(subject)}"
        try:
            lines, _ = parse_index(data, where=where)
        except MalformedInput as error:
            raise ToolFailed(
                "what lies where the index should be is none",
                code="STORE_UNREADABLE",
                where=where,
                hint="remove that tag from the registry",
            ) from error
        return [line for line in lines if isinstance(line, dict)], {"If-Match": tag} if tag else {}

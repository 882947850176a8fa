"""What a registry lists about a digest (OCI distribution-spec 1.1, "Listing Referrers" and "Referrers Tag Schema").

The API where there is one, and always the index behind the fallback tag: evidence may be older than the API, or be
about something that is no image there. A registry may lie, page for ever or list millions: every loop here has an end,
and reaching it is a failure, never a shorter list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_DOCUMENT
from supplychain.artifact.image.exchange import joined
from supplychain.artifact.image.reference import Reference
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, ToolFailed
from supplychain.store.manifests import INDEX, KINDS, MANIFEST, Entry, parse_index

MAX_LISTED = 2000
"""Most pieces of evidence about one digest; each costs two requests."""
MAX_LINES = 20_000
"""Most lines of listings that are read to find them."""
MAX_PAGES = 100
_MAX_TAGS_ANSWER = 8 * 1024 * 1024
_NEXT = re.compile(r'<([^<>]+)>\s*;[^,]*\brel="?next"?', re.IGNORECASE)
_SUBJECT = re.compile(r"(sha256|sha384|sha512)-([0-9a-f]{64})(?:\.att|\.sig|\.sbom|\.[0-9a-f]{32}\.ev)?")
_DOCUMENT = re.compile(r"sha256-([0-9a-f]{64})\.document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One answer of a registry that may have more to say."""

    data: bytes
    filtered: bool
    """The registry says that it listed only what was asked for."""


def fallback_tag(subject: Digest) -> str:
    """The tag of the index about a digest: at most 64 digits, as the specification cuts it."""
    return f"{subject.algorithm}-{subject.hex[:64]}"


def own_tag(subject: Digest, manifest: Digest) -> str:
    """The tag of one piece of evidence: it announces the piece to other writers and keeps it from being collected."""
    return f"{fallback_tag(subject)}.{manifest.hex[:32]}.ev"


def document_tag(digest: Digest) -> str:
    """The tag of a document."""
    return f"{digest.algorithm}-{digest.hex}.document"


def subject_of_tag(tag: str) -> Digest | None:
    """The digest that a tag is about; None for other tags, and where the tag does not hold all of it."""
    found = _SUBJECT.fullmatch(tag)
    return Digest.parse(f"sha256:{found[2]}") if found and found[1] == "sha256" else None


def document_of_tag(tag: str) -> Digest | None:
    """The document that a tag names."""
    found = _DOCUMENT.fullmatch(tag)
    return Digest.parse(f"sha256:{found[1]}") if found else None


class Listing:
    """Lists what one repository has.

    Args:
        client: Talks to the registry.
        reference: The repository, for messages.
    """

    def __init__(self, client: RegistryClient, reference: Reference) -> None:
        self._client = client
        self._reference = reference
        self.where = f"{reference.registry}/{reference.repository}"

    def evidence(self, subject: Digest) -> tuple[Entry | None, ...]:
        """What may be evidence about a digest, each once; None stands for lines that name nothing.

        Raises:
            ToolFailed: The registry fails, `STORE_UNREADABLE` (no index) or `STORE_FLOODED`.
        """
        known: dict[Digest | None, Entry | None] = {}
        lines = 0
        for data in self._listings(subject):
            try:
                found = parse_index(data, where=self.where)[1]
            except MalformedInput as error:
                raise self._unreadable(subject, error.message) from error
            lines += len(found)
            known |= {e.digest if e else None: e for e in found if e is None or e.may_be_evidence}
            if lines > MAX_LINES or len(known) > MAX_LISTED:
                raise self.flooded(str(subject), f"at most {MAX_LISTED:,} pieces of evidence, {MAX_LINES:,} lines")
        return tuple(sorted(known.values(), key=lambda entry: str(entry.digest) if entry else ""))

    def tags(self, after: str = "") -> Iterator[str]:
        """All tags; with `after`, at least those that begin with it.

        Raises:
            ToolFailed: As `evidence`.
        """
        start = f"&last={quote(after)}" if after else ""
        for page in self._pages(f"tags/list?n=1000{start}", _MAX_TAGS_ANSWER):
            try:
                tags = parse_json_object(page.data, where=self.where, max_bytes=_MAX_TAGS_ANSWER).get("tags") or []
            except MalformedInput as error:
                raise self._unreadable("tags", error.message) from error
            if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
                raise self._unreadable("tags", "no list of tags")
            yield from tags
            if after and tags and tags == sorted(tags) and tags[-1] > after and not tags[-1].startswith(after):
                return  # in order, and past what was asked for

    def flooded(self, what: str, expected: str) -> ToolFailed:
        """The registry has more to say than anybody listens to."""
        return ToolFailed(
            "more in the registry than accepted",
            code="STORE_FLOODED",
            where=f"{self.where}: {what}",
            expected=expected,
            found="more",
            hint="remove from the registry what does not belong there",
        )

    def _listings(self, subject: Digest) -> Iterator[bytes]:
        for kind in KINDS:
            filtered = False
            for page in self._pages(f"referrers/{subject}?artifactType={quote(kind, safe='')}", MAX_DOCUMENT):
                filtered = page.filtered
                yield page.data
            if not filtered:  # no such API, or everything was listed
                break
        path = f"manifests/{fallback_tag(subject)}"
        with self._client.request(path, accept=f"{INDEX}, {MANIFEST}") as response:
            if response.status == 200:
                yield self._whole(response.read(MAX_DOCUMENT), MAX_DOCUMENT, path)

    def _pages(self, path: str, most: int) -> Iterator[Page]:
        seen: set[str] = set()
        while path:
            if path in seen or len(seen) >= MAX_PAGES:
                raise self.flooded(path.partition("?")[0], f"at most {MAX_PAGES} pages, each once")
            seen.add(path)
            with self._client.request(path, accept=f"{INDEX}, application/json") as response:
                if response.status != 200:
                    if len(seen) > 1:
                        raise self._unreadable(path, f"a page answers with status {response.status}")
                    return
                data = self._whole(response.read(most), most, path)
                applied = response.headers.get("oci-filters-applied", "")
                link = _NEXT.search(response.headers.get("link", ""))
                path = self._next(response.url, link[1]) if link else ""
            yield Page(data=data, filtered="artifactType" in applied)

    def _next(self, url: str, link: str) -> str:
        """The next page; it must be in this repository of this registry."""
        target = urlsplit(joined(url, link))
        ours = f"/v2/{self._reference.repository}/"
        if target[:2] != urlsplit(url)[:2] or not target.path.startswith(ours) or "/../" in target.path:
            raise self._unreadable("the next page", f"it is said to be at {link[:200]}")
        return f"{target.path}?{target.query}"

    def _whole(self, data: bytes, most: int, path: str) -> bytes:
        if len(data) > most:
            raise self.flooded(path.partition("?")[0], f"an answer of at most {most:,} bytes")
        return data

    def _unreadable(self, what: object, found: str) -> ToolFailed:
        return ToolFailed(
            "the registry's listing cannot be read", code="STORE_UNREADABLE", where=f"{self.where}: {what}", found=found
        )

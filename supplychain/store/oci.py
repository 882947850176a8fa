"""Evidence in an OCI registry: read from what the registry lists, written as cosign 3 and GitHub write it.

    HOST/REPO@<manifest>                     one envelope: subject, artifact type, one layer (`manifests`)
    HOST/REPO:sha256-<hex>                   index of those about a digest, where the registry has no referrers API
    HOST/REPO:sha256-<hex>.<manifest>.ev     the same manifests by a tag of their own (`oci_writer` tells why)
    HOST/REPO:sha256-<hex>.document          a document
    HOST/REPO:sha256-<hex>.att, .sig         read only: cosign's older layouts (`cosign`)

What was listed and cannot be fetched is a failure. What was fetched and is no evidence is handed on as empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import TypeVar
from weakref import finalize

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_DOCUMENT
from supplychain.artifact.image.manifest import INDEX_TYPES, MANIFEST_TYPES
from supplychain.artifact.image.reference import Reference
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.artifact.image.registry_push import PushClient
from supplychain.errors import MalformedInput, ToolFailed
from supplychain.files import MIB
from supplychain.signing.envelope import MAX_ENVELOPE
from supplychain.store import cosign
from supplychain.store.interface import Stored, check_name
from supplychain.store.manifests import Entry, is_evidence, name_of, parse_layers, subject_of
from supplychain.store.oci_writer import Writer
from supplychain.store.referrers import Listing, document_of_tag, fallback_tag, subject_of_tag

MAX_FOUND_BYTES = 512 * MIB
MAX_DOCUMENT_BYTES = 256 * MIB
MAX_TAGS = 20_000
_MAX_LAYERS = 1000
_AT_ONCE = 6
_ANY_MANIFEST = ", ".join(sorted(INDEX_TYPES | MANIFEST_TYPES))
_A = TypeVar("_A")
_B = TypeVar("_B")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Piece:
    """A layer that is to be fetched; without a layer, something that is no evidence."""

    ref: str
    layer: Entry | None = None
    legacy: bool = False


class OciStore:
    """A store in one repository of a registry.

    Args:
        reference: Host and repository.
        reader: Reads; None: the usual client. Mirrors are not asked: they may be old, and old is "nothing there".
        writer: Writes; None: the usual client.
    """

    def __init__(
        self, reference: Reference, *, reader: RegistryClient | None = None, writer: PushClient | None = None
    ) -> None:
        self._client = reader or RegistryClient(reference)
        self._push = writer or PushClient(reference)
        self._listing = Listing(self._client, reference)
        self._writer = Writer(self._client, self._push, self._listing)
        self.where = self._listing.where
        finalize(self, _close, self._client, self._push)

    def put(self, subjects: Sequence[Digest], name: str, envelope: bytes) -> str:
        """Keep an envelope under each subject (see `Store.put`)."""
        check_name(name)
        places = [self._writer.put(subject, name, envelope) for subject in subjects]
        return f"{self.where}@{places[0]}"

    def find(self, subject: Digest) -> tuple[Stored, ...]:
        """Everything the registry lists about a digest, and what older cosigns left (see `Store.find`)."""
        older = (partial(self._older, fallback_tag(subject) + ending) for ending in cosign.TAGS)
        places: list[Callable[[], list[_Piece]]] = [partial(self._listed, subject), *older]
        pieces = list(chain.from_iterable(_each(lambda ask: ask(), places)))
        found: list[Stored] = []
        size = 0
        for stored in _each(self._stored, pieces):
            if stored is not None:
                found.append(stored)
                size += len(stored.data)
            if size > MAX_FOUND_BYTES:
                raise self._listing.flooded(str(subject), f"at most {MAX_FOUND_BYTES:,} bytes")
        return tuple(sorted(found, key=lambda stored: (stored.name, stored.ref)))

    def put_document(self, data: bytes) -> Digest:
        """Keep a document by its own digest."""
        return self._writer.put_document(data)

    def document(self, digest: Digest) -> bytes | None:
        """A kept document, or None (see `Store.document`)."""
        if digest.algorithm != "sha256":
            return None
        with self._client.request(f"blobs/{digest}", blob=True) as response:
            data = response.read(MAX_DOCUMENT_BYTES) if response.status == 200 else b""
        return data if Digest.of_bytes(data) == digest and data else None

    def subjects(self) -> tuple[Digest, ...]:
        """Digests that tags tell of, and those of tagged images (see `Store.subjects`)."""
        found: set[Digest] = set()
        others: list[str] = []
        for tag in self._tags():
            subject = subject_of_tag(tag)
            if subject is not None:
                found.add(subject)
            elif document_of_tag(tag) is None:
                others.append(tag)
        return tuple(sorted(found | {d for d in _each(self._stands_for, others) if d is not None}))

    def documents(self) -> tuple[Digest, ...]:
        """Documents that have their tag (see `Store.documents`)."""
        return tuple(sorted({digest for tag in self._tags() if (digest := document_of_tag(tag)) is not None}))

    def close(self) -> None:
        """Close the connections."""
        _close(self._client, self._push)

    # reading

    def _listed(self, subject: Digest) -> list[_Piece]:
        """The evidence in what the registry lists about a digest."""
        return list(chain.from_iterable(_each(self._pieces, self._listing.evidence(subject))))

    def _pieces(self, entry: Entry | None) -> list[_Piece]:
        """The layers of a listed manifest that hold evidence."""
        if entry is None:
            return [_Piece(ref=f"{self.where}: a line that names nothing")]
        ref = f"{self.where}@{entry.digest}"
        data = self._content("manifests", entry.digest, MAX_DOCUMENT)
        try:
            layers = parse_layers(data, where=ref)
        except MalformedInput:
            return [_Piece(ref=ref)]
        if len(layers) > _MAX_LAYERS:
            raise self._listing.flooded(ref, f"at most {_MAX_LAYERS:,} layers")
        wanted = [layer for layer in layers if layer and is_evidence(layer.media_type)]
        if not wanted and is_evidence(entry.artifact_type):
            wanted = [layer for layer in layers if layer][:1]  # what it is stands on the manifest alone
            return [_Piece(ref=ref, layer=layer) for layer in wanted] or [_Piece(ref=ref)]
        return [_Piece(ref=ref, layer=layer) for layer in wanted]

    def _older(self, tag: str) -> list[_Piece]:
        """The layers of an image of cosign's older layouts."""
        ref = f"{self.where}:{tag}"
        with self._client.request(f"manifests/{tag}", accept=_ANY_MANIFEST) as response:
            if response.status != 200:
                return []
            data = response.read(MAX_DOCUMENT)
        try:
            layers = parse_layers(data, where=ref)
        except MalformedInput:
            return [_Piece(ref=ref)]
        if len(layers) > _MAX_LAYERS:
            raise self._listing.flooded(ref, f"at most {_MAX_LAYERS:,} layers")
        return [_Piece(ref=f"{ref}@{layer.digest}" if layer else ref, layer=layer, legacy=True) for layer in layers]

    def _stored(self, piece: _Piece) -> Stored | None:
        if piece.layer is None:
            return Stored(ref=piece.ref, data=b"")
        data = self._content("blobs", piece.layer.digest, MAX_ENVELOPE)
        if not piece.legacy:
            return Stored(ref=piece.ref, data=data, name=name_of(piece.layer))
        converted = cosign.from_layer(piece.layer.media_type, data, piece.layer.annotations)
        return Stored(ref=piece.ref, data=converted) if converted is not None else None

    def _content(self, kind: str, digest: Digest, most: int) -> bytes:
        """Content by digest; empty when it is larger than any evidence."""
        where = f"{self.where}: {kind.removesuffix('s')} {digest}"
        accept = _ANY_MANIFEST if kind == "manifests" else "*/*"
        with self._client.request(f"{kind}/{digest}", accept=accept, blob=kind == "blobs") as response:
            if response.status != 200:
                raise ToolFailed(
                    "the registry lists evidence and does not have it",
                    code="STORE_INCOMPLETE",
                    where=where,
                    hint="put the evidence again, or copy it from another store (`supplychain store copy`)",
                )
            data = response.read(most)
        if len(data) > most:
            return b""
        found = hashlib.new(digest.algorithm, data).hexdigest()
        if found != digest.hex:
            raise ToolFailed(
                "the registry sends something else than it was asked for",
                code="STORE_CORRUPT",
                where=where,
                expected=str(digest),
                found=f"{digest.algorithm}:{found}",
                hint="try again; if it stays so, put the evidence again and find out who changed it",
            )
        return data

    # listing

    def _tags(self) -> Iterator[str]:
        for number, tag in enumerate(self._listing.tags()):
            if number >= MAX_TAGS:
                raise self._listing.flooded("tags", f"at most {MAX_TAGS:,} tags")
            yield tag

    def _stands_for(self, tag: str) -> Digest | None:
        """What a tag of no known form may be about: the subject its manifest names, or the tagged image itself."""
        with self._client.request(f"manifests/{tag}", accept=_ANY_MANIFEST) as response:
            data = response.read(MAX_DOCUMENT) if response.status == 200 else b""
        with suppress(MalformedInput):
            return subject_of(data) or Digest.of_bytes(data) if data else None
        return None


def _close(*clients: RegistryClient) -> None:
    for client in clients:
        client.close()


def _each(work: Callable[[_A], _B], items: Iterable[_A]) -> Iterator[_B]:
    """Do something for each item, in order, a few at the same time and never many ahead of whoever uses the results."""
    waiting = iter(items)
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="store") as pool:
        while batch := list(islice(waiting, 2 * _AT_ONCE)):
            yield from pool.map(work, batch) if len(batch) > 1 else map(work, batch)

"""Attestations beside an image in an OCI layout, as `cosign save` writes it: manifests whose layers are DSSE envelopes.

The index is not signed and proves nothing: every blob is checked against the digest that names it, every envelope is
verified like any other. Reading is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.sigstore.formats import cosign_bundle

ENVELOPE = "application/vnd.dsse.envelope.v1+json"
ATTESTATIONS = "dev.cosignproject.cosign/atts"
MAX_ITEMS = 1000


def bundles_in_layout(index: bytes, read: Callable[[Digest], bytes], *, where: str) -> tuple[SigstoreBundle, ...]:
    """The attestations in a layout.

    Args:
        index: Content of `index.json`.
        read: Reads a blob; its digest is checked here.
        where: Name of the layout.

    Raises:
        MalformedInput: `NOT_A_LAYOUT`: there are none, or a blob is not what its digest says.
    """
    found: list[SigstoreBundle] = []
    for manifest in _objects(parse_json_object(index, where=where), "manifests", where):
        if _object(manifest, "annotations").get("kind") != ATTESTATIONS:
            continue
        body = parse_json_object(_blob(manifest, read, where), where=where)
        found += [
            cosign_bundle(_blob(layer, read, where), _texts(layer), where=where)
            for layer in _objects(body, "layers", where)
            if layer.get("mediaType") == ENVELOPE
        ]
    if not found:
        raise _malformed("the layout holds no attestations", where)
    return tuple(found)


def _blob(descriptor: Mapping[str, Any], read: Callable[[Digest], bytes], where: str) -> bytes:
    digest = Digest.parse(str(descriptor.get("digest")), where=where)
    data = read(digest)
    if digest.algorithm != "sha256" or Digest.of_bytes(data) != digest:
        raise _malformed(f"a blob is not what its digest says: {digest}", where)
    return data


def _texts(layer: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in _object(layer, "annotations").items() if isinstance(value, str)}


def _objects(body: Mapping[str, Any], name: str, where: str) -> list[dict[str, Any]]:
    items = body.get(name)
    if not isinstance(items, list) or len(items) > MAX_ITEMS or not all(isinstance(item, dict) for item in items):
        raise _malformed(f"{name} is no list of objects", where)
    return items


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _malformed(message: str, where: str) -> MalformedInput:
    return MalformedInput(
        message, code="NOT_A_LAYOUT", where=where, expected="an OCI layout with cosign's attestations"
    )

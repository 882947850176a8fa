"""How evidence lies in a registry (OCI image-spec 1.1, "Guidelines for Artifact Usage"; cosign's bundle specification).

An envelope is a blob; a manifest with `subject` ties it to what it is about. A document is a blob; a tagged manifest
keeps it from being collected as garbage. Same content, same bytes: no clock, no chance goes into a manifest.
Everything read here was written by anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import MAX_DOCUMENT
from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import BUNDLE_TYPE, Envelope
from supplychain.statement.statement import Statement
from supplychain.store.interface import NAME

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
ENVELOPE = "application/vnd.dsse.envelope.v1+json"
DOCUMENT = "application/vnd.supplychain.document.v1"
OCTETS = "application/octet-stream"
EMPTY_TYPE, EMPTY = "application/vnd.oci.empty.v1+json", b"{}"
KINDS = (BUNDLE_TYPE, ENVELOPE)
"""Artifact types that a registry is asked for."""
TITLE = "org.opencontainers.image.title"
SUFFIX = ".sigstore.json"
_SAYS_NOTHING = ("", EMPTY_TYPE, "application/vnd.oci.image.config.v1+json")
"""Artifact types that stand where a registry looked at the configuration alone."""
_EVIDENCE = re.compile(
    r"application/vnd\.dev\.sigstore\.bundle(?:\.v0\.\d+)?\+json(?:;version=0\.\d+)?"
    r"|application/vnd\.dsse\.envelope\.v1\+json"
)
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of an index, or a layer of a manifest, as somebody wrote it."""

    digest: Digest
    media_type: str
    artifact_type: str
    annotations: Mapping[str, str]

    @property
    def may_be_evidence(self) -> bool:
        """Whether it says it is evidence, or does not say what it is."""
        return self.artifact_type in _SAYS_NOTHING or is_evidence(self.artifact_type)


def is_evidence(media_type: str) -> bool:
    """Whether a media type is that of a Sigstore bundle or a DSSE envelope."""
    return _EVIDENCE.fullmatch(media_type) is not None


def evidence_manifest(subject: Mapping[str, Any], name: str, envelope: bytes) -> bytes:
    """The manifest of an envelope, as cosign 3 and GitHub write it; the time is the statement's own.

    Args:
        subject: Descriptor of what the envelope is about.
        name: What the envelope is called.
        envelope: A Sigstore bundle, or a bare DSSE envelope.
    """
    media_type, facts = _facts(envelope)
    layer = {**_descriptor(media_type, envelope), "annotations": {TITLE: f"{name}{SUFFIX}"}}
    return _manifest(media_type, layer, {"subject": dict(subject), "annotations": facts})


def document_manifest(data: bytes) -> bytes:
    """The manifest that keeps a document."""
    return _manifest(DOCUMENT, _descriptor(OCTETS, data), {})


def index_of(entries: list[dict[str, Any]]) -> bytes:
    """The index behind a fallback tag (distribution-spec 1.1, "Referrers Tag Schema")."""
    return canonical_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": entries})


def line_of(manifest: bytes) -> dict[str, Any]:
    """The line of an index for a manifest: its descriptor, with artifact type and annotations.

    Raises:
        MalformedInput: It is no manifest.
    """
    body = parse_json_object(manifest, where="a manifest", max_bytes=MAX_DOCUMENT)
    config = body.get("config")
    kind = body.get("artifactType") or (config.get("mediaType") if isinstance(config, dict) else None)
    line = {**_descriptor(str(body.get("mediaType") or MANIFEST), manifest), "artifactType": str(kind or "")}
    notes = _texts(body.get("annotations"))
    return {**line, "annotations": notes} if notes else line


def parse_index(data: bytes, *, where: str) -> tuple[list[Any], tuple[Entry | None, ...]]:
    """The lines of an index as they stand, and what each says; None for a line that is no descriptor.

    Raises:
        MalformedInput: It is no index.
    """
    body = parse_json_object(data, where=where, max_bytes=MAX_DOCUMENT)
    lines = _listed(body, "manifests")
    if not isinstance(lines, list):
        raise MalformedInput("not an index", code="NOT_AN_INDEX", where=where, expected='{"manifests": […]}')
    return lines, tuple(map(_entry, lines))


def parse_layers(data: bytes, *, where: str) -> tuple[Entry | None, ...]:
    """The layers of a manifest; None for one that is no descriptor. Raises MalformedInput: it is no manifest."""
    body = parse_json_object(data, where=where, max_bytes=MAX_DOCUMENT)
    layers = _listed(body, "layers" if "layers" in body else "blobs")
    if not isinstance(layers, list):
        raise MalformedInput("not a manifest", code="NOT_A_MANIFEST", where=where, expected='{"layers": […]}')
    return tuple(map(_entry, layers))


def subject_of(manifest: bytes) -> Digest | None:
    """What a manifest says it is about."""
    try:
        subject = parse_json_object(manifest, where="a manifest", max_bytes=MAX_DOCUMENT).get("subject")
        return Digest.parse(str(subject.get("digest"))) if isinstance(subject, dict) else None
    except MalformedInput:
        return None


def name_of(layer: Entry) -> str:
    """What an envelope was called when it was put; empty when nobody says, or says nonsense."""
    name = layer.annotations.get(TITLE, "").removesuffix(SUFFIX)
    return name if NAME.fullmatch(name) else ""


def _manifest(kind: str, layer: Mapping[str, Any], more: Mapping[str, Any]) -> bytes:
    body = {
        "schemaVersion": 2,
        "mediaType": MANIFEST,
        "artifactType": kind,
        "config": _descriptor(EMPTY_TYPE, EMPTY),
        "layers": [layer],
    }
    return canonical_json({**body, **{name: value for name, value in more.items() if value}})


def _descriptor(media_type: str, data: bytes) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": str(Digest.of_bytes(data)), "size": len(data)}


def _facts(envelope: bytes) -> tuple[str, dict[str, str]]:
    """Media type of an envelope, and what its own statement says for those who list it."""
    try:
        read = Envelope.parse(envelope, where="the envelope")
    except MalformedInput:
        return BUNDLE_TYPE, {}
    media_type = ENVELOPE if read.material is None else BUNDLE_TYPE
    notes = {"dev.sigstore.bundle.content": "dsse-envelope"} if read.material is not None else {}
    try:
        statement = Statement.parse(read.payload, where="the envelope")
    except MalformedInput:
        return media_type, notes
    notes["dev.sigstore.bundle.predicateType"] = statement.predicate_type
    created = _time_of(statement.predicate)
    return media_type, {**notes, "org.opencontainers.image.created": created} if created else notes


def _time_of(predicate: Mapping[str, Any]) -> str:
    """When a statement says it was made, by the fields that the predicates we write have for it."""
    places = (
        ("timeVerified",), ("time",), ("metadata", "scanFinishedOn"), ("runDetails", "metadata", "finishedOn"),
        ("references", "annotations", "created"), ("created",), ("Timestamp",),
    )  # fmt: skip
    for place in places:
        value: Any = predicate
        for name in place:
            value = value.get(name) if isinstance(value, dict) else None
            value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str) and _TIME.fullmatch(value):
            return value
    return ""


def _entry(value: object) -> Entry | None:
    if not isinstance(value, dict):
        return None
    try:
        digest = Digest.parse(str(value.get("digest")))
    except MalformedInput:
        return None
    media_type, kind = value.get("mediaType"), value.get("artifactType")
    return Entry(
        digest=digest,
        media_type=media_type if isinstance(media_type, str) else "",
        artifact_type=kind if isinstance(kind, str) else "",
        annotations=_texts(value.get("annotations")),
    )


def _listed(body: Mapping[str, Any], name: str) -> object:
    """A list that should stand there; Go writes an empty one as null, or not at all."""
    value = body.get(name)
    return [] if value is None else value


def _texts(value: object) -> dict[str, str]:
    return {k: v for k, v in value.items() if isinstance(v, str)} if isinstance(value, dict) else {}

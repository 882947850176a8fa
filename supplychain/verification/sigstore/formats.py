"""The wrappings in which real evidence arrives, opened into Sigstore bundles. Nothing here is verified.

- a Sigstore bundle, or several as JSON lines (slsa-github-generator, GitHub's `attestation download`);
- npm's and GitHub's attestation lists: `{"attestations": [{"bundle": …}]}`;
- a bare DSSE envelope whose signature carries its certificate (slsa-github-generator before bundles);
- the Python package index's attestations and provenance (PEP 740, `pypi`);
- cosign's OCI layers: an envelope, with certificate and log entry in the annotations.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import Envelope
from supplychain.signing.sigstore_bundle import MAX_BUNDLE, LogEntry, SigstoreBundle
from supplychain.verification.sigstore.pypi import is_pypi, pypi_bundles

MAX_BUNDLES = 1000
COSIGN_CERTIFICATE = "dev.sigstore.cosign/certificate"
COSIGN_BUNDLE = "dev.sigstore.cosign/bundle"


def parse_bundles(data: bytes, *, where: str) -> tuple[SigstoreBundle, ...]:
    """Open a file of evidence into the bundles it holds, in order.

    A bare envelope without a certificate is a bundle of version `dsse` signed by a managed key.

    Raises:
        MalformedInput: It holds none of the known forms, or one of its parts is malformed.
    """
    try:
        return _document(parse_json_object(data, where=where, max_bytes=MAX_BUNDLE), where)
    except MalformedInput as error:
        lines = [line for line in data.splitlines() if line.strip()]
        if error.code != "NOT_JSON" or not 2 <= len(lines) <= MAX_BUNDLES:
            raise
        return _lines(lines, error, where)


def _lines(lines: Sequence[bytes], error: MalformedInput, where: str) -> tuple[SigstoreBundle, ...]:
    """The bundles in JSON lines; a line that is no evidence is passed over (in-toto's bundle), unless none is any."""
    found: list[SigstoreBundle] = []
    first: MalformedInput | None = None
    for number, line in enumerate(lines, 1):
        try:
            found += _document(parse_json_object(line, where=f"{where}:{number}", max_bytes=MAX_BUNDLE), where)
        except MalformedInput as refused:
            first = first or refused
    if not found:
        raise (error if first is None or first.code == "NOT_JSON" else first) from None
    return tuple(found)


def cosign_bundle(envelope: bytes, annotations: Mapping[str, str], *, where: str) -> SigstoreBundle:
    """A bundle from a layer of cosign's OCI layout: the envelope, and what stands in the layer's annotations.

    Raises:
        MalformedInput: `NOT_A_BUNDLE`, `NOT_AN_ENVELOPE` and others.
    """
    certificate = annotations.get(COSIGN_CERTIFICATE)
    entries: tuple[LogEntry, ...] = ()
    if COSIGN_BUNDLE in annotations:
        entries = (_cosign_entry(annotations[COSIGN_BUNDLE], f"{where}: {COSIGN_BUNDLE}"),)
    return SigstoreBundle(
        version="cosign",
        certificate=_pem(certificate, where) if certificate else None,
        entries=entries,
        envelope=Envelope.parse(envelope, where=where),
    )


def _document(body: dict[str, Any], where: str) -> tuple[SigstoreBundle, ...]:
    if "attestations" in body:
        items = body["attestations"]
        if not isinstance(items, list) or not 1 <= len(items) <= MAX_BUNDLES:
            raise _malformed("the list of attestations is empty, too long or no list", where, type(items).__name__)
        bundles = [item.get("bundle") if isinstance(item, dict) else None for item in items]
        return tuple(
            SigstoreBundle.from_json(bundle, where=f"{where}: attestations[{n}]") for n, bundle in enumerate(bundles)
        )
    if is_pypi(body):
        try:
            given = pypi_bundles(body)
        except ValueError as error:
            raise _malformed("not an attestation of the package index", where, str(error)) from None
        return tuple(SigstoreBundle.from_json(one, where=f"{where}: {n}") for n, one in enumerate(given))
    if "payloadType" in body and "mediaType" not in body:
        return (_bare(body, where),)
    return (SigstoreBundle.from_json(body, where=where),)


def _bare(body: dict[str, Any], where: str) -> SigstoreBundle:
    envelope = Envelope.parse(canonical_json(body), where=where)
    signatures = body.get("signatures")
    first = signatures[0] if isinstance(signatures, list) and signatures and isinstance(signatures[0], dict) else {}
    certificate = first.get("cert")
    return SigstoreBundle(
        version="dsse",
        certificate=_pem(certificate, where) if certificate else None,
        key_hint=None if certificate else str(first.get("keyid", "")),
        envelope=envelope,
    )


def _cosign_entry(text: str, where: str) -> LogEntry:
    body = parse_json_object(text.encode("utf-8"), where=where)
    payload = body.get("Payload")
    if not isinstance(payload, dict):
        raise _malformed("the log entry has no payload", where, repr(payload)[:40])
    try:
        raw = base64.b64decode(str(payload["body"]).encode(), validate=True)
        kind = parse_json_object(raw, where=where)
        return LogEntry(
            log_index=_number(payload["logIndex"]),
            log_id=bytes.fromhex(str(payload["logID"])),
            kind=str(kind.get("kind")),
            version=str(kind.get("apiVersion")),
            integrated_time=_number(payload["integratedTime"]),
            promise=base64.b64decode(str(body["SignedEntryTimestamp"]).encode(), validate=True),
            proof=None,
            body=raw,
        )
    except (KeyError, ValueError, binascii.Error) as error:
        raise _malformed("the log entry cannot be read", where, str(error)) from None


def _number(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 63:
        raise ValueError(f"{value!r} counts nothing")
    return value


def _pem(text: object, where: str) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        certificates = x509.load_pem_x509_certificates(str(text).encode())
        return certificates[0].public_bytes(Encoding.DER)
    except (ValueError, IndexError):
        raise _malformed("the certificate of the signature is no PEM", where, str(text)[:40]) from None


def _malformed(message: str, where: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="NOT_A_BUNDLE", where=where, found=found[:120])

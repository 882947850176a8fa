"""What cosign left in registries before bundles: images tagged `sha256-<hex>.att` and `sha256-<hex>.sig`.

ATTESTATION_SPEC and SIGNATURE_SPEC (https://github.com/sigstore/cosign/tree/main/specs): a layer is a DSSE envelope,
or the payload of a signature; certificate, log entry and timestamp stand in its annotations. Here they become what
envelope and bundle readers read: a bundle v0.1 where there is more than a signature. Nothing is verified, and what
cannot be converted is handed on as it is, for verification to refuse. `sha256-<hex>.sbom` holds an unsigned document,
which is no evidence.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from supplychain.encoding import parse_json_object, pretty_json
from supplychain.errors import MalformedInput

ENVELOPE = "application/vnd.dsse.envelope.v1+json"
SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json"
TAGS = (".att", ".sig")
"""Endings of the tags."""
_SIGNATURE = "dev.cosignproject.cosign/signature"
_CERTIFICATE = "dev.sigstore.cosign/certificate"
_CHAIN = "dev.sigstore.cosign/chain"
_LOG = "dev.sigstore.cosign/bundle"
_TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp"
_BUNDLE = "application/vnd.dev.sigstore.bundle+json;version=0.1"


def from_layer(media_type: str, data: bytes, annotations: Mapping[str, str]) -> bytes | None:
    """A layer of cosign's older layouts as evidence; None for a layer that is neither envelope nor signature.

    A signature over an image is no statement: it comes back as an envelope whose payload type says so.
    """
    if media_type == SIMPLE_SIGNING:
        signed = {"keyid": "", "sig": annotations.get(_SIGNATURE, "")}
        body = {"payload": _base64(data), "payloadType": SIMPLE_SIGNING, "signatures": [signed]}
        return pretty_json(body)
    if media_type != ENVELOPE:
        return None
    try:
        material = _material(annotations)
        envelope = parse_json_object(data, where="a layer", max_bytes=len(data) + 1) if material else {}
    except (MalformedInput, ValueError, KeyError, TypeError, binascii.Error):
        return data
    if not material:
        return data
    return pretty_json({"mediaType": _BUNDLE, "verificationMaterial": material, "dsseEnvelope": envelope})


def _material(annotations: Mapping[str, str]) -> dict[str, Any]:
    """What a bundle says beside its envelope; empty when the layer has a signature only."""
    certificate, log, stamp = (annotations.get(name) for name in (_CERTIFICATE, _LOG, _TIMESTAMP))
    if not (certificate or log or stamp):
        return {}
    material: dict[str, Any] = {"publicKey": {"hint": ""}}
    if certificate:
        chain = _certificates(certificate)[:1] + _certificates(annotations.get(_CHAIN, ""))
        material = {"x509CertificateChain": {"certificates": [{"rawBytes": _base64(der)} for der in chain]}}
    material["tlogEntries"] = [_log_entry(log)] if log else []
    if stamp:
        answer = parse_json_object(stamp.encode(), where="a timestamp")["SignedRFC3161Timestamp"]
        material["timestampVerificationData"] = {"rfc3161Timestamps": [{"signedTimestamp": str(answer)}]}
    return material


def _log_entry(text: str) -> dict[str, Any]:
    body = parse_json_object(text.encode(), where="a log entry")
    payload = body["Payload"]
    kind = parse_json_object(base64.b64decode(payload["body"], validate=True), where="a log entry")
    return {
        "logIndex": str(payload["logIndex"]),
        "logId": {"keyId": _base64(bytes.fromhex(payload["logID"]))},
        "kindVersion": {"kind": str(kind["kind"]), "version": str(kind["apiVersion"])},
        "integratedTime": str(payload["integratedTime"]),
        "inclusionPromise": {"signedEntryTimestamp": str(body["SignedEntryTimestamp"])},
        "canonicalizedBody": str(payload["body"]),
    }


def _certificates(pem: str) -> list[bytes]:
    """DER of the certificates in a PEM text; taken apart, not understood."""
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    blocks = [part.partition(end)[0] for part in pem.split(begin)[1:33]]
    return [base64.b64decode("".join(block.split()), validate=True) for block in blocks]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")

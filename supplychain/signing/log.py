"""Rekor: putting a signature into a transparency log, version 1 and 2.

Implements `POST /api/v1/log/entries` (https://github.com/sigstore/rekor/blob/main/openapi.yaml) with entries of kind
`dsse` 0.0.1 for an envelope and `hashedrekord` 0.0.1 for an artifact; and `POST /api/v2/log/entries`
(https://github.com/sigstore/rekor-tiles/blob/main/CLIENTS.md) with `hashedrekord` 0.0.2, for an envelope over its
pre-authentication encoding. To append twice is to append once: v1 answers that it has
the entry, which is then fetched; v2 answers with the entry it has. Whether what the log says holds is not asked here;
that is verification, and `witnessed` has it done.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, UsageError
from supplychain.signing.blob import Blob
from supplychain.signing.envelope import Envelope
from supplychain.signing.service import MAX_ANSWER, Answer, Service, text_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

_VERSIONED = re.compile(r"(.*)/api/v([12])")
_ENTRY = re.compile(r"/api/v1/log/entries/[0-9a-f]{64,80}")
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A transparency log at an address."""

    service: Service
    version: int
    """1 or 2: the version of its interface."""

    @staticmethod
    def at(url: str) -> Log:
        """A log at an address; one that ends in `/api/v2` speaks version 2. Raises UsageError as `Service.at`."""
        match = _VERSIONED.fullmatch(url.rstrip("/"))
        base, version = match.groups() if match else (url, "1")
        return Log(service=Service.at("LOG", "the transparency log", base), version=int(version))

    @property
    def url(self) -> str:
        """The address, with the version."""
        return f"{self.service.url}/api/v{self.version}"

    def append(self, signed: Envelope | Blob, pem: str) -> dict[str, Any]:
        """Append an envelope with one signature, or a signature over an artifact.

        Args:
            signed: What was signed.
            pem: Public key or certificate of the signer.

        Returns:
            The entry as a Sigstore bundle carries it, unverified.

        Raises:
            ToolFailed: `LOG_…`, see `service`.
            UsageError: `LOG_KEY`: this log takes no signatures by such a key.
        """
        try:
            return self._append_1(signed, pem) if self.version == 1 else self._append_2(signed, pem)
        except (MalformedInput, KeyError, TypeError, ValueError) as error:
            raise self.service.failed("ANSWER", str(error), expected="a log entry") from None

    def _append_1(self, signed: Envelope | Blob, pem: str) -> dict[str, Any]:
        proposed = _dsse_1(signed, pem) if isinstance(signed, Envelope) else _hashedrekord_1(signed, pem)
        answer = self._post("/api/v1/log/entries", proposed)
        if answer.status == 409:  # it is there already
            if not _ENTRY.fullmatch(answer.location):
                raise self.service.failed("ANSWER", f"it has the entry, and names no place: {answer.location[:100]}")
            answer = self.service.send("GET", answer.location, None, _JSON)
        self._expect(answer)
        return entry_of_v1(parse_json_object(answer.body, where=self.url, max_bytes=MAX_ANSWER))

    def _append_2(self, signed: Envelope | Blob, pem: str) -> dict[str, Any]:
        verifier, algorithm = _verifier_2(pem)
        if isinstance(signed, Envelope):
            signature, digest = signed.signatures[0].sig, hashlib.new(algorithm, signed.pae()).digest()
        else:
            signature, digest = signed.signature, signed.digest
        request = {"digest": _encode(digest), "signature": {"content": _encode(signature), "verifier": verifier}}
        answer = self._post("/api/v2/log/entries", {"hashedRekordRequestV002": request})
        self._expect(answer)
        return parse_json_object(answer.body, where=self.url, max_bytes=MAX_ANSWER)

    def _post(self, path: str, body: object) -> Answer:
        return self.service.send("POST", path, json.dumps(body).encode(), _JSON)

    def _expect(self, answer: Answer) -> None:
        if answer.status not in (200, 201):
            raise self.service.failed(
                "REFUSED",
                f"status {answer.status}: {text_of(answer)}",
                hint="does this log take such keys and entries?",
            )


def entry_of_v1(body: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a Rekor v1 answer (`{uuid: entry}`) as a bundle carries it.

    Raises:
        KeyError, TypeError, ValueError, MalformedInput: It is none.
    """
    (entry,) = body.values()
    inside = parse_json_object(base64.b64decode(entry["body"], validate=True), where="log entry")
    proof = entry["verification"]["inclusionProof"]
    return {
        "logIndex": str(entry["logIndex"]),
        "logId": {"keyId": _from_hex(entry["logID"])},
        "kindVersion": {"kind": inside["kind"], "version": inside["apiVersion"]},
        "integratedTime": str(entry["integratedTime"]),
        "inclusionPromise": {"signedEntryTimestamp": entry["verification"]["signedEntryTimestamp"]},
        "inclusionProof": {
            "logIndex": str(proof["logIndex"]),
            "rootHash": _from_hex(proof["rootHash"]),
            "treeSize": str(proof["treeSize"]),
            "hashes": [_from_hex(item) for item in proof["hashes"]],
            "checkpoint": {"envelope": proof["checkpoint"]},
        },
        "canonicalizedBody": entry["body"],
    }


def without_promise(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its proof alone: for one that was made after the certificate had ended.

    The log's time would then lie outside of the certificate's period. The timestamp says when it was signed, and the
    proof that the log has it.
    """
    return {name: value for name, value in entry.items() if name not in ("inclusionPromise", "integratedTime")}


def _dsse_1(envelope: Envelope, pem: str) -> dict[str, Any]:
    """An envelope without key ids, however it was kept: the log tells entries apart by the digest of this text."""
    body = {**envelope.to_json(), "signatures": [{"sig": _encode(one.sig)} for one in envelope.signatures]}
    content = {"envelope": json.dumps(body), "verifiers": [_encode(pem.encode())]}
    return {"apiVersion": "0.0.1", "kind": "dsse", "spec": {"proposedContent": content}}


def _hashedrekord_1(blob: Blob, pem: str) -> dict[str, Any]:
    signature = {"content": _encode(blob.signature), "publicKey": {"content": _encode(pem.encode())}}
    data = {"hash": {"algorithm": blob.algorithm, "value": blob.digest.hex()}}
    return {"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": {"data": data, "signature": signature}}


def _verifier_2(pem: str) -> tuple[dict[str, Any], str]:
    """The `Verifier` of Rekor v2 for a key or certificate, and the hash it signs with."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

    if "BEGIN CERTIFICATE" in pem:
        certificate = x509.load_pem_x509_certificate(pem.encode())
        key: PublicKeyTypes = certificate.public_key()
        who = {"x509Certificate": {"rawBytes": _encode(certificate.public_bytes(Encoding.DER))}}
    else:
        key = load_pem_public_key(pem.encode())
        who = {"publicKey": {"rawBytes": _encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}}
    details, algorithm = _details(key)
    return {**who, "keyDetails": details}, algorithm


def _details(key: PublicKeyTypes) -> tuple[str, str]:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1":
        return "PKIX_ECDSA_P256_SHA_256", "sha256"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp384r1":
        return "PKIX_ECDSA_P384_SHA_384", "sha384"
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in (2048, 3072, 4096):
        return f"PKIX_RSA_PSS_{key.key_size}_SHA256", "sha256"
    raise UsageError(
        "a log of version 2 takes no signatures over envelopes by such a key",
        code="LOG_KEY",
        expected="ECDSA P-256 or P-384, or RSA of 2048, 3072 or 4096 bits",
        found=type(key).__name__.strip("_"),
        hint="sign with another key, or leave out the log",
    )


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_hex(text: str) -> str:
    return _encode(bytes.fromhex(text))

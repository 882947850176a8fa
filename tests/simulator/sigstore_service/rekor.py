"""Rekor v1 and v2: takes an entry only if its signature holds, keeps it in a Merkle tree, and proves that it does."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from supplychain.signing.envelope import Envelope
from supplychain.verification.sigstore.keys import DETAILS, accepts, accepts_digest
from supplychain.verification.sigstore.merkle import leaf_hash, node_hash
from tests.conformance.forge import Instance, b64, sign
from tests.simulator.sigstore_service.authority import Refused


class Tree:
    """A Merkle tree that grows (RFC 6962 section 2.1)."""

    def __init__(self) -> None:
        self.leaves: list[bytes] = []

    def root(self, begin: int = 0, end: int | None = None) -> bytes:
        end = len(self.leaves) if end is None else end
        if end - begin == 1:
            return self.leaves[begin]
        middle = begin + _half(end - begin)
        return node_hash(self.root(begin, middle), self.root(middle, end))

    def path(self, index: int, begin: int = 0, end: int | None = None) -> list[bytes]:
        end = len(self.leaves) if end is None else end
        if end - begin == 1:
            return []
        middle = begin + _half(end - begin)
        if index < middle:
            return [*self.path(index, begin, middle), self.root(middle, end)]
        return [*self.path(index, middle, end), self.root(begin, middle)]


def _half(size: int) -> int:
    """The largest power of two below a size."""
    return 1 << (size - 1).bit_length() - 1


class Rekor:
    """One log; version 1 or 2."""

    def __init__(self, instance: Instance, *, version: int) -> None:
        self.instance = instance
        self.version = version
        self.tree = Tree()
        self.bodies: list[bytes] = []
        self.times: list[int] = []
        self.change: dict[str, Any] = {}
        """Defects: `root` (another root hash), `key` (signs the checkpoint)."""
        for number in range(6):  # others have used this log before
            self._keep(b"an older entry %d" % number)

    def create(self, body: dict[str, Any]) -> tuple[bool, int]:
        """Take an entry in; tell whether it is new, and its index."""
        raw = json.dumps(self._canonical(body), sort_keys=True, separators=(",", ":")).encode()
        if raw in self.bodies:
            return False, self.bodies.index(raw)
        return True, self._keep(raw)

    def entry_1(self, index: int) -> dict[str, Any]:
        """An entry as Rekor v1 answers."""
        raw, log_id = self.bodies[index], self.instance.log_id.hex()
        promise = {"body": b64(raw), "integratedTime": self.times[index], "logID": log_id, "logIndex": index}
        text = json.dumps(promise, sort_keys=True, separators=(",", ":")).encode()
        proof = {
            "logIndex": index,
            "rootHash": self._root().hex(),
            "treeSize": len(self.bodies),
            "hashes": [one.hex() for one in self.tree.path(index)],
            "checkpoint": self._checkpoint(),
        }
        verification = {"inclusionProof": proof, "signedEntryTimestamp": b64(sign(self.instance.log_key, text))}
        return {self.uuid(index): {**promise, "verification": verification}}

    def entry_2(self, index: int) -> dict[str, Any]:
        """An entry as Rekor v2 answers: what a bundle carries."""
        kind = json.loads(self.bodies[index])
        return {
            "logIndex": str(index),
            "logId": {"keyId": b64(self.instance.log2_id)},
            "kindVersion": {"kind": kind["kind"], "version": kind["apiVersion"]},
            "inclusionProof": {
                "logIndex": str(index),
                "rootHash": b64(self._root()),
                "treeSize": str(len(self.bodies)),
                "hashes": [b64(one) for one in self.tree.path(index)],
                "checkpoint": {"envelope": self._checkpoint()},
            },
            "canonicalizedBody": b64(self.bodies[index]),
        }

    def uuid(self, index: int) -> str:
        """Rekor v1's name of an entry: tree id and leaf hash."""
        return f"{123:016x}" + leaf_hash(self.bodies[index]).hex()

    def index_of(self, uuid: str) -> int | None:
        """The entry of a name."""
        return next((i for i in range(len(self.bodies)) if self.uuid(i) == uuid), None)

    def _keep(self, raw: bytes) -> int:
        self.bodies.append(raw)
        self.times.append(int(datetime.now(UTC).timestamp()))
        self.tree.leaves.append(leaf_hash(raw))
        return len(self.bodies) - 1

    def _root(self) -> bytes:
        return self.change.get("root", self.tree.root())

    def _checkpoint(self) -> str:
        v2 = self.version == 2
        return self.instance.checkpoint(self._root(), len(self.bodies), v2=v2, key=self.change.get("key"))

    def _canonical(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            if self.version == 2:
                return _hashedrekord_2(body["hashedRekordRequestV002"])
            kinds = {"dsse": _dsse_1, "hashedrekord": _hashedrekord_1}
            return kinds[body["kind"]](body["spec"])
        except (KeyError, ValueError, TypeError) as error:
            raise Refused(400, f"error processing entry: {error!r}") from error


def _dsse_1(spec: dict[str, Any]) -> dict[str, Any]:
    text = spec["proposedContent"]["envelope"]
    (verifier,) = spec["proposedContent"]["verifiers"]
    envelope = Envelope.parse(text.encode(), where="proposed entry")
    if not accepts(_key_of(base64.b64decode(verifier)), envelope.signatures[0].sig, envelope.pae()):
        raise Refused(400, "could not verify envelope")
    sha256 = {"algorithm": "sha256"}
    return {
        "apiVersion": "0.0.1",
        "kind": "dsse",
        "spec": {
            "envelopeHash": {**sha256, "value": hashlib.sha256(text.encode()).hexdigest()},
            "payloadHash": {**sha256, "value": hashlib.sha256(envelope.payload).hexdigest()},
            "signatures": [{"signature": b64(envelope.signatures[0].sig), "verifier": verifier}],
        },
    }


def _hashedrekord_1(spec: dict[str, Any]) -> dict[str, Any]:
    stated = spec["data"]["hash"]
    key = _key_of(base64.b64decode(spec["signature"]["publicKey"]["content"]))
    signature = base64.b64decode(spec["signature"]["content"])
    if not accepts_digest(key, signature, bytes.fromhex(stated["value"]), stated["algorithm"]):
        raise Refused(400, "verifying signature: invalid signature when validating ASN.1 encoded signature")
    return {"apiVersion": "0.0.1", "kind": "hashedrekord", "spec": spec}


def _hashedrekord_2(request: dict[str, Any]) -> dict[str, Any]:
    verifier = request["signature"]["verifier"]
    if "x509Certificate" in verifier:
        key: Any = x509.load_der_x509_certificate(
            base64.b64decode(verifier["x509Certificate"]["rawBytes"])
        ).public_key()
    else:
        key = load_der_public_key(base64.b64decode(verifier["publicKey"]["rawBytes"]))
    algorithm = DETAILS[verifier["keyDetails"]].hash
    digest = base64.b64decode(request["digest"])
    if not accepts_digest(key, base64.b64decode(request["signature"]["content"]), digest, algorithm):
        raise Refused(400, "invalid signature")
    name = {"sha256": "SHA2_256", "sha384": "SHA2_384", "sha512": "SHA2_512"}[algorithm]
    body = {"data": {"algorithm": name, "digest": request["digest"]}, "signature": request["signature"]}
    return {"apiVersion": "0.0.2", "kind": "hashedrekord", "spec": {"hashedRekordV002": body}}


def _key_of(pem: bytes) -> Any:
    if b"CERTIFICATE" in pem:
        return x509.load_pem_x509_certificate(pem).public_key()
    return load_pem_public_key(pem)

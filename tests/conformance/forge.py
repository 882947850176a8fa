"""A small Sigstore instance of our own: authority, certificate log, Rekor v1 and v2, timestamp authority, trusted root.

Every part can be told to misbehave, so that a test names the defect it makes.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from supplychain.verification.sigstore.merkle import leaf_hash, node_hash

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
IDENTITY = "https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v1"
ISSUER = "https://token.actions.githubusercontent.com"
ARTIFACT = b"what was built\n"
PAYLOAD_TYPE = "application/vnd.in-toto+json"
CODE_SIGNING = ExtendedKeyUsageOID.CODE_SIGNING
TIME_STAMPING = ExtendedKeyUsageOID.TIME_STAMPING
LOG_HOST = "log.example.test"


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def spki(key) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def pem(key) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def sign(key, data: bytes, algorithm=None) -> bytes:
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    return key.sign(data, ec.ECDSA(algorithm or hashes.SHA256()))


def statement(artifact: bytes = ARTIFACT) -> bytes:
    subject = {"name": "shop.tar.gz", "digest": {"sha256": hashlib.sha256(artifact).hexdigest()}}
    body = {"_type": "https://in-toto.io/Statement/v1", "subject": [subject], "predicateType": "urn:x", "predicate": {}}
    return json.dumps(body).encode()


def pae(payload: bytes, kind: str = PAYLOAD_TYPE) -> bytes:
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind.encode(), len(payload), payload)


def tlv(tag: int, *parts: bytes) -> bytes:
    """One value in DER."""
    value = b"".join(parts)
    size = (len(value).bit_length() + 7) // 8
    length = bytes([len(value)]) if len(value) < 0x80 else bytes([0x80 | size]) + len(value).to_bytes(size, "big")
    return bytes([tag]) + length + value


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    out = bytearray()
    for arc in (first * 40 + second, *rest):
        digits = [arc & 0x7F]
        while arc := arc >> 7:
            digits.append(arc & 0x7F | 0x80)
        out += bytes(reversed(digits))
    return tlv(0x06, bytes(out))


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def certificate(
    subject: str, key, *, issuer: tuple[x509.Certificate, object] | None = None, ca: bool = True, **options
) -> x509.Certificate:
    """A certificate; without an issuer it signs itself. Options: `start`, `end`, `usage`, `names`, `extra`, `critical`."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)] if subject else [])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0].subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(options.get("serial", 1000 + len(subject)))
        .not_valid_before(options.get("start", NOW - timedelta(days=365)))
        .not_valid_after(options.get("end", NOW + timedelta(days=3650)))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=options.get("path_length") if ca else None), True)
    )
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    above = (issuer[0] if issuer else key).public_key()
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), False)
    if options.get("key_usage", True):
        flags = dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only",
             "decipher_only", "crl_sign"), False,
        )  # fmt: skip
        builder = builder.add_extension(x509.KeyUsage(digital_signature=not ca, key_cert_sign=ca, **flags), True)
    if options.get("usage"):
        critical = options.get("critical", False)
        builder = builder.add_extension(x509.ExtendedKeyUsage(options["usage"]), critical)
    if options.get("names"):
        builder = builder.add_extension(x509.SubjectAlternativeName(options["names"]), True)
    for extension, critical in options.get("extra", ()):
        builder = builder.add_extension(extension, critical)
    signer = issuer[1] if issuer else key
    return builder.sign(signer, None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256())


def fulcio(number: int, text: str) -> tuple[x509.UnrecognizedExtension, bool]:
    raw = tlv(0x0C, text.encode()) if number >= 8 else text.encode()
    return x509.UnrecognizedExtension(ObjectIdentifier(f"1.3.6.1.4.1.57264.1.{number}"), raw), False


@dataclass
class Instance:
    """Everybody's keys, and what they say."""

    root_key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    ca_key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP384R1()))
    ct_key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    log_key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    log2_key: object = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    tsa_key: object = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @cached_property
    def root(self) -> x509.Certificate:
        return certificate("root", self.root_key)

    @cached_property
    def ca(self) -> x509.Certificate:
        return certificate("ca", self.ca_key, issuer=(self.root, self.root_key), usage=[CODE_SIGNING], path_length=0)

    @cached_property
    def tsa(self) -> x509.Certificate:
        above = (self.tsa_root, self.root_key)
        return certificate("tsa", self.tsa_key, issuer=above, ca=False, usage=[TIME_STAMPING], critical=True)

    @cached_property
    def tsa_root(self) -> x509.Certificate:
        return certificate("tsa root", self.root_key)

    @property
    def log_id(self) -> bytes:
        return hashlib.sha256(spki(self.log_key)).digest()

    @property
    def log2_id(self) -> bytes:
        raw = self.log2_key.public_key().public_bytes_raw()
        return hashlib.sha256(LOG_HOST.encode() + b"\n\x01" + raw).digest()

    def trusted_root(self, **changes) -> dict:
        """The root as JSON; a change replaces the period of `tlogs`, `ctlogs`, `certificateAuthorities`, …"""
        always = {"start": "2020-01-01T00:00:00Z"}

        def log(url: str, key, details: str, log_id: bytes, valid: dict) -> dict:
            public = {"rawBytes": b64(spki(key)), "keyDetails": details, "validFor": valid}
            return {"baseUrl": url, "hashAlgorithm": "SHA2_256", "publicKey": public, "logId": {"keyId": b64(log_id)}}

        def authority(url: str, chain: list, valid: dict) -> dict:
            return {
                "subject": {"organization": "example", "commonName": "example"},
                "uri": url,
                "certChain": {"certificates": [{"rawBytes": b64(der(c))} for c in chain]},
                "validFor": valid,
            }

        logs, p256 = changes.get("tlogs", always), "PKIX_ECDSA_P256_SHA_256"
        ct_id = hashlib.sha256(spki(self.ct_key)).digest()
        return {
            "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
            "tlogs": [
                log("https://rekor.example.test", self.log_key, p256, self.log_id, logs),
                log(f"https://{LOG_HOST}", self.log2_key, "PKIX_ED25519", self.log2_id, logs),
            ],
            "ctlogs": [log("https://ct.example.test", self.ct_key, p256, ct_id, changes.get("ctlogs", always))],
            "certificateAuthorities": [
                authority("https://ca.test", [self.ca, self.root], changes.get("certificateAuthorities", always))
            ],
            "timestampAuthorities": [
                authority("https://tsa.test", [self.tsa, self.tsa_root], changes.get("timestampAuthorities", always))
            ],
        }

    def issue(self, key, **options) -> x509.Certificate:
        """A signing certificate with its certificate timestamp. Options as `certificate`, and `ct_key`, `sct_at`."""
        claims = [fulcio(1, ISSUER), fulcio(8, ISSUER), fulcio(12, "https://github.com/example/shop")]
        settings = {
            "start": NOW - timedelta(minutes=1),
            "end": NOW + timedelta(minutes=9),
            "usage": [CODE_SIGNING],
            "names": [x509.UniformResourceIdentifier(IDENTITY)],
            "extra": claims,
            "ca": False,
            **options,
        }
        issuer = (self.ca, options.get("ca_key", self.ca_key))
        plain = certificate("", key, issuer=issuer, **settings)
        if options.get("ct_key", True) is None:
            return plain
        sct = self._sct(plain, options.get("ct_key") or self.ct_key, options.get("sct_at", NOW))
        with_sct = [*settings["extra"], (x509.UnrecognizedExtension(_SCT_LIST, tlv(0x04, sct)), False)]
        return certificate("", key, issuer=issuer, **{**settings, "extra": with_sct})

    def _sct(self, plain: x509.Certificate, key, at: datetime) -> bytes:
        tbs, stamp = plain.tbs_certificate_bytes, int(at.timestamp() * 1000).to_bytes(8, "big")
        hashed = hashlib.sha256(spki(self.ca_key)).digest()
        signed = b"\0\0" + stamp + b"\0\1" + hashed + len(tbs).to_bytes(3, "big") + tbs + b"\0\0"
        signature = sign(key, signed)
        one = (
            b"\0"
            + hashlib.sha256(spki(key)).digest()
            + stamp
            + b"\0\0\4\3"
            + len(signature).to_bytes(2, "big")
            + signature
        )
        return (len(one) + 2).to_bytes(2, "big") + len(one).to_bytes(2, "big") + one

    def timestamp(self, message: bytes, *, at: datetime = NOW, key=None, signer=None, embed: bool = False) -> bytes:
        """An RFC 3161 response."""
        signer, sha256 = signer or self.tsa, tlv(0x30, oid("2.16.840.1.101.3.4.2.1"))
        imprint = tlv(0x30, sha256, tlv(0x04, hashlib.sha256(message).digest()))
        time = tlv(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())
        info = tlv(0x30, integer(1), oid("1.3.6.1.4.1.57264.2"), imprint, integer(7), time)
        named = tlv(0x30, tlv(0x30, tlv(0x30, tlv(0x04, hashlib.sha256(der(signer)).digest()))))
        attributes = b"".join(
            tlv(0x30, oid(name), tlv(0x31, value))
            for name, value in (
                ("1.2.840.113549.1.9.3", oid(_TST_INFO)),
                ("1.2.840.113549.1.9.4", tlv(0x04, hashlib.sha256(info).digest())),
                ("1.2.840.113549.1.9.16.2.47", named),
            )
        )
        who = tlv(0x30, signer.issuer.public_bytes(), integer(signer.serial_number))
        ecdsa = tlv(0x30, oid("1.2.840.10045.4.3.2"))
        signature = tlv(0x04, sign(key or self.tsa_key, tlv(0x31, attributes)))
        signer_info = tlv(0x30, integer(1), who, sha256, tlv(0xA0, attributes), ecdsa, signature)
        content = tlv(0x30, oid(_TST_INFO), tlv(0xA0, tlv(0x04, info)))
        certificates = tlv(0xA0, der(signer)) if embed else b""
        signed = tlv(0x30, integer(3), tlv(0x31, sha256), content, certificates, tlv(0x31, signer_info))
        token = tlv(0x30, oid("1.2.840.113549.1.7.2"), tlv(0xA0, signed))
        return tlv(0x30, tlv(0x30, integer(0)), token)

    def entry(self, kind: str, version: str, body: dict, *, time: datetime | None = NOW, proof: bool = True) -> dict:
        """A log entry of Rekor v1 (with a promise) or, without a time, of Rekor v2."""
        raw = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
        log_id, index = (self.log_id, 4711) if time else (self.log2_id, 2)
        value = {
            "logIndex": str(index),
            "logId": {"keyId": b64(log_id)},
            "kindVersion": {"kind": kind, "version": version},
            "canonicalizedBody": b64(raw),
        }
        if time:
            stamp = int(time.timestamp())
            promise = {"body": b64(raw), "integratedTime": stamp, "logID": log_id.hex(), "logIndex": index}
            text = json.dumps(promise, sort_keys=True, separators=(",", ":")).encode()
            value["integratedTime"] = str(stamp)
            value["inclusionPromise"] = {"signedEntryTimestamp": b64(sign(self.log_key, text))}
        if proof:
            value["inclusionProof"] = self.proof(raw, v2=time is None)
        return value

    def proof(self, raw: bytes, *, v2: bool) -> dict:
        """The entry is leaf 2 of 5: its neighbour, the pair before, and the last leaf lead to the root."""
        leaves = [leaf_hash(b"%d" % number) for number in range(5)]
        pair = node_hash(leaves[0], leaves[1])
        top = node_hash(node_hash(pair, node_hash(leaf_hash(raw), leaves[3])), leaves[4])
        return {
            "logIndex": "2",
            "rootHash": b64(top),
            "treeSize": "5",
            "hashes": [b64(leaves[3]), b64(pair), b64(leaves[4])],
            "checkpoint": {"envelope": self.checkpoint(top, 5, v2=v2)},
        }

    def checkpoint(self, root: bytes, size: int, *, v2: bool, key=None) -> str:
        name = LOG_HOST if v2 else "rekor.example.test"
        text = f"{name if v2 else name + ' - 123'}\n{size}\n{b64(root)}\n"
        signature = sign(key or (self.log2_key if v2 else self.log_key), text.encode())
        hint = (self.log2_id if v2 else self.log_id)[:4]
        return f"{text}\n\u2014 {name} {b64(hint + signature)}\n"


_SCT_LIST = ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2")
_TST_INFO = "1.2.840.113549.1.9.16.1.4"

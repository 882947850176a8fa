"""What every signer is: it signs one statement into one envelope, and says who it is.

Signer ─┬─ KeySigner ─┬─ LocalKey        a key in a file
        │             └─ ServiceKey      a key in a KMS, an HSM or Vault
        ├─ KeylessSigner                 a key that lives for minutes, and a certificate for it
        └─ Witnessed                     any of them, with a timestamp and a log entry beside the signature

Above this station only `Signer` is spoken of: who signs may be a key or a certificate.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from supplychain.signing.envelope import Envelope, Signature, pre_authentication_encoding
from supplychain.signing.identity import PublicKey
from supplychain.statement.statement import PAYLOAD_TYPE, Statement

if TYPE_CHECKING:
    from supplychain.signing.blob import Blob


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A signature, and what a Sigstore bundle says about its maker."""

    signature: bytes
    keyid: str
    """A hint to find the key by; empty where a certificate says who signed."""
    maker: Mapping[str, Any]
    """`{"publicKey": …}` or `{"certificate": …}` of the bundle's verification material."""
    pem: str
    """The public key or the certificate: what a log is told about the maker."""


class Signer(ABC):
    """Base of all signers. `sign` is concrete, so that what is signed is always the DSSE encoding of the kept bytes."""

    @property
    @abstractmethod
    def name(self) -> str:
        """Who signs, as stable text: a key id, or the identity and issuer of a certificate. Nothing secret."""

    @abstractmethod
    def make(self, data: bytes) -> Made:
        """Sign bytes. Raises ToolFailed when the key cannot be used now, UsageError when it never can."""

    def sign(self, statement: Statement) -> Envelope:
        """Sign a statement (DSSE, payload type in-toto)."""
        return self.sign_payload(PAYLOAD_TYPE, statement.payload)

    def sign_payload(self, payload_type: str, payload: bytes) -> Envelope:
        """Sign any payload under its type."""
        return enveloped(payload_type, payload, self.make(pre_authentication_encoding(payload_type, payload)))

    def sign_blob(self, data: bytes) -> Blob:
        """Sign an artifact itself, without a statement."""
        from supplychain.signing.blob import Blob

        return Blob.of(data, self.make(data))


def enveloped(payload_type: str, payload: bytes, made: Made) -> Envelope:
    """The envelope of a payload and its one signature, with nothing beside it."""
    return Envelope(
        payload_type=payload_type,
        payload=payload,
        signatures=(Signature(keyid=made.keyid, sig=made.signature),),
        material={**made.maker, "tlogEntries": []},
    )


class KeySigner(Signer):
    """A signer that holds one key for long."""

    @property
    @abstractmethod
    def public_key(self) -> PublicKey:
        """The key that checks what this signer signs."""

    @abstractmethod
    def _sign(self, data: bytes) -> bytes:
        """Sign bytes. Raises ToolFailed when the key cannot be used."""

    @property
    def name(self) -> str:
        """The key id."""
        return self.public_key.keyid

    def make(self, data: bytes) -> Made:
        """Sign bytes with the key (see `Signer.make`)."""
        key = self.public_key
        return Made(signature=self._sign(data), keyid=key.keyid, maker={"publicKey": {"hint": key.keyid}}, pem=key.pem)

"""What every signer is: it holds one key and signs one statement into one envelope."""

from __future__ import annotations

from abc import ABC, abstractmethod

from supplychain.signing.envelope import Envelope, Signature, pre_authentication_encoding
from supplychain.signing.identity import PublicKey
from supplychain.statement.statement import PAYLOAD_TYPE, Statement


class Signer(ABC):
    """Base of all signers. `sign` is concrete, so that what is signed is always the DSSE encoding of the kept bytes."""

    @property
    @abstractmethod
    def public_key(self) -> PublicKey:
        """The key that checks what this signer signs."""

    @abstractmethod
    def _sign(self, data: bytes) -> bytes:
        """Sign bytes. Raises ToolFailed when the key cannot be used."""

    def sign(self, statement: Statement) -> Envelope:
        """Sign a statement (DSSE, payload type in-toto)."""
        return self.sign_payload(PAYLOAD_TYPE, statement.payload)

    def sign_payload(self, payload_type: str, payload: bytes) -> Envelope:
        """Sign any payload under its type."""
        signature = self._sign(pre_authentication_encoding(payload_type, payload))
        return Envelope(
            payload_type=payload_type,
            payload=payload,
            signatures=(Signature(keyid=self.public_key.keyid, sig=signature),),
        )

"""A signature over a file itself, in the place of an envelope: certificate, time and log are judged alike for both."""

from __future__ import annotations

from supplychain.signing.envelope import Envelope

OCTETS = "application/octet-stream"
"""The payload type that stands for "these bytes, whatever they are"; it is not signed."""


class OverBytes(Envelope):
    """Its payload is the file, and its signature is over the file and not over an encoding of it."""

    __slots__ = ()

    def pae(self) -> bytes:
        """The file."""
        return self.payload

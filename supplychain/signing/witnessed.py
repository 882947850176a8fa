"""Any signer, with witnesses: a timestamp by an authority, and an entry in a transparency log.

The order is that of Sigstore's clients: sign, stamp, log. When the log does not answer and there is a timestamp, the
envelope goes out without an entry and says so (`pending`): the timestamp has fixed when it was signed, and the
entry can be made later. Without a timestamp nothing would fix the time, so the failure stands. What the witnesses say
is verified before the envelope leaves.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from supplychain.errors import MalformedInput, ToolFailed, VerificationFailed
from supplychain.signing.blob import Blob
from supplychain.signing.envelope import Envelope, LogPending, pre_authentication_encoding
from supplychain.signing.interface import Made, Signer, enveloped
from supplychain.signing.log import Log
from supplychain.signing.service import passes
from supplychain.signing.timestamp import TimestampAuthority

Check = Callable[[bytes, str, bytes | None], None]
"""Bundle, the PEM of its maker, and the artifact where that itself was signed; raises VerificationFailed."""
T = TypeVar("T", bound=Envelope | Blob)
_LEFT_ALONE_S = 60.0
_AWAY: dict[str, tuple[float, str]] = {}
"""Logs that did not answer: when (by `time.monotonic`) they are asked again, and what was wrong. A run signs a dozen
statements and must not wait a dozen times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed(Signer):
    """A signer and its witnesses."""

    inner: Signer
    authorities: Sequence[TimestampAuthority] = ()
    log: Log | None = None
    check: Check
    queue: Path
    """Where log entries that are still to be made are noted."""

    @property
    def name(self) -> str:
        """Who signs; witnesses do not."""
        return self.inner.name

    def make(self, data: bytes) -> Made:
        """Sign bytes (see `Signer.make`)."""
        return self.inner.make(data)

    def sign_payload(self, payload_type: str, payload: bytes) -> Envelope:
        """Sign any payload under its type, have it stamped and logged.

        Raises:
            ToolFailed: A witness failed, or the log did and there is no timestamp.
                `WITNESS_INVALID`: what the witnesses said does not hold.
        """
        made = self.make(pre_authentication_encoding(payload_type, payload))
        envelope = self._stamped(enveloped(payload_type, payload, made), made)
        if self.log is not None:
            envelope = self._logged(envelope, made.pem, self.log)
        self._hold(envelope.to_bundle(), made.pem, None)
        return envelope

    def sign_blob(self, data: bytes) -> Blob:
        """Sign an artifact itself, have it stamped and logged.

        Raises:
            ToolFailed: As `sign_payload`.
        """
        made = self.make(data)
        blob = self._stamped(Blob.of(data, made), made)
        if self.log is not None:
            blob = self._logged(blob, made.pem, self.log)
        self._hold(blob.to_bundle(), made.pem, data)
        return blob

    def _stamped(self, content: T, made: Made) -> T:
        stamps = [authority.stamp(made.signature) for authority in self.authorities]
        if not stamps:
            return content
        encoded = [{"signedTimestamp": base64.b64encode(one).decode("ascii")} for one in stamps]
        return with_material(content, timestampVerificationData={"rfc3161Timestamps": encoded})

    def _hold(self, bundle: bytes, pem: str, artifact: bytes | None) -> None:
        try:
            self.check(bundle, pem, artifact)
        except (VerificationFailed, MalformedInput) as error:
            raise ToolFailed(
                f"what stands beside the signature does not hold: {error.message}",
                code="WITNESS_INVALID",
                where=", ".join([*(a.service.url for a in self.authorities), *([self.log.url] if self.log else [])]),
                expected=error.expected,
                found=f"{error.code}: {error.found}",
                hint="is the trusted root that of these services? Nothing was written",
            ) from error

    def _logged(self, content: T, pem: str, log: Log) -> T:
        until, reason = _AWAY.get(log.url, (0.0, ""))
        if not self.authorities or time.monotonic() >= until:
            try:
                return with_material(content, tlogEntries=[log.append(content, pem)])
            except ToolFailed as error:
                reason = self._may_wait(error)
                _AWAY[log.url] = (time.monotonic() + _LEFT_ALONE_S, reason)
        return replace(content, pending=LogPending(log=log.url, pem=pem, reason=reason, queue=self.queue))

    def _may_wait(self, error: ToolFailed) -> str:
        """Why an entry is made later; raises the failure where it cannot be."""
        if not passes(error):
            raise error
        if not self.authorities:
            error.hint = "name a timestamp authority (--timestamp-url): then the log entry can be made later"
            raise error
        return f"{error.code}: {error.found}"


def with_material(content: T, **parts: object) -> T:
    """The content with parts of its verification material set."""
    return replace(content, material={**(content.material or {}), **parts})

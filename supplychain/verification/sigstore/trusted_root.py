"""The trusted root: whose certificates, logs and timestamps are believed, and for which time.

Implements `trusted_root.json` (`sigstore_trustroot.proto`). Periods are closed: their first and last instant belong to
them. A key or chain this version cannot use is left out, which only ever takes trust away; a root that is not what its
format says is refused as a whole.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from supplychain.encoding import parse_json_object, parse_time
from supplychain.errors import MalformedInput
from supplychain.verification.sigstore.keys import parse_der, spki_of
from supplychain.verification.sigstore.loading import parse_certificate

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.x509 import Certificate

MAX_ROOT = 4 * 1024 * 1024
MEDIA_TYPES = (
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot+json;version=0.2",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A closed period of time; an absent side is open."""

    start: datetime | None = None
    end: datetime | None = None

    def covers(self, at: datetime) -> bool:
        """Whether a time lies in it, both ends included."""
        return (self.start is None or self.start <= at) and (self.end is None or at <= self.end)

    def __str__(self) -> str:
        return f"{self.start or 'ever'} to {self.end or 'now'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """A transparency log: Rekor's for signatures, or a certificate transparency log."""

    url: str
    log_id: bytes
    """As the root gives it: how entries name the log."""
    key: PublicKeyTypes = field(repr=False, compare=False)
    spki: bytes = field(repr=False)
    details: str
    """`PublicKeyDetails` of Sigstore's protobuf."""
    valid: Period

    @property
    def key_hash(self) -> bytes:
        """SHA-256 of the key: the log id of RFC 6962."""
        return hashlib.sha256(self.spki).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A certificate authority or a timestamp authority."""

    url: str
    chain: tuple[Certificate, ...]
    """Leaf or issuing certificate first, root last."""
    valid: Period


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedRoot:
    """Everybody whose word is believed."""

    logs: tuple[Log, ...]
    """Rekor logs."""
    ct_logs: tuple[Log, ...]
    """Certificate transparency logs."""
    authorities: tuple[Authority, ...]
    """Certificate authorities (Fulcio)."""
    timestamp_authorities: tuple[Authority, ...]

    @staticmethod
    def parse(data: bytes, *, where: str) -> TrustedRoot:
        """Read a trusted root.

        Raises:
            MalformedInput: Not JSON, or `NOT_A_TRUSTED_ROOT`.
        """
        body = _object(parse_json_object(data, where=where, max_bytes=MAX_ROOT), where)
        if body.get("mediaType") not in MEDIA_TYPES:
            raise _malformed("unknown media type", where, body.get("mediaType"))
        return TrustedRoot(
            logs=_each(body, "tlogs", _log, where),
            ct_logs=_each(body, "ctlogs", _log, where),
            authorities=_each(body, "certificateAuthorities", _authority, where),
            timestamp_authorities=_each(body, "timestampAuthorities", _authority, where),
        )


def _each(
    body: dict[str, Any], name: str, parse: Callable[[dict[str, Any], str], _T | None], where: str
) -> tuple[_T, ...]:
    items = body.get(name, [])
    if not isinstance(items, list):
        raise _malformed(f"{name} is no list", where, items)
    found = []
    for number, item in enumerate(items):
        place = f"{where}: {name}[{number}]"
        parsed = parse(_object(item, place), place)
        if parsed is not None:
            found.append(parsed)
    return tuple(found)


def _log(body: dict[str, Any], where: str) -> Log | None:
    stated = _object(body.get("publicKey"), where)
    details = str(stated.get("keyDetails"))
    valid = _period(stated.get("validFor"), where)
    key = parse_der(_decode(stated.get("rawBytes"), where), details)
    if key is None or body.get("hashAlgorithm", "SHA2_256") != "SHA2_256":
        return None
    spki = spki_of(key)
    named = body.get("logId") or body.get("checkpointKeyId")
    log_id = _decode(_object(named, where).get("keyId"), where) if named else hashlib.sha256(spki).digest()
    return Log(url=_url(body.get("baseUrl", "")), log_id=log_id, key=key, spki=spki, details=details, valid=valid)


def _authority(body: dict[str, Any], where: str) -> Authority | None:
    items = _object(body.get("certChain"), where).get("certificates")
    if not isinstance(items, list) or not items:
        raise _malformed("the certificate chain is empty", where, items)
    chain = []
    for item in items:
        der = _decode(_object(item, where).get("rawBytes"), where)
        try:
            chain.append(parse_certificate(der))
        except MalformedInput as error:
            raise _malformed("a certificate cannot be read", where, error.found) from None
    return Authority(url=_url(body.get("uri", "")), chain=tuple(chain), valid=_period(body.get("validFor"), where))


def _period(value: object, where: str) -> Period:
    """A key may come without a period; in a period only the end is optional (protobuf-specs, TimeRange)."""
    if value is None:
        return Period()
    if not _object(value, where).get("start"):
        raise _malformed("the period of validity has no start", f"{where}: validFor", value)
    times = {name: parse_time(text, where=f"{where}: validFor.{name}") for name, text in _object(value, where).items()}
    return Period(start=times.get("start"), end=times.get("end"))


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _malformed("something is missing or no object", where, value)
    return {name: item for name, item in value.items() if item is not None}


def _decode(value: object, where: str) -> bytes:
    try:
        return base64.b64decode(str(value).encode(), validate=True)
    except (binascii.Error, ValueError):
        raise _malformed("a value is not base64", where, value) from None


def _url(value: object) -> str:
    return value if isinstance(value, str) else ""


def _malformed(message: str, where: str, found: object) -> MalformedInput:
    return MalformedInput(
        f"not a trusted root: {message}",
        code="NOT_A_TRUSTED_ROOT",
        where=where,
        expected="a Sigstore trusted_root.json",
        found=repr(found)[:120],
    )

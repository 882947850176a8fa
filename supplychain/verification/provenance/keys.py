"""Published public keys of signers without certificates: npm's registry and Google Cloud Build.

`data/npm_registry_keys.json` holds the keys of the npm registry as Sigstore's TUF repository publishes them;
`data/google_cloud_build_keys.json` holds the keys Google publishes for Cloud Build's attestor (Cloud KMS, project
`verified-builder`), as slsa-verifier ships them. Both change rarely, and only with a release of this package.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from supplychain.encoding import parse_json_object, parse_time
from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.fields import Fields
from supplychain.verification.sigstore.keys import parse_der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

NPM_USAGE = "npm:attestations"
_P256 = "PKIX_ECDSA_P256_SHA_256"


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmKey:
    """A key of the npm registry for publish attestations."""

    keyid: str
    key: PublicKeyTypes
    start: datetime
    end: datetime | None

    def check_time(self, at: datetime, *, where: str) -> None:
        """Refuse a time at which the registry did not use the key. Raises `KEY_EXPIRED` or `KEY_NOT_YET_VALID`."""
        if at < self.start:
            raise _outside("KEY_NOT_YET_VALID", f"from {self.start}", at, where)
        if self.end is not None and at > self.end:
            raise _outside("KEY_EXPIRED", f"until {self.end}", at, where)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBuildKey:
    """A key of Google Cloud Build."""

    key: PublicKeyTypes
    dsse: bool
    """True: signs as DSSE says. False: one of the older regional keys, which sign the bare payload."""


@cache
def npm_keys() -> tuple[NpmKey, ...]:
    """The registry's keys that may sign attestations; those for package signatures are another usage."""
    found = []
    for item in _load("npm_registry_keys.json"):
        if item.text("keyUsage") != NPM_USAGE:
            continue
        stated = item.object("publicKey")
        valid = stated.object("validFor")
        end = valid.text("end", optional=True)
        found.append(
            NpmKey(
                keyid=item.text("keyId"),
                key=_key(stated),
                start=parse_time(valid.text("start"), where=valid.where),
                end=parse_time(end, where=valid.where) if end else None,
            )
        )
    return tuple(found)


@cache
def cloud_build_keys() -> dict[str, CloudBuildKey]:
    """Google's keys by their name in Cloud KMS."""
    return {
        item.text("keyId"): CloudBuildKey(key=_key(item), dsse=item.text("signs") == "dsse")
        for item in _load("google_cloud_build_keys.json")
    }


def _load(name: str) -> tuple[Fields, ...]:
    where = f"the embedded {name}"
    data = files("supplychain.verification.provenance").joinpath("data", name).read_bytes()
    return Fields(parse_json_object(data, where=where), where).objects("keys")


def _key(stated: Fields) -> PublicKeyTypes:
    key = parse_der(base64.b64decode(stated.text("rawBytes"), validate=True), _P256)
    if key is None:
        raise AssertionError(f"{stated.where} is no P-256 key")
    return key


def _outside(code: str, expected: str, at: datetime, where: str) -> VerificationFailed:
    return VerificationFailed(
        "the registry did not use this key then", code=code, where=where, expected=expected, found=str(at)
    )

"""Attestations as the Python package index hands them out, taken apart into Sigstore bundles. Nothing is verified.

Implements the objects of https://packaging.python.org/specifications/index-hosted-attestations/ (PEP 740): one
attestation, `{"version": 1, "verification_material": …, "envelope": …}`, and the provenance of a file, which holds
those of several publishers: `{"version": 1, "attestation_bundles": [{"publisher": …, "attestations": […]}]}`. Who the
publisher is said to be is not signed and not looked at: the certificate says who signed. Further keys are allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplychain.signing.envelope import BUNDLE_TYPE
from supplychain.statement.statement import PAYLOAD_TYPE

MAX_ATTESTATIONS = 1000


def is_pypi(body: Mapping[str, Any]) -> bool:
    """Whether a document is one of the index's."""
    return "attestation_bundles" in body or ("verification_material" in body and "envelope" in body)


def pypi_bundles(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The bundles in a document of the index, as JSON that is still to be read.

    Raises:
        ValueError: It is not as specified; the text says in what.
    """
    if "attestation_bundles" not in body:
        return [_bundle(body)]
    _check_version(body)
    found: list[dict[str, Any]] = []
    for item in _list(body, "attestation_bundles"):
        found += [_bundle(one) for one in _list(item, "attestations")]
        if len(found) > MAX_ATTESTATIONS:
            raise ValueError(f"more than {MAX_ATTESTATIONS} attestations")
    return found


def _bundle(value: object) -> dict[str, Any]:
    body = _object(value, "an attestation")
    _check_version(body)
    material = _object(body.get("verification_material"), "verification_material")
    envelope = _object(body.get("envelope"), "envelope")
    entries = _list(material, "transparency_entries")
    return {
        "mediaType": BUNDLE_TYPE,
        "verificationMaterial": {"certificate": {"rawBytes": material.get("certificate")}, "tlogEntries": entries},
        "dsseEnvelope": {
            "payload": envelope.get("statement"),
            "payloadType": PAYLOAD_TYPE,
            "signatures": [{"sig": envelope.get("signature")}],
        },
    }


def _check_version(body: Mapping[str, Any]) -> None:
    if body.get("version") != 1 or isinstance(body["version"], bool):
        raise ValueError(f"version {body.get('version')!r} is not known")


def _list(value: object, name: str) -> list[Any]:
    found = _object(value, name).get(name)
    if not isinstance(found, list) or not found:
        raise ValueError(f"{name} is missing or empty")
    return found


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is missing or no object")  # noqa: TRY004 - what was read is wrong, not a program
    return value

"""Which family a file of evidence belongs to, told from its form alone: cheap, and before anything is believed.

The answer only chooses the rules; each family's rules stand on their own, so a file that pretends to be of another
family gains nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import MAX_ENVELOPE

Family = Literal["keyed", "certificate", "npm", "cloud-build"]
"""`keyed`: envelopes signed by a key; `certificate`: Sigstore bundles, or envelopes that carry their certificate;
so are those of the Python package index; `npm`: an attestation list of npm's registry; `cloud-build`: Google's JSON."""
MAX_LINES = 1000
_PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/"


def family_of(data: bytes, *, where: str) -> Family:
    """The family of a file.

    Raises:
        MalformedInput: No JSON and no JSON lines.
    """
    try:
        return _family(parse_json_object(data, where=where, max_bytes=MAX_ENVELOPE))
    except MalformedInput as error:
        lines = data.strip().split(b"\n")
        if error.code != "NOT_JSON" or len(lines) == 1:
            raise
    for number, line in enumerate(lines[:MAX_LINES], 1):
        try:
            return _family(parse_json_object(line, where=f"{where}:{number}", max_bytes=MAX_ENVELOPE))
        except MalformedInput:
            continue  # a line that is no evidence says nothing about the others
    raise error_of(where)


def error_of(where: str) -> MalformedInput:
    """The error for a file that is neither JSON nor JSON lines."""
    return MalformedInput(
        "neither JSON nor JSON lines", code="NOT_JSON", where=where, expected="a Sigstore bundle or a DSSE envelope"
    )


def _family(body: Mapping[str, Any]) -> Family:
    if "provenance_summary" in body:
        return "cloud-build"
    attestations = body.get("attestations")
    if isinstance(attestations, list):
        types = [item.get("predicateType") for item in attestations if isinstance(item, dict)]
        return "npm" if any(isinstance(t, str) and t.startswith(_PUBLISH) for t in types) else "certificate"
    if "attestation_bundles" in body or {"verification_material", "envelope"} <= set(body):
        return "certificate"  # the index's objects (`sigstore.pypi`, which is not imported for this)
    material = body.get("verificationMaterial")
    if isinstance(material, dict):
        return "certificate" if {"certificate", "x509CertificateChain"} & set(material) else "keyed"
    signatures = body.get("signatures")
    carried = isinstance(signatures, list) and any(isinstance(s, dict) and s.get("cert") for s in signatures)
    return "certificate" if carried else "keyed"

"""A VEX document of either format, told by the document itself."""

from __future__ import annotations

from dataclasses import replace

from supplychain.advisory.cyclonedx_vex import read_cyclonedx_vex
from supplychain.advisory.openvex import read_openvex
from supplychain.advisory.vex import VexDocument
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput


def parse_vex(data: bytes, *, where: str) -> VexDocument:
    """Parse an OpenVEX or CycloneDX document, telling the format by the document itself.

    Args:
        data: The document.
        where: Its name, for messages and the report.

    Raises:
        MalformedInput: Neither of the two, or one that does not keep to its format.
    """
    body = parse_json_object(data, where=where)
    if "bomFormat" in body or "specVersion" in body:
        return replace(read_cyclonedx_vex(data, where=where), digest=Digest.of_bytes(data))
    if "openvex.dev/ns" in str(body.get("@context", "")):
        return replace(read_openvex(body, where=where), digest=Digest.of_bytes(data))
    raise MalformedInput(
        "not a VEX document of a known format",
        code="UNKNOWN_VEX",
        where=where,
        expected="OpenVEX (@context https://openvex.dev/ns…), or CycloneDX JSON with vulnerabilities",
        found="an object with " + (", ".join(sorted(body)[:6]) or "nothing in it"),
    )

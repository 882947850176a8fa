"""Every predicate type this package makes or accepts, one line each; types are dispatched here and nowhere else.

`kind` is the short word used by trust files, policy and the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplychain.statement.predicates import provenance, reference, scan, vsa, vulns, waiver
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import Reference
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.predicates.waiver import Waiver

Predicate = Provenance | Reference | Scan | Vsa | Vulns | Waiver
"""A predicate whose type we read."""

KINDS: Mapping[str, str] = {
    provenance.TYPE: "provenance",
    reference.TYPE: "sbom",
    scan.TYPE: "scan",
    vsa.TYPE: "vsa",
    vulns.TYPE: "vulns",
    waiver.TYPE: "waiver",
}
"""Predicate type URI to kind."""

TYPES: Mapping[str, str] = {kind: uri for uri, kind in KINDS.items()}
"""Kind to predicate type URI."""


def parse_predicate(predicate_type: str, predicate: Mapping[str, Any], *, where: str) -> Predicate | None:
    """Read a predicate by its type; None for a type this package has no class for.

    Raises:
        MalformedInput: The type is known and the predicate does not keep to it.
    """
    match KINDS.get(predicate_type):
        case "provenance":
            return Provenance.parse(predicate, where=where)
        case "sbom":
            return Reference.parse(predicate, where=where)
        case "scan":
            return Scan.parse(predicate, where=where)
        case "vsa":
            return Vsa.parse(predicate, where=where)
        case "vulns":
            return Vulns.parse(predicate, where=where)
        case "waiver":
            return Waiver.parse(predicate, where=where)
        case _:
            return None

"""Every predicate type this package makes or accepts, one line each; types are dispatched here and nowhere else.

`kind` is the short word used by trust files, policy and the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from supplychain.statement.predicates import (
    approval,
    layout,
    link,
    policy,
    provenance,
    reference,
    scan,
    test_result,
    vsa,
    vulns,
    waiver,
)
from supplychain.statement.predicates.approval import Approval
from supplychain.statement.predicates.layout import CheckedLayout
from supplychain.statement.predicates.link import Link
from supplychain.statement.predicates.policy import SignedPolicies
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import Reference
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.test_result import QualityResult
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.predicates.waiver import Waiver

Predicate = (
    Approval
    | CheckedLayout
    | Link
    | Provenance
    | QualityResult
    | Reference
    | Scan
    | SignedPolicies
    | Vsa
    | Vulns
    | Waiver
)
"""A predicate whose type we read."""

KINDS: Mapping[str, str] = {
    approval.TYPE: "approval",
    layout.TYPE: "layout",
    link.TYPE: "link",
    policy.TYPE: "policy",
    provenance.TYPE: "provenance",
    reference.TYPE: "sbom",
    scan.TYPE: "scan",
    test_result.TYPE: "test-result",
    vsa.TYPE: "vsa",
    vulns.TYPE: "vulns",
    waiver.TYPE: "waiver",
}
"""Predicate type URI to kind."""

TYPES: Mapping[str, str] = {kind: uri for uri, kind in KINDS.items()}
"""Kind to predicate type URI."""

_PARSERS: Mapping[str, Callable[..., Predicate]] = {
    approval.TYPE: Approval.parse,
    layout.TYPE: CheckedLayout.parse,
    link.TYPE: Link.parse,
    policy.TYPE: SignedPolicies.parse,
    provenance.TYPE: Provenance.parse,
    reference.TYPE: Reference.parse,
    scan.TYPE: Scan.parse,
    test_result.TYPE: QualityResult.parse,
    vsa.TYPE: Vsa.parse,
    vulns.TYPE: Vulns.parse,
    waiver.TYPE: Waiver.parse,
}


def parse_predicate(predicate_type: str, predicate: Mapping[str, Any], *, where: str) -> Predicate | None:
    """Read a predicate by its type; None for a type this package has no class for.

    Raises:
        MalformedInput: The type is known and the predicate does not keep to it.
    """
    parser = _PARSERS.get(predicate_type)
    return parser(predicate, where=where) if parser else None

"""Every predicate type this package makes or accepts, one line each; types are dispatched here and nowhere else.

`kind` is the short word used by trust files, policy and the command line. The class of a type is imported when the
first predicate of the type is read: a verification from the shell pays for one of them, not for all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from supplychain.errors import MalformedInput

if TYPE_CHECKING:
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

CLASSES: Mapping[str, tuple[str, str, str]] = {
    "urn:supplychain:predicate:approval:v1": ("approval", "approval", "Approval"),
    "urn:supplychain:predicate:layout:v1": ("layout", "layout", "CheckedLayout"),
    "https://in-toto.io/attestation/link/v0.3": ("link", "link", "Link"),
    "urn:supplychain:predicate:policy:v1": ("policy", "policy", "SignedPolicies"),
    "https://slsa.dev/provenance/v1": ("provenance", "provenance", "Provenance"),
    "https://in-toto.io/attestation/reference/v0.1": ("sbom", "reference", "Reference"),
    "urn:supplychain:predicate:scan:v1": ("scan", "scan", "Scan"),
    "https://in-toto.io/attestation/test-result/v0.1": ("test-result", "test_result", "QualityResult"),
    "https://slsa.dev/verification_summary/v1": ("vsa", "vsa", "Vsa"),
    "https://in-toto.io/attestation/vulns/v0.1": ("vulns", "vulns", "Vulns"),
    "urn:supplychain:predicate:waiver:v1": ("waiver", "waiver", "Waiver"),
}
"""Predicate type URI (the `TYPE` of its module) to kind, module and class."""

KINDS: Mapping[str, str] = {uri: kind for uri, (kind, _, _) in CLASSES.items()}
"""Predicate type URI to kind."""

TYPES: Mapping[str, str] = {kind: uri for uri, kind in KINDS.items()}
"""Kind to predicate type URI."""


def parse_predicate(predicate_type: str, predicate: Mapping[str, Any], *, where: str) -> Predicate | None:
    """Read a predicate by its type; None for a type this package has no class for.

    Of the types that are read most often, a reader `as_written` takes the form that we write ourselves. It gives what
    `parse` would give, in a fraction of the time, or it gives up: None, or an error of these. Then `parse` reads, and
    says what is wrong and where.

    Raises:
        MalformedInput: The type is known and the predicate does not keep to it.
    """
    if predicate_type not in KINDS:
        return None
    quick, parse = _readers(predicate_type)
    try:
        value = quick(predicate)
    except (LookupError, TypeError, ValueError, MalformedInput):
        value = None
    return parse(predicate, where=where) if value is None else value


@cache
def _readers(
    predicate_type: str,
) -> tuple[Callable[[Mapping[str, Any]], Predicate | None], Callable[..., Predicate]]:
    """The quick and the exact reader of a known type."""
    _, module, name = CLASSES[predicate_type]
    of_type = getattr(import_module(f"supplychain.statement.predicates.{module}"), name)
    return getattr(of_type, "as_written", _give_up), of_type.parse


def _give_up(_: Mapping[str, Any]) -> None:
    return None

"""The public builders this package knows, one line each.

A builder of slsa-github-generator is a reusable workflow: its identity is what GitHub's certificate names, and its
provenance cannot be written by the build it describes (https://slsa.dev/spec/v1.0/levels#build-l3). A *delegator* signs
for another reusable workflow, which the provenance then names as builder. GitHub's own attestations are written in the
caller's job; they are worth level 2, and 3 when a reusable workflow isolates that job.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from supplychain.verification.provenance import shapes

_WORKFLOWS = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
TRUSTED_PREFIX = _WORKFLOWS
"""Builders below this address are believed behind a delegator without being named by the user."""
OWN_REPOSITORIES = frozenset(
    {
        "https://github.com/slsa-framework/slsa-github-generator",
        "https://github.com/slsa-framework/example-package",
    }
)
"""The SLSA project's own generator and its end-to-end tests: they use the builder at its head, before a release."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """A known builder."""

    level: int
    """Highest SLSA build level its published word is worth."""
    build_types: frozenset[tuple[str, str]]
    """Predicate type and build type of what it writes."""
    delegator: bool = False


def _builder(level: int, *types: tuple[str, str], delegator: bool = False) -> Builder:
    return Builder(level=level, build_types=frozenset(types), delegator=delegator)


_GO = tuple((shapes.V02, name) for name in (shapes.GO, shapes.OLD_GO, shapes.OLD_GENERATOR))
_DELEGATED = ((shapes.V02, shapes.DELEGATED), (shapes.V1, shapes.DELEGATED))
_NPM_V02 = ((shapes.V02, shapes.NPM_1), (shapes.V02, shapes.NPM_2))

WORKFLOW_BUILDERS: Mapping[str, Builder] = {
    f"{_WORKFLOWS}generator_generic_slsa3.yml": _builder(3, (shapes.V02, shapes.GENERIC)),
    f"{_WORKFLOWS}generator_container_slsa3.yml": _builder(3, (shapes.V02, shapes.CONTAINER)),
    f"{_WORKFLOWS}builder_go_slsa3.yml": _builder(3, *_GO),
    f"{_WORKFLOWS}builder_container-based_slsa3.yml": _builder(3, (shapes.V1, shapes.CONTAINER_BASED)),
    f"{_WORKFLOWS}delegator_generic_slsa3.yml": _builder(3, *_DELEGATED, delegator=True),
    f"{_WORKFLOWS}delegator_lowperms-generic_slsa3.yml": _builder(3, *_DELEGATED, delegator=True),
}
"""Builders whose workflow is the signer, by name."""

NPM_BUILDERS: Mapping[str, Builder] = {
    "https://github.com/actions/runner": _builder(2, *_NPM_V02),
    "https://github.com/actions/runner/github-hosted": _builder(2, *_NPM_V02, (shapes.V1, shapes.WORKFLOW)),
}
"""npm's own client on GitHub's runners: any workflow signs, and the user names the runner. Self-hosted ones are not
builders anybody vouches for."""
SELF_HOSTED = "https://github.com/actions/runner/self-hosted"

GITHUB_ATTESTATION = _builder(2, (shapes.V1, shapes.GITHUB))
"""GitHub's artifact attestations by a workflow that the user names."""

CLOUD_BUILD = "https://cloudbuild.googleapis.com/GoogleHostedWorker"
CLOUD_BUILD_LEVEL = 3

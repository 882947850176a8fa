"""What a user expects of provenance, beside its signature: source, branch or tag, builder, inputs, package.

Absent means not asked. Every expectation that is given must be met by a value that is there; a provenance without the
field does not meet it. This module checks provenance that a known key signed; what public builders sign is held
against the same expectations, by stricter rules, in `verification.provenance`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from urllib.parse import urlsplit

from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.provenance import Provenance
from supplychain.verification.provenance.references import check_versioned_tag, package_of
from supplychain.verification.trust import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """Expected values; None: not asked."""

    source_uri: str | None = None
    """Repository, with or without `git+` and scheme."""
    source_branch: str | None = None
    source_tag: str | None = None
    source_versioned_tag: str | None = None
    """Version of the tag; minor and patch may be left out: `v13` covers v13.0.30."""
    builder_id: str | None = None
    """Builder, with or without version."""
    workflow_inputs: Mapping[str, str] = field(default_factory=dict)
    """Inputs of a manually started workflow."""
    package_name: str | None = None
    package_version: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything is expected."""
        return any(getattr(self, item.name) not in (None, {}) for item in fields(self))


def check_expectations(provenance: Provenance, expected: Expectations, *, where: str, subject: str = "") -> None:
    """Hold a provenance against expectations.

    Args:
        provenance: The verified predicate.
        expected: What is asked.
        where: For messages.
        subject: Name of the subject, a package URL where a package is expected.

    Raises:
        VerificationFailed: `SOURCE_MISMATCH`, `BRANCH_MISMATCH`, `TAG_MISMATCH`, `VERSIONED_TAG_MISMATCH`,
            `INVALID_SEMVER`, `BUILDER_MISMATCH`, `WORKFLOW_INPUT_MISMATCH`, `PACKAGE_NAME_MISMATCH` or
            `PACKAGE_VERSION_MISMATCH`.
    """
    uri, ref = _source_of(provenance)
    if expected.source_uri is not None and not _same_repository(expected.source_uri, uri):
        raise differs("SOURCE_MISMATCH", "built from another source", where, expected.source_uri, uri)
    if expected.source_branch is not None and ref != f"refs/heads/{expected.source_branch}":
        raise differs("BRANCH_MISMATCH", "built from another branch", where, expected.source_branch, ref)
    if expected.source_tag is not None and ref != f"refs/tags/{expected.source_tag}":
        raise differs("TAG_MISMATCH", "built from another tag", where, expected.source_tag, ref)
    if expected.source_versioned_tag is not None:
        check_versioned_tag(ref.removeprefix("refs/tags/"), expected.source_versioned_tag, where=where)
    builder = provenance.builder_id
    if expected.builder_id is not None and not _is_builder(expected.builder_id, builder):
        raise differs("BUILDER_MISMATCH", "built by another builder", where, expected.builder_id, builder)
    _check_inputs(provenance, expected.workflow_inputs, where)
    check_package(subject, expected, where=where)


def check_package(subject: str, expected: Expectations, *, where: str) -> None:
    """Hold the name of a subject, a package URL, against the expected package.

    Raises:
        VerificationFailed: `PACKAGE_NAME_MISMATCH` or `PACKAGE_VERSION_MISMATCH`.
    """
    name, version = package_of(subject)
    if expected.package_name is not None and (not name or name != expected.package_name):
        raise differs("PACKAGE_NAME_MISMATCH", "another package", where, expected.package_name, name)
    if expected.package_version is not None and (not version or version != expected.package_version):
        raise differs("PACKAGE_VERSION_MISMATCH", "another version", where, expected.package_version, version)


def _is_builder(expected: str, found: str) -> bool:
    """Whether a builder is the expected one: by a pattern of the whole, or by its name, with or without version."""
    if not expected or not found:
        return False
    name, _, version = expected.partition("@")
    same, _, its = found.partition("@")
    return matches(expected, found) or (name == same and version in ("", its, its.removeprefix("refs/tags/")))


def _check_inputs(provenance: Provenance, expected: Mapping[str, str], where: str) -> None:
    inputs = provenance.external_parameters.get("inputs")
    found = inputs if isinstance(inputs, dict) else {}
    for name, value in expected.items():
        if found.get(name) != value:
            given = f"{name}={found[name]}" if name in found else ""
            raise differs("WORKFLOW_INPUT_MISMATCH", "built with other inputs", where, f"{name}={value}", given)


def _source_of(provenance: Provenance) -> tuple[str, str]:
    """URI and ref of the source: the first dependency that is a git revision, else the first of all."""
    git = [item for item in provenance.dependencies if "gitCommit" in item.digest]
    chosen = (git or list(provenance.dependencies))[:1]
    uri, _, ref = chosen[0].uri.partition("@refs/") if chosen else ("", "", "")
    return uri, f"refs/{ref}" if ref else ""


def _same_repository(expected: str, found: str) -> bool:
    host, path = _repository(found)
    # The scheme may be left out of what is expected: github.com/owner/name.
    asked = [_repository(expected), *([] if "://" in expected else [_repository(f"https://{expected}")])]
    return bool(host or path) and (host, path) in asked


def _repository(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri.removeprefix("git+"))
    return parts.netloc.lower(), parts.path.rstrip("/").removesuffix(".git")


def differs(code: str, message: str, where: str, expected: str, found: str) -> VerificationFailed:
    """The error for an expectation that is not met."""
    return VerificationFailed(message, code=code, where=where, expected=expected, found=found or "nothing")

"""What a user expects of provenance, beside its signature: source, branch or tag, builder. Absent means not asked.

Every expectation that is given must be met by a value that is there; a provenance without the field does not meet it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from supplychain.errors import VerificationFailed
from supplychain.statement.predicates.provenance import Provenance
from supplychain.verification.trust import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectations:
    """Expected values; None: not asked."""

    source_uri: str | None = None
    source_branch: str | None = None
    source_tag: str | None = None
    builder_id: str | None = None

    @property
    def any(self) -> bool:
        """Whether anything is expected."""
        return any(getattr(self, field.name) is not None for field in fields(self))


def check_expectations(provenance: Provenance, expected: Expectations, *, where: str) -> None:
    """Hold a provenance against expectations.

    Raises:
        VerificationFailed: `SOURCE_MISMATCH`, `BRANCH_MISMATCH`, `TAG_MISMATCH` or `BUILDER_MISMATCH`.
    """
    uri, ref = _source_of(provenance)
    if expected.source_uri is not None and not _same_repository(expected.source_uri, uri):
        raise _differs("SOURCE_MISMATCH", "built from another source", where, expected.source_uri, uri)
    if expected.source_branch is not None and ref != f"refs/heads/{expected.source_branch}":
        raise _differs("BRANCH_MISMATCH", "built from another branch", where, expected.source_branch, ref)
    if expected.source_tag is not None and ref != f"refs/tags/{expected.source_tag}":
        raise _differs("TAG_MISMATCH", "built from another tag", where, expected.source_tag, ref)
    builder = provenance.builder_id
    if expected.builder_id is not None and not (builder and matches(expected.builder_id, builder)):
        raise _differs("BUILDER_MISMATCH", "built by another builder", where, expected.builder_id, builder)


def _source_of(provenance: Provenance) -> tuple[str, str]:
    """URI and ref of the source: the first dependency that is a git revision, else the first of all."""
    git = [item for item in provenance.dependencies if "gitCommit" in item.digest]
    chosen = (git or list(provenance.dependencies))[:1]
    uri, _, ref = chosen[0].uri.partition("@refs/") if chosen else ("", "", "")
    return uri, f"refs/{ref}" if ref else ""


def _same_repository(expected: str, found: str) -> bool:
    host, path = _repository(found)
    return bool(host or path) and _repository(expected) == (host, path)


def _repository(uri: str) -> tuple[str, str]:
    parts = urlsplit(uri.removeprefix("git+"))
    return parts.netloc.lower(), parts.path.rstrip("/").removesuffix(".git")


def _differs(code: str, message: str, where: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code=code, where=where, expected=expected, found=found or "nothing")

"""Provenance by public builders, as far as a trust file allows them: from evidence of any form to one claim.

`provenance.public` proves who built what; this module holds it against the entries `public_builders`: builder, source,
branch or tag, artifact. The level is the lower one of what the entry grants and what the builder publishes.

Policy is shown what was verified, in the newest shape, and not what the builder wrote: every builder and version
writes another shape, and much in it is not proved.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput, SupplychainError, VerificationFailed
from supplychain.statement.predicates.provenance import Dependency, Provenance
from supplychain.statement.statement import Statement
from supplychain.verification.expectations import Expectations, differs
from supplychain.verification.provenance.outcome import PublicProvenance
from supplychain.verification.provenance.public import verify_public
from supplychain.verification.provenance.references import BRANCHES, TAGS, as_git
from supplychain.verification.trust import PublicBuilder, Trust, matches

_OTHER_BUILDER = frozenset(
    {
        "UNTRUSTED_REUSABLE_WORKFLOW",
        "UNKNOWN_BUILDER",
        "BUILDER_NOT_SUPPORTED",
        "INVALID_BUILDER_ID",
        "BUILDER_MISMATCH",
    }
)
"""Refusals that only say: this is another builder's. A later reason tells more."""
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicClaim:
    """A proved claim by an allowed builder."""

    name: str
    """Of the entry in the trust file."""
    statement: Statement
    provenance: Provenance
    """What was verified, and nothing else."""
    subject: str
    level: int
    signed_at: datetime | None


def prove(data: bytes, trust: Trust, digests: Sequence[Digest], *, name: str, where: str) -> PublicClaim:
    """Hold a file of provenance against every entry; the one that grants most is taken.

    Raises:
        VerificationFailed: No entry fits; the reason is that of the entry that comes nearest.
        MalformedInput: It cannot be read.
    """
    found: list[PublicClaim] = []
    errors: list[SupplychainError] = []
    for entry in trust.public.values():
        try:
            found.append(_prove(entry, data, trust, digests, name=name, where=where))
        except SupplychainError as error:
            errors.append(error)
    if found:
        return max(found, key=lambda claim: claim.level)
    raise next((e for e in errors if e.code not in _OTHER_BUILDER), errors[0] if errors else _nobody(where))


def _prove(
    entry: PublicBuilder, data: bytes, trust: Trust, digests: Sequence[Digest], *, name: str, where: str
) -> PublicClaim:
    expected = Expectations(
        source_uri=entry.source,
        builder_id=entry.builder,
        source_branch=_exact(entry.branch),
        source_tag=_exact(entry.tag),
        source_versioned_tag=entry.versioned_tag,
    )
    proved = verify_public(data, digests, expected, root=trust.root.load(), where=where)
    _check_pattern(entry.branch, BRANCHES, "BRANCH_MISMATCH", proved)
    _check_pattern(entry.tag, TAGS, "TAG_MISMATCH", proved)
    for one in (proved.subject, name or proved.subject):
        if not any(matches(pattern, one) for pattern in entry.artifacts):
            raise VerificationFailed(
                "the builder is known and may not make this claim",
                code="NOT_ALLOWED",
                where=where,
                expected=f"an artifact named {' or '.join(entry.artifacts)} ({entry.name})",
                found=one[:200],
                hint="an entry of public_builders in the trust file must name this artifact",
            )
    return PublicClaim(
        name=entry.name,
        statement=proved.statement,
        provenance=_provenance(proved),
        subject=proved.subject,
        level=min(entry.level, proved.builder_level),
        signed_at=proved.signed_at,
    )


def _exact(pattern: str | None) -> str | None:
    return None if pattern is None or {"*", "?"} & set(pattern) else pattern


def _check_pattern(pattern: str | None, kind: str, code: str, proved: PublicProvenance) -> None:
    if pattern is None or _exact(pattern) is not None:
        return
    if not proved.ref.startswith(kind) or not matches(pattern, proved.ref.removeprefix(kind)):
        raise differs(code, "built from another reference", proved.where, f"{kind}{pattern}", proved.ref)


def _provenance(proved: PublicProvenance) -> Provenance:
    source = as_git(proved.source)
    uri = f"{source}@{proved.ref}" if proved.ref else source
    commit = proved.commit or _commit_of(proved.statement.predicate)
    return Provenance(
        build_type="urn:supplychain:build:public:v1",
        external_parameters={"source": uri},
        internal_parameters={},
        dependencies=(Dependency(uri=uri, digest={"gitCommit": commit} if commit else {}, annotations={}),),
        builder_id=proved.builder_id,
        invocation_id="",
        started=None,
        finished=proved.signed_at or _finished(proved.statement.predicate),
    )


def _commit_of(predicate: Mapping[str, Any]) -> str:
    """The revision a key of the builder's own signed (Cloud Build names it in its materials); empty for none."""
    newer = _list(_object(predicate, "buildDefinition"), "resolvedDependencies")
    for material in _list(predicate, "materials") + newer:
        digest = _object(material, "digest") if isinstance(material, dict) else {}
        for text in (digest.get("sha1"), digest.get("gitCommit")):
            if isinstance(text, str) and _COMMIT.fullmatch(text):
                return text
    return ""


def _finished(predicate: Mapping[str, Any]) -> datetime | None:
    old = _object(predicate, "metadata").get("buildFinishedOn")
    new = _object(_object(predicate, "runDetails"), "metadata").get("finishedOn")
    try:
        return parse_time(new or old, where="provenance")
    except MalformedInput:
        return None


def _object(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def _list(body: Mapping[str, Any], name: str) -> list[Any]:
    value = body.get(name)
    return value[:100] if isinstance(value, list) else []


def _nobody(where: str) -> VerificationFailed:
    return VerificationFailed("the trust file allows no public builder", code="UNKNOWN_SIGNER", where=where)

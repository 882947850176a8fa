"""Admission: may these bytes run there? By lookup of verified summaries, not by scanning anything again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.image.reference import parse_reference
from supplychain.errors import NothingToCheck, UsageError
from supplychain.pipeline.gate import collect_dossier
from supplychain.policy.decision import Decision
from supplychain.promotion.record import admission_decision
from supplychain.store.interface import Store
from supplychain.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What a door asks of a summary, beside that it says PASSED."""

    max_age: timedelta | None = None
    """Oldest summary accepted; None: any age."""
    policy: Digest | None = None
    """The only policy set accepted; None: any its signer was trusted to apply."""
    more: Mapping[Digest, Sequence[Digest]] = field(default_factory=dict)
    """Further digests of the artifacts, by their own: as `collect_dossier`."""


def artifact_of(text: str) -> Artifact:
    """An artifact by file, by digest (`sha256:…`), or by the name and digest of an image (`NAME@sha256:…`).

    Raises:
        UsageError: It is none of them. A tag is no artifact: it may mean another one a moment later.
        MalformedInput: It looks like a digest and is none.
    """
    if text.startswith(("sha256:", "sha384:", "sha512:")):
        return Artifact(name="", digest=Digest.parse(text, where="the artifact"))
    path = Path(text)
    if path.is_file():
        return Artifact.of_file(path)
    name, at, digest = text.rpartition("@")
    if at and digest.startswith("sha256:"):
        parse_reference(text)
        return Artifact(name=_without_tag(name), digest=Digest.parse(digest, where=text))
    raise UsageError(
        "no such artifact",
        code="ARTIFACT_MISSING",
        where=text,
        expected="a file, a digest such as sha256:<64 hexadecimal digits>, or an image as NAME@sha256:…",
        found="a folder" if path.is_dir() else "nothing",
    )


def _without_tag(name: str) -> str:
    host, slash, last = name.rpartition("/")
    return f"{host}{slash}{last.partition(':')[0]}"


def admit(
    artifacts: Sequence[Artifact],
    environment: str,
    store: Store,
    trust: Trust,
    *,
    at: datetime,
    demands: Demands | None = None,
) -> tuple[Decision, ...]:
    """Decide about each artifact by its verified summaries.

    Raises:
        NothingToCheck: No artifact at all; an empty list admits nothing.
        ToolFailed: The store cannot be read.
    """
    if not artifacts:
        raise NothingToCheck("there is no artifact to admit", code="NOTHING_TO_ADMIT", expected="at least one artifact")
    asked = demands or Demands()
    dossiers = [collect_dossier(a, store, trust, at=at, more=asked.more.get(a.digest, ())) for a in artifacts]
    return tuple(
        admission_decision(dossier, environment, at=at, max_age=asked.max_age, policy=asked.policy)
        for dossier in dossiers
    )

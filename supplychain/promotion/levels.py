"""Which SLSA levels an artifact's verified evidence reaches, and what is missing for the next one.

Build track: https://slsa.dev/spec/v1.1/levels; source track: https://slsa.dev/spec/v1.2/source-requirements. A level is
what trust says the builder's word is worth, never what a statement claims of itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from supplychain.policy.document import known_at
from supplychain.statement.predicates.provenance import Provenance
from supplychain.verification.dossier import Dossier
from supplychain.verification.verifier import VerifiedStatement

_BUILD = {
    0: (
        "provenance that verifies: signed by somebody who may claim `provenance` for this artifact in trust.yaml",
        "build with `supplychain run` or `supplychain build`, or let the build platform attest its builds",
    ),
    1: (
        "a hosted build platform that makes and signs the provenance itself, out of reach of the build's own steps",
        "build on such a platform, and give its id level 2 or more under `builders` in trust.yaml",
    ),
    2: (
        "builds isolated from each other, and a signing key that no step of a build can reach",
        "sign in an isolated workflow of the platform, and give that builder id level 3 under `builders` in trust.yaml",
    ),
    3: ("nothing: the build track ends here", ""),
}
_SOURCE = {
    0: (
        "a revision of a version control system, named by verified provenance, without local changes",
        "commit, and build from the clean commit",
    ),
    1: (
        "a verification summary of the source control system for this revision (SLSA_SOURCE_LEVEL_2 or more)",
        "protect the branch and let the source control system attest its revisions (not read by this version)",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is reached in one track."""

    track: str
    level: int
    because: str
    """The evidence it rests on."""
    missing: str
    """What the next level asks for."""
    next: str
    """How to get there; empty: there is nothing further."""
    evidence: str | None = None
    """Digest of the statement it rests on."""

    @property
    def name(self) -> str:
        """As a verification summary spells it, for example `SLSA_BUILD_LEVEL_1`."""
        return f"SLSA_{self.track.upper()}_LEVEL_{self.level}"

    def to_json(self) -> dict[str, Any]:
        """`{"track", "level", "name", "because", "missing", "next", "evidence"}`."""
        return {
            "track": self.track,
            "level": self.level,
            "name": self.name,
            "because": self.because,
            "missing": self.missing,
            "next": self.next,
            "evidence": self.evidence,
        }


def levels_of(dossier: Dossier, *, at: datetime) -> tuple[Level, ...]:
    """The build and the source level of an artifact at a time, in this order."""
    proofs = [s for s in dossier.statements if isinstance(s.predicate, Provenance) and known_at(s, at)]
    proofs.sort(key=lambda s: (-s.builder_level, str(s.statement.digest)))
    refused = sorted({item.code for item in dossier.rejected})
    return _build_level(proofs, refused), _source_level(s for s in proofs if s.builder_level > 0)


def _build_level(proofs: list[VerifiedStatement], refused: list[str]) -> Level:
    level = proofs[0].builder_level if proofs else 0
    missing, step = _BUILD[min(level, 3)]
    if proofs and isinstance(proofs[0].predicate, Provenance):
        builder = proofs[0].predicate.builder_id
        because = f"provenance by {builder}, whose word trust.yaml holds to be worth level {level}"
    else:
        because = "no provenance verifies" + (f"; refused: {', '.join(refused)}" if refused else "")
    evidence = str(proofs[0].statement.digest) if proofs else None
    return Level(track="build", level=level, because=because, missing=missing, next=step, evidence=evidence)


def _source_level(proofs: Iterable[VerifiedStatement]) -> Level:
    because = "no verified provenance names the revision it was built from"
    for proof in proofs:
        if not isinstance(proof.predicate, Provenance):
            continue
        parts = proof.predicate.dependencies
        sources = [(p, commit) for p in parts if (commit := p.digest.get("gitCommit") or p.digest.get("sha1"))]
        dirty = [pair for pair in sources if pair[0].annotations.get("dirty") is True]
        # One with local changes decides: what else the build took in may be clean.
        for part, commit in dirty or sources[:1]:
            because = f"built from {part.uri} at {commit}"
            if dirty:
                because += ", with local changes that no revision holds"
                break
            digest = str(proof.statement.digest)
            return Level(
                track="source", level=1, because=because, missing=_SOURCE[1][0], next=_SOURCE[1][1], evidence=digest
            )
    return Level(track="source", level=0, because=because, missing=_SOURCE[0][0], next=_SOURCE[0][1])

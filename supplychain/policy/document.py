"""From a dossier to the document policy sees as `input`. Only verified statements get in.

"As of": a statement made after `at` did not exist yet; it is listed under `rejected` with the code `AFTER_AT`.
Of verification summaries only those for the environment before this one matter, so that deciding twice decides alike.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_json_object
from supplychain.errors import MalformedInput
from supplychain.inventory.minimum_elements import missing_elements
from supplychain.inventory.sbom import Sbom
from supplychain.statement.predicates.approval import Approval
from supplychain.statement.predicates.layout import CheckedLayout
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import CYCLONEDX, SPDX, Reference
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.test_result import QualityResult
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns, with_plain_annotations
from supplychain.statement.predicates.waiver import Waiver
from supplychain.verification.dossier import Dossier
from supplychain.verification.verifier import VerifiedStatement

VERSION = 1
"""Version of the input document."""


def build_document(dossier: Dossier, *, environment: str, previous: str | None, at: datetime) -> dict[str, Any]:
    """The input document for one environment.

    Args:
        dossier: Everything verified about the artifact.
        environment: The environment asked for.
        previous: The environment before it on the ladder, None for the first.
        at: Time of the decision.
    """
    entries, later = [], []
    for verified in dossier.statements:
        if isinstance(verified.predicate, Vsa) and verified.predicate.environment != previous:
            continue
        entry = _entry(verified, dossier)
        if not known_at(verified, at):
            later.append(
                {
                    "code": "AFTER_AT",
                    "message": f"a {entry['kind']} statement of {entry['time']}",
                    "ref": entry["digest"],
                }
            )
        else:
            entries.append(entry)
    rejected = [{"code": r.code, "message": r.message, "ref": r.digest} for r in dossier.rejected]
    return {
        "version": VERSION,
        "at": format_time(at),
        "environment": environment,
        "previous_environment": previous,
        "artifact": {"name": dossier.artifact.name, "digest": dossier.artifact.digest.to_set()},
        "statements": sorted(entries, key=lambda e: (e["time"] or "", e["digest"]), reverse=True),
        "rejected": rejected + later,
    }


def known_at(verified: VerifiedStatement, at: datetime) -> bool:
    """Whether a statement existed at a time, by the time it claims; one that claims none is judged by policy."""
    stated = time_stated(verified)
    return stated is None or stated <= format_time(at)


def time_of(verified: VerifiedStatement) -> datetime | None:
    """The time a statement claims for what it states; None: it claims none."""
    match verified.predicate:
        case Provenance(finished=finished, started=started):
            return finished or started
        case Scan(finished=finished) | Vulns(finished=finished) | QualityResult(finished=finished):
            return finished
        case Vsa(verified=when) | CheckedLayout(verified=when) | Waiver(begins=when) | Approval(begins=when):
            return when
        case _:
            return None


def time_stated(verified: VerifiedStatement) -> str | None:
    """The same as RFC 3339 text; for a document by reference, the time its signer gave it."""
    if isinstance(verified.predicate, Reference):
        return verified.predicate.time or None
    when = time_of(verified)
    return format_time(when) if when else None


def _entry(verified: VerifiedStatement, dossier: Dossier) -> dict[str, Any]:
    document = None
    kind = verified.kind
    if isinstance(verified.predicate, Reference):
        kind = "sbom" if verified.predicate.media_type in (CYCLONEDX, SPDX) else "other"
        document = _sbom_facts(verified.predicate, dossier)
    return {
        "kind": kind,
        "predicate_type": verified.statement.predicate_type,
        "digest": str(verified.statement.digest),
        "time": time_stated(verified),
        "signers": list(verified.signers),
        "people": list(verified.people),
        "builder_level": verified.builder_level,
        "log": verified.log,
        "signed_at": format_time(verified.signed_at) if verified.signed_at else None,
        "predicate": _readable(verified),
        "document": document,
    }


def _readable(verified: VerifiedStatement) -> dict[str, Any]:
    predicate = verified.statement.predicate
    if verified.public and isinstance(verified.predicate, Provenance):
        return verified.predicate.to_json()
    return with_plain_annotations(predicate) if isinstance(verified.predicate, Vulns) else dict(predicate)


def _sbom_facts(reference: Reference, dossier: Dossier) -> dict[str, Any] | None:
    """What policy needs to know of an SBOM; None when the document is not there or cannot be read."""
    data = dossier.documents.get(reference.digest)
    if data is None:
        return None
    key = reference.media_type, Digest.of_bytes(data)
    known = _FACTS.get(key)
    if known is None:
        known = json.dumps(_read_sbom(reference.media_type, data, f"document {reference.digest}"))
        if len(_FACTS) >= _KEPT:
            _FACTS.clear()
        _FACTS[key] = known
    facts: dict[str, Any] | None = json.loads(known)
    return facts


_KEPT = 64
_FACTS: dict[tuple[str, Digest], str] = {}
"""What was found in the SBOMs read last, by their content: an admission server asks of one artifact many times."""


def _read_sbom(media_type: str, data: bytes, where: str) -> dict[str, Any] | None:
    try:
        body = parse_json_object(data, where=where)
        sbom = _parse(media_type, data, where)
    except MalformedInput:
        return None
    cyclonedx = media_type == CYCLONEDX
    about = body.get("metadata" if cyclonedx else "creationInfo")
    created = about.get("timestamp" if cyclonedx else "created") if isinstance(about, dict) else None
    return {
        "format": "CycloneDX" if cyclonedx else "SPDX",
        "spec_version": str(body.get("specVersion" if cyclonedx else "spdxVersion", "")),
        "components": len(sbom.components),
        "without_version": [c.name for c in sbom.components if c.version is None],
        "without_purl": [c.name for c in sbom.components if not c.purl],
        "subjects": [subject.digest.to_set() for subject in sbom.subjects],
        "gaps": [{"what": g.what, "reason": g.reason, "detail": g.detail} for g in sbom.gaps],
        "timestamp": created if isinstance(created, str) else None,
        "missing": missing_elements(body, cyclonedx=cyclonedx),
    }


def _parse(media_type: str, data: bytes, where: str) -> Sbom:
    if media_type == CYCLONEDX:
        from supplychain.inventory.cyclonedx_reader import parse_cyclonedx

        return parse_cyclonedx(data, where=where)
    from supplychain.inventory.spdx_reader import parse_spdx

    return parse_spdx(data, where=where)

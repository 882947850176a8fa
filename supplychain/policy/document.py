"""From a dossier to the document policy sees as `input`. Only verified statements get in.

"As of": a statement made after `at` did not exist yet; it is listed under `rejected` with the code `AFTER_AT`. Only a
no of the environment before this one counts whatever time it claims, as at admission: a clock that jumps hides none.
Of verification summaries only those for the environment before this one matter, so that deciding twice decides alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_json_object
from supplychain.errors import MalformedInput
from supplychain.inventory.minimum_elements import missing_elements
from supplychain.inventory.sbom import Sbom
from supplychain.policy.alike import findings_of
from supplychain.statement.predicates.approval import Approval
from supplychain.statement.predicates.layout import CheckedLayout
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import CYCLONEDX, SPDX, Reference
from supplychain.statement.predicates.scan import Scan
from supplychain.statement.predicates.test_result import QualityResult
from supplychain.statement.predicates.vsa import Vsa
from supplychain.statement.predicates.vulns import Vulns
from supplychain.statement.predicates.waiver import Waiver
from supplychain.verification.dossier import Dossier, Rejected
from supplychain.verification.verifier import VerifiedStatement

VERSION = 2
"""Version of the input document. 1 had the findings of dependency scans as they were signed, in the predicate."""


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
        if not known_at(verified, at) and not _is_no(verified):
            later.append(
                {
                    "code": "AFTER_AT",
                    "message": f"a {entry['kind']} statement of {entry['time']}",
                    "ref": entry["digest"],
                }
            )
        else:
            entries.append(entry)
    rejected = [_rejected(r) for r in dossier.rejected]
    return {
        "version": VERSION,
        "at": format_time(at),
        "environment": environment,
        "previous_environment": previous,
        "artifact": {"name": dossier.artifact.name, "digest": dossier.artifact.digest.to_set()},
        "statements": sorted(entries, key=lambda e: (e["time"] or "", e["digest"]), reverse=True),
        "rejected": rejected + later,
    }


def _rejected(piece: Rejected) -> dict[str, str]:
    unread = {"unread": piece.unread} if piece.unread else {}
    return {"code": piece.code, "message": piece.message, "ref": piece.digest, **unread}


def in_present_shape(document: Mapping[str, Any]) -> dict[str, Any]:
    """A stored document of version 1 as this version would make it; any other as it is. Nothing is lost or judged anew.

    Policies of today can be asked about decisions of then; the policies of then read the document as it was stored.
    """
    statements = document.get("statements")
    if document.get("version") != 1 or not isinstance(statements, list):
        return dict(document)
    entries = [
        _with_findings(entry, entry["predicate"], findings_of(_results(entry["predicate"])))
        if isinstance(entry, dict) and entry.get("kind") == "vulns" and isinstance(entry.get("predicate"), dict)
        else entry
        for entry in statements
    ]
    return {**document, "version": VERSION, "statements": entries}


def _is_no(verified: VerifiedStatement) -> bool:
    return isinstance(verified.predicate, Vsa) and verified.predicate.result == "FAILED"


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
    entry = {
        "kind": kind,
        "predicate_type": verified.statement.predicate_type,
        "digest": str(verified.statement.digest),
        "time": time_stated(verified),
        "signers": list(verified.signers),
        "people": list(verified.people),
        "builder_level": verified.builder_level,
        "log": verified.log,
        "signed_at": format_time(verified.signed_at) if verified.signed_at else None,
        "document": document,
    }
    predicate = verified.statement.predicate
    if isinstance(verified.predicate, Vulns):
        return _with_findings(entry, predicate, _findings(verified))
    if verified.public and isinstance(verified.predicate, Provenance):
        predicate = verified.predicate.to_json()
    return {**entry, "predicate": dict(predicate)}


def _with_findings(
    entry: Mapping[str, Any], predicate: Mapping[str, Any], findings: dict[str, Any] | None
) -> dict[str, Any]:
    """The entry of a dependency scan: its findings stand beside the predicate, in groups that are alike."""
    scanner = predicate.get("scanner")
    kept = {key: value for key, value in scanner.items() if key != "result"} if isinstance(scanner, dict) else scanner
    return {**entry, "predicate": {**predicate, "scanner": kept}, "findings": findings}


def _results(predicate: Mapping[str, Any]) -> object:
    scanner = predicate.get("scanner")
    return scanner.get("result") if isinstance(scanner, dict) else None


def _findings(verified: VerifiedStatement) -> dict[str, Any] | None:
    """The findings of a dependency scan, kept by what was signed: not to be changed by who gets them."""
    digest, results = verified.statement.digest, _results(verified.statement.predicate)
    known = _FINDINGS.get(digest)
    if known is None:
        known = findings_of(results), len(results) if isinstance(results, list) else 0
        if sum(size for _, size in _FINDINGS.values()) + known[1] > _KEPT_FINDINGS or len(_FINDINGS) >= _KEPT:
            _FINDINGS.clear()
        _FINDINGS[digest] = known
    return known[0]


_KEPT_FINDINGS = 20_000
_FINDINGS: dict[Digest, tuple[dict[str, Any] | None, int]] = {}
"""Of the scans read last, and how many: an admission server asks of one artifact many times."""


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

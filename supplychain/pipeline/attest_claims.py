"""`attest provenance|sbom|scan`: take a document that somebody else made, and sign what it says about an artifact.

The document is read as strictly as at the gate, so that nothing is signed that would be refused there. Where it names
other artifacts than the one it is signed for, it is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time, parse_json_object
from supplychain.errors import MalformedInput, UsageError, VerificationFailed
from supplychain.files import MIB, read_bytes
from supplychain.inventory.sbom import Sbom
from supplychain.pipeline.attest import ATTESTER, sign_and_put, state_scan
from supplychain.pipeline.attest_scan import read_scan_document
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.workspace import Workspace
from supplychain.scan.interface import ScanResult
from supplychain.scan.sarif_import import read_sarif
from supplychain.statement.predicates import provenance, reference
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.predicates.reference import CYCLONEDX, SPDX, Reference
from supplychain.statement.statement import STATEMENT_TYPE, Statement
from supplychain.verification.verifier import verify

MAX_SBOM = 256 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Attested:
    """One claim that was signed and kept."""

    kind: str
    statement: Statement
    where: str

    def to_json(self) -> dict[str, Any]:
        """`{"kind", "digest", "where", "predicate_type"}`."""
        return {
            "kind": self.kind,
            "predicate_type": self.statement.predicate_type,
            "digest": str(self.statement.digest),
            "where": self.where,
        }


def attest_provenance(workspace: Workspace, artifact: Artifact, file: Path, *, at: datetime) -> Attested:
    """Sign a SLSA provenance v1: a predicate, or a whole statement about the artifact.

    Raises:
        MalformedInput: It is neither.
        VerificationFailed: `WRONG_ARTIFACT`, or the trust file does not let this key claim provenance.
        UsageError: The file or the signing key is missing.
        ToolFailed: The store cannot be written.
    """
    where = str(file)
    data = read_bytes(file, max_bytes=16 * MIB, what="a SLSA provenance predicate")
    predicate: Mapping[str, Any] = parse_json_object(data, where=where)
    if "_type" in predicate:
        stated = Statement.parse(data, where=where)
        _check_about(artifact, stated.subjects, where)
        if stated.predicate_type != provenance.TYPE:
            raise MalformedInput(
                "another kind of claim",
                code="WRONG_PREDICATE",
                where=where,
                expected=provenance.TYPE,
                found=stated.predicate_type[:120],
            )
        predicate = stated.predicate
    Provenance.parse(predicate, where=where)
    return keep_claim(
        workspace, "provenance", Statement.make((named(workspace, artifact, at=at),), provenance.TYPE, predicate), at=at
    )


def attest_sbom(workspace: Workspace, artifact: Artifact, file: Path, *, at: datetime) -> Attested:
    """Sign a CycloneDX or SPDX document by its digest, and keep the document beside.

    Raises:
        MalformedInput: It is no valid SBOM.
        VerificationFailed: `WRONG_ARTIFACT`: it names other artifacts; or the key may not claim it.
        UsageError: The file or the signing key is missing.
        ToolFailed: The store cannot be written.
    """
    data = read_bytes(file, max_bytes=MAX_SBOM, what="a CycloneDX or SPDX document")
    media_type, sbom = _read_sbom(data, str(file))
    if sbom.subjects:
        _check_about(artifact, sbom.subjects, str(file))
    value = Reference(
        attester=ATTESTER,
        name=file.name,
        media_type=media_type,
        digest=Digest.of_bytes(data),
        size=len(data),
        time=format_time(at),
    )
    statement = Statement.make((named(workspace, artifact, at=at),), reference.TYPE, value.to_json())
    kept = keep_claim(workspace, "sbom", statement, at=at)
    workspace.store.put_document(data)
    return kept


def attest_scan(
    workspace: Workspace, artifact: Artifact, file: Path, *, kind: str, finished: datetime | None, at: datetime
) -> tuple[Attested, ...]:
    """Sign what a scan saw: our own JSON with its coverage, or SARIF, whose coverage is unknown.

    Args:
        workspace: The project.
        artifact: What was scanned.
        file: The results.
        kind: Kind of scan a SARIF log tells of.
        finished: When the scan ended; None: as the log says, else when the file was written.
        at: Now; a scan cannot have ended later.

    Raises:
        MalformedInput: Neither of both formats.
        NothingToCheck: A SARIF log without a run.
        UsageError: `SCAN_FROM_THE_FUTURE`; the file or the signing key is missing.
        VerificationFailed: The key may not claim it.
        ToolFailed: The store cannot be written.
    """
    data = read_bytes(file, max_bytes=64 * MIB, what="scan results: JSON of `scan`, or SARIF")
    written = datetime.fromtimestamp(int(file.stat().st_mtime), tz=UTC)
    found: list[tuple[ScanResult, datetime]] = []
    if "runs" in parse_json_object(data, where=str(file)):
        runs = read_sarif(data, kind=kind, where=str(file))
        found += [(one.result, finished or one.finished or written) for one in runs]
    else:
        found.append((read_scan_document(data, where=str(file)), finished or written))
    for _, ended in found:
        if ended > at:
            raise UsageError(
                "the scan has not ended yet",
                code="SCAN_FROM_THE_FUTURE",
                where=str(file),
                expected=f"an end at or before {format_time(at)}",
                found=format_time(ended),
                hint="give the time at which it ended with --finished",
            )
    subject = named(workspace, artifact, at=at)
    statements = [(result.kind, state_scan((subject,), result, at=ended)) for result, ended in found]
    return tuple(keep_claim(workspace, scan_kind, statement, at=at) for scan_kind, statement in statements)


def named(workspace: Workspace, artifact: Artifact, *, at: datetime) -> Artifact:
    """The artifact under the name that evidence about it has; a link calls it by a path, so links are not asked."""
    if artifact.name:
        return artifact
    found = collect_dossier(artifact, workspace.store, workspace.trust, at=at).statements
    return next((one.artifact for one in found if one.kind != "link"), artifact)


def keep_claim(workspace: Workspace, kind: str, statement: Statement, *, at: datetime) -> Attested:
    """Sign, verify as the gate will, then keep: what nobody would believe is refused here, not discovered there.

    Raises:
        VerificationFailed: The trust file does not let this key make this claim.
        UsageError: The signing key is missing.
        ToolFailed: The store cannot be written, or the key cannot be used.
    """
    signer = workspace.signer()
    envelope = signer.sign(statement)
    artifact = statement.subjects[0]
    verify([(f"the {kind}", envelope)], workspace.trust, artifact=artifact.digest, name=artifact.name, at=at)
    return Attested(kind=kind, statement=statement, where=sign_and_put(statement, signer, workspace.store)[1])


def _read_sbom(data: bytes, where: str) -> tuple[str, Sbom]:
    body = parse_json_object(data, where=where, max_bytes=MAX_SBOM)
    if body.get("bomFormat") == "CycloneDX":
        from supplychain.inventory.cyclonedx_reader import parse_cyclonedx

        return CYCLONEDX, parse_cyclonedx(data, where=where)
    if "spdxVersion" in body or "@context" in body:
        from supplychain.inventory.spdx_reader import parse_spdx

        return SPDX, parse_spdx(data, where=where)
    expected = "bomFormat CycloneDX, or an SPDX document"
    hint = "attest a predicate of another kind with its own sub-command" if body.get("_type") == STATEMENT_TYPE else ""
    raise MalformedInput("not an SBOM", code="NOT_AN_SBOM", where=where, expected=expected, hint=hint)


def _check_about(artifact: Artifact, subjects: tuple[Artifact, ...], where: str) -> None:
    if all(subject.digest != artifact.digest for subject in subjects):
        raise VerificationFailed(
            "the document is about another artifact",
            code="WRONG_ARTIFACT",
            where=where,
            expected=str(artifact.digest),
            found=", ".join(str(subject) for subject in subjects[:3])[:300],
            hint="check that the artifact is the one the document was made for",
        )

"""Sigstore bundles by a signer the user names: a certificate's identity and issuer, whoever that is.

The user believes this signer, so what the signer states is held against the expectations as it stands; no rule about
builders applies, and no builder level follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from supplychain.artifact.digest import Digest
from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.statement.predicates.provenance import Provenance
from supplychain.statement.statement import Statement
from supplychain.verification.expectations import Expectations, check_expectations, check_package, differs
from supplychain.verification.provenance.checks import check_inputs, check_references, check_source, find_subject
from supplychain.verification.provenance.outcome import statement_of, unreadable
from supplychain.verification.provenance.references import BuilderId
from supplychain.verification.provenance.shapes import STYLES, TYPES, V1, Shape, read_shape, subjects_of
from supplychain.verification.sigstore.facts import CertificateIdentity
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedSignature:
    """A verified bundle by the named signer."""

    statement: Statement | None
    """None: a signature over the artifact itself."""
    artifact: Digest
    signer: str
    where: str


def verify_named(
    bundles: Sequence[SigstoreBundle],
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    signer: CertificateIdentity,
    root: TrustedRoot,
    where: str,
) -> tuple[NamedSignature, ...]:
    """Verify the bundles of one file; those by other signers, or about other artifacts, are left out.

    Raises:
        VerificationFailed: None verifies; the reason is that of the first.
        MalformedInput: None can be read.
    """
    found: list[NamedSignature] = []
    first: SupplychainError | None = None
    for bundle in bundles:
        try:
            found.append(_verify(bundle, digests, expected, signer=signer, root=root, where=where))
        except SupplychainError as error:
            first = first or error
    if not found:
        raise first or unreadable("there is no bundle", where=where)
    return tuple(found)


def _verify(
    bundle: SigstoreBundle,
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    signer: CertificateIdentity,
    root: TrustedRoot,
    where: str,
) -> NamedSignature:
    verified = verify_bundle(bundle, artifact=digests, trusted_root=root, signer=signer, where=where)
    if verified.artifact is None or verified.claims is None:
        raise AssertionError("an artifact and a certificate were asked for")
    statement = statement_of(verified, where=where) if verified.payload is not None else None
    if expected.any:
        _check(statement, digests, expected, where)
    return NamedSignature(statement=statement, artifact=verified.artifact, signer=verified.claims.identity, where=where)


def _check(statement: Statement | None, digests: Sequence[Digest], expected: Expectations, where: str) -> None:
    if statement is None or statement.predicate_type not in TYPES:
        raise VerificationFailed(
            "something is expected of the provenance, and this is none",
            code="NO_PROVENANCE",
            where=where,
            expected=" or ".join(TYPES),
            found=statement.predicate_type if statement else "a signature over the artifact",
        )
    definition = statement.predicate.get("buildDefinition")
    build_type = definition.get("buildType") if isinstance(definition, dict) else None
    if statement.predicate_type == V1 and build_type not in STYLES:
        provenance = Provenance.parse(statement.predicate, where=where)
        subject, _ = find_subject(subjects_of(statement, where=where), digests, where=where)
        return check_expectations(provenance, expected, where=where, subject=subject.name)
    return _check_shape(read_shape(statement, where=where), digests, expected, where)


def _check_shape(shape: Shape, digests: Sequence[Digest], expected: Expectations, where: str) -> None:
    if expected.builder_id is not None:
        found = BuilderId.parse(shape.builder_id, where=where)
        if not BuilderId.parse(expected.builder_id, where="--builder-id").covers(found):
            raise differs("BUILDER_MISMATCH", "built by another builder", where, expected.builder_id, str(found))
    if expected.source_uri is not None:
        check_source(shape, expected.source_uri, where=where)
    subject, _ = find_subject(shape.subjects, digests, where=where)
    check_references(shape, expected, where=where)
    check_inputs(shape, expected.workflow_inputs, where=where)
    check_package(subject.name, expected, where=where)

"""Builders on GitHub Actions: slsa-github-generator, what it delegates for, and GitHub's own artifact attestations.

The steps, as slsa-verifier takes them, and their codes:

1. the bundle is signed by a certificate for a GitHub workflow       those of `verification.sigstore.verifier`
2. the workflow is a builder we know, or the one the user names      UNTRUSTED_REUSABLE_WORKFLOW, UNKNOWN_BUILDER
3. it was used at a released version, on a hosted runner             INVALID_REF, BUILDER_MISMATCH
4. the certificate is for the expected repository                    SOURCE_MISMATCH
5. the provenance is of a kind that this builder writes              BUILD_TYPE_MISMATCH
6. it names the same builder; a delegated build its own builder      BUILDER_MISMATCH, INVALID_BUILDER_ID, INVALID_REF
7. source, artifact, branch, tag, inputs                             those of `checks`
8. what the build could have written itself is in the certificate    those of `forgeable`
"""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.artifact.digest import Digest
from supplychain.errors import VerificationFailed
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.expectations import Expectations, check_package, differs
from supplychain.verification.provenance.builders import (
    GITHUB_ATTESTATION,
    OWN_REPOSITORIES,
    TRUSTED_PREFIX,
    WORKFLOW_BUILDERS,
    Builder,
)
from supplychain.verification.provenance.checks import check_common, reference_of
from supplychain.verification.provenance.forgeable import check_certificate
from supplychain.verification.provenance.outcome import PublicProvenance, statement_of
from supplychain.verification.provenance.references import BuilderId, as_git, check_release
from supplychain.verification.provenance.shapes import Shape, read_shape
from supplychain.verification.provenance.workflow import ISSUER, SERVER, Workflow, workflow_of
from supplychain.verification.sigstore.facts import CertificateIdentity, VerifiedBundle
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle

ANY_WORKFLOW = CertificateIdentity(identity=f"{SERVER}*", issuer=ISSUER, pattern=True)
HOSTED = "github-hosted"


def verify_github(
    bundle: SigstoreBundle, digests: Sequence[Digest], expected: Expectations, *, root: TrustedRoot, where: str
) -> PublicProvenance:
    """Verify provenance by a builder on GitHub Actions.

    Args:
        bundle: The signed provenance.
        digests: Of the artifact.
        expected: At least `source_uri`.
        root: Whose certificates and logs are believed.
        where: Name of the evidence.

    Raises:
        VerificationFailed: A step failed; `code` says which.
        MalformedInput: The evidence cannot be read.
    """
    # (1)
    verified = verify_bundle(bundle, artifact=None, trusted_root=root, signer=ANY_WORKFLOW, where=where)
    workflow = github_workflow(verified, where=where)
    # (2)
    builder = _builder(workflow, expected, where)
    # (3)
    check_builder_version(workflow, where=where)
    check_hosted(workflow, builder, where=where)
    # (4)
    check_repository(workflow, expected.source_uri or "", where=where)
    # (5)
    statement = statement_of(verified, where=where)
    shape = read_shape(statement, where=where)
    check_build_type(shape, builder, where=where)
    # (6)
    builder_id = (
        delegated_builder(shape, expected.builder_id, where=where)
        if builder.delegator
        else _same_builder(shape, workflow, where)
    )
    # (7)
    subject, digest = check_common(shape, digests, expected, where=where)
    check_package(subject.name, expected, where=where)
    # (8)
    if builder is GITHUB_ATTESTATION:
        check_certificate(shape, workflow, where=where)
    return PublicProvenance(
        statement=statement,
        artifact=digest,
        subject=subject.name,
        builder_id=str(builder_id),
        builder_level=_level(builder, workflow),
        source=workflow.repository,
        ref=reference_of(shape, where=where),
        signer=str(workflow.builder),
        where=where,
        commit=workflow.sha,
        signed_at=min((time.at for time in verified.times), default=None),
    )


def github_workflow(verified: VerifiedBundle, *, where: str) -> Workflow:
    """The workflow whose certificate signed."""
    if verified.claims is None:
        raise AssertionError("a certificate was asked for")
    return workflow_of(verified.claims, where=where)


def check_repository(workflow: Workflow, expected: str, *, where: str) -> None:
    """The certificate was given to the expected repository; nothing in the payload can change that (step 4)."""
    wanted = as_git(expected).removeprefix("git+")
    if workflow.repository != wanted:
        raise differs("SOURCE_MISMATCH", "built from another source", where, wanted, workflow.repository)


def check_build_type(shape: Shape, builder: Builder, *, where: str) -> None:
    """The builder writes this kind of provenance (step 5)."""
    if (shape.predicate_type, shape.build_type) not in builder.build_types:
        allowed = ", ".join(sorted(build_type for _, build_type in builder.build_types))
        raise differs("BUILD_TYPE_MISMATCH", "this builder writes other provenance", where, allowed, shape.build_type)


def check_builder_version(workflow: Workflow, *, where: str) -> None:
    """The signing workflow was used at a released version (step 3)."""
    check_release(workflow.builder, where=where, head=workflow.repository in OWN_REPOSITORIES)


def check_hosted(workflow: Workflow, builder: Builder, *, where: str) -> None:
    """A known builder runs on GitHub's own machines; whoever owns the machine could change the build (step 3)."""
    if builder is not GITHUB_ATTESTATION and workflow.hosted not in ("", HOSTED):
        raise differs("BUILDER_MISMATCH", "the builder ran on somebody's own machine", where, HOSTED, workflow.hosted)


def delegated_builder(shape: Shape, expected: str | None, *, where: str) -> BuilderId:
    """The reusable workflow a delegator signed for, as the provenance names it (step 6)."""
    found = BuilderId.parse(shape.builder_id, where=where)
    check_release(found, where=where)
    if expected is None:
        if not found.name.startswith(TRUSTED_PREFIX):
            raise VerificationFailed(
                "this builder must be named to be believed",
                code="INVALID_BUILDER_ID",
                where=where,
                expected=f"a builder below {TRUSTED_PREFIX}, or the one given by --builder-id",
                found=str(found),
            )
    elif not BuilderId.parse(expected, where="--builder-id").covers(found):
        raise differs("BUILDER_MISMATCH", "built by another builder", where, expected, str(found))
    return found


def _builder(workflow: Workflow, expected: Expectations, where: str) -> Builder:
    known = WORKFLOW_BUILDERS.get(workflow.builder.name)
    if known is not None and known.delegator:
        return known
    if expected.builder_id is not None:
        wanted = BuilderId.parse(expected.builder_id, where="--builder-id")
        if wanted.covers(workflow.builder):
            return known or GITHUB_ATTESTATION
    elif known is not None:
        return known
    raise VerificationFailed(
        "signed by a workflow that is not the expected builder",
        code="UNTRUSTED_REUSABLE_WORKFLOW",
        where=where,
        expected=expected.builder_id or "a builder of slsa-github-generator",
        found=str(workflow.builder),
        hint="" if expected.builder_id else "if this workflow is to be believed, name it with --builder-id",
    )


def _same_builder(shape: Shape, workflow: Workflow, where: str) -> BuilderId:
    if shape.builder_id != str(workflow.builder):
        raise differs("BUILDER_MISMATCH", "built by another builder", where, str(workflow.builder), shape.builder_id)
    return workflow.builder


def _level(builder: Builder, workflow: Workflow) -> int:
    if builder is not GITHUB_ATTESTATION:
        return builder.level
    if workflow.hosted != HOSTED:
        return 1
    return 3 if workflow.reusable else builder.level

"""Packages of npm: provenance of the build, and the registry's attestation that it published the package.

(https://github.com/npm/attestation). Both must hold, and be
about the same package. The steps, as slsa-verifier takes them:

1. the provenance is signed by a certificate for a GitHub workflow     those of `verification.sigstore.verifier`
2. the certificate is for the expected repository                      SOURCE_MISMATCH
3. the user names the builder: a delegated builder, or npm's client    INVALID_BUILDER_ID, BUILDER_NOT_SUPPORTED,
   on a runner                                                         BUILDER_MISMATCH, INVALID_REF
4. the provenance is of a kind that this builder writes                INVALID_BUILDER_ID, BUILD_TYPE_MISMATCH
5. it names the same builder                                           BUILDER_MISMATCH
6. source, artifact, branch, tag, inputs                               those of `checks`
7. what the build could have written itself is in the certificate      those of `forgeable`
8. the registry's key signed the publish attestation                   UNKNOWN_SIGNER, KEY_EXPIRED, …
9. it is about the same package and bytes                              WRONG_ARTIFACT, PACKAGE_NAME_MISMATCH, …
10. package name and version                                           PACKAGE_NAME_MISMATCH, PACKAGE_VERSION_MISMATCH
"""

from __future__ import annotations

from collections.abc import Sequence

from supplychain.artifact.digest import Digest
from supplychain.errors import VerificationFailed
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.statement import Statement
from supplychain.verification.expectations import Expectations, check_package, differs
from supplychain.verification.provenance.builders import NPM_BUILDERS, SELF_HOSTED, WORKFLOW_BUILDERS, Builder
from supplychain.verification.provenance.checks import check_common, find_subject, reference_of
from supplychain.verification.provenance.forgeable import check_certificate
from supplychain.verification.provenance.github import (
    ANY_WORKFLOW,
    HOSTED,
    check_build_type,
    check_builder_version,
    check_hosted,
    check_repository,
    delegated_builder,
    github_workflow,
)
from supplychain.verification.provenance.keys import npm_keys
from supplychain.verification.provenance.outcome import PublicProvenance, statement_of, unreadable
from supplychain.verification.provenance.references import package_of
from supplychain.verification.provenance.shapes import Shape, read_shape, subjects_of
from supplychain.verification.provenance.workflow import Workflow
from supplychain.verification.sigstore.facts import ManagedKey, VerifiedBundle
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from supplychain.verification.sigstore.verifier import verify_bundle

PUBLISH = "https://github.com/npm/attestation/tree/main/specs/publish/"
"""Predicate type of publish attestations, without its version."""


def verify_npm(
    provenance: SigstoreBundle,
    publish: SigstoreBundle,
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    root: TrustedRoot,
    where: str,
) -> PublicProvenance:
    """Verify a package's provenance and publish attestation.

    Raises:
        VerificationFailed: A step failed; `code` says which.
        MalformedInput: The evidence cannot be read.
    """
    # (1)
    verified = verify_bundle(provenance, artifact=None, trusted_root=root, signer=ANY_WORKFLOW, where=where)
    workflow = github_workflow(verified, where=where)
    delegator = _delegator(workflow, where)
    # (2)
    check_repository(workflow, expected.source_uri or "", where=where)
    # (3)
    asked = _builder_id(expected, where)
    if delegator is not None:
        check_hosted(workflow, delegator, where=where)
    else:
        _check_runner(asked, workflow, where)
    # (4)
    statement = statement_of(verified, where=where)
    shape = read_shape(statement, where=where)
    builder = delegator or _client(asked, shape, where)
    check_build_type(shape, builder, where=where)
    # (5)
    builder_id = str(delegated_builder(shape, asked, where=where)) if delegator else _same_runner(shape, asked, where)
    # (6)
    subject, digest = check_common(shape, digests, expected, where=where)
    # (7)
    if delegator is None:
        check_certificate(shape, workflow, where=where)
    # (8)
    name = _publish_statement(_verify_publish(publish, root, where), digests, where)
    # (9)
    if name != subject.name:
        raise differs("PACKAGE_NAME_MISMATCH", "the registry published another package", where, subject.name, name)
    # (10)
    check_package(subject.name, expected, where=where)
    return PublicProvenance(
        statement=statement,
        artifact=digest,
        subject=subject.name,
        builder_id=builder_id,
        builder_level=builder.level,
        source=workflow.repository,
        ref=reference_of(shape, where=where),
        signer=str(workflow.builder),
        where=where,
        commit=workflow.sha,
        signed_at=min((time.at for time in verified.times), default=None),
    )


def _delegator(workflow: Workflow, where: str) -> Builder | None:
    """The delegator that signed; None when a workflow signed that npm's client ran in."""
    known = WORKFLOW_BUILDERS.get(workflow.builder.name)
    if known is None or not known.delegator:
        return None
    check_builder_version(workflow, where=where)
    return known


def _builder_id(expected: Expectations, where: str) -> str:
    if not expected.builder_id:
        raise VerificationFailed(
            "the builder of an npm package must be named",
            code="INVALID_BUILDER_ID",
            where=where,
            expected=f"--builder-id {', '.join(NPM_BUILDERS)}, or a builder of slsa-github-generator",
            found="none",
        )
    return expected.builder_id


def _check_runner(asked: str, workflow: Workflow, where: str) -> None:
    if not workflow.hosted:
        raise _unsupported("the certificate does not say on whose machine the build ran", "", where)
    wanted = {**dict.fromkeys(NPM_BUILDERS, HOSTED), SELF_HOSTED: "self-hosted"}.get(asked)
    if wanted is None:
        raise _unsupported("npm's client does not run on this builder", asked, where)
    if workflow.hosted != wanted:
        raise differs("BUILDER_MISMATCH", "built on another kind of runner", where, wanted, workflow.hosted)


def _client(asked: str, shape: Shape, where: str) -> Builder:
    """The client of npm on the runner that the user names; provenance v1 knows the runner's full name only."""
    known = NPM_BUILDERS.get(asked)
    if known is None or shape.predicate_type not in {predicate for predicate, _ in known.build_types}:
        raise VerificationFailed(
            "no provenance of this version is written under this builder id",
            code="INVALID_BUILDER_ID",
            where=where,
            expected=" or ".join(
                name for name, b in NPM_BUILDERS.items() if shape.predicate_type in {p for p, _ in b.build_types}
            ),
            found=asked,
        )
    return known


def _same_runner(shape: Shape, asked: str, where: str) -> str:
    # Older clients left out who hosts the runner; the certificate has just said it.
    if shape.builder_id.removesuffix(f"/{HOSTED}") != asked.removesuffix(f"/{HOSTED}"):
        raise differs("BUILDER_MISMATCH", "built by another builder", where, asked, shape.builder_id)
    return shape.builder_id


def _verify_publish(bundle: SigstoreBundle, root: TrustedRoot, where: str) -> VerifiedBundle:
    known = next((key for key in npm_keys() if key.keyid == bundle.key_hint), None)
    if known is None:
        raise VerificationFailed(
            "the publish attestation is signed by a key the registry has not published",
            code="UNKNOWN_SIGNER",
            where=where,
            expected=", ".join(key.keyid for key in npm_keys()),
            found=bundle.key_hint or "a certificate",
        )
    signer = ManagedKey(keyid=known.keyid, key=known.key)
    verified = verify_bundle(bundle, artifact=None, trusted_root=root, signer=signer, where=where)
    for time in verified.times:
        known.check_time(time.at, where=where)
    return verified


def _publish_statement(verified: VerifiedBundle, digests: Sequence[Digest], where: str) -> str:
    """Name of the package that the registry says it published, after holding it against the artifact."""
    statement: Statement = statement_of(verified, where=where)
    if not statement.predicate_type.startswith(PUBLISH):
        raise unreadable("not a publish attestation", where=where, found=statement.predicate_type)
    subject, _ = find_subject(subjects_of(statement, where=where), digests, where=where)
    stated = Fields(statement.predicate, where)
    name, version = package_of(subject.name)
    if (stated.text("name"), stated.text("version")) != (name, version):
        raise differs("PACKAGE_NAME_MISMATCH", "subject and predicate differ", where, subject.name, stated.text("name"))
    return subject.name


def _unsupported(message: str, found: str, where: str) -> VerificationFailed:
    return VerificationFailed(
        message,
        code="BUILDER_NOT_SUPPORTED",
        where=where,
        expected=", ".join((*NPM_BUILDERS, SELF_HOSTED)),
        found=found or "nothing",
    )

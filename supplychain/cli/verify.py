"""`supplychain verify ARTIFACT`: does the evidence prove what it claims?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock
from supplychain.cli.gate import ArtifactArgument
from supplychain.cli.plain_verify import open_evidence, verify_plainly
from supplychain.cli.project import ProjectOption, StoreOption, TrustOption
from supplychain.cli.verify_layout import (
    InspectionsOption,
    LayoutKeyOption,
    LayoutOption,
    LinksOption,
    ParameterOption,
    layout_order,
    refuse_beside,
    verify_layout,
)
from supplychain.cli.verify_summary import (
    EnvelopeOption,
    EnvironmentOption,
    LevelOption,
    PolicyOption,
    ResourceOption,
    VerifierOption,
    summary_asked,
    summary_kind,
)


def verify(
    artifact: ArtifactArgument,
    bundle: Annotated[
        list[Path] | None, typer.Option("--bundle", metavar="FILE", help="Evidence to verify; may be repeated.")
    ] = None,
    store: StoreOption = None,
    trust: TrustOption = None,
    key: Annotated[
        Path | None, typer.Option("--key", metavar="PEM", help="Believe this public key, and no other.")
    ] = None,
    certificate_identity: Annotated[
        str | None, typer.Option("--certificate-identity", metavar="ID", help="Believe certificates of this identity.")
    ] = None,
    certificate_oidc_issuer: Annotated[
        str | None, typer.Option("--certificate-oidc-issuer", metavar="URL", help="Who vouches for that identity.")
    ] = None,
    trusted_root: Annotated[
        Path | None,
        typer.Option(
            "--trusted-root",
            metavar="FILE",
            help="Certificates and logs to believe.",
            show_default="Sigstore's production root",
        ),
    ] = None,
    predicate: Annotated[
        str | None, typer.Option("--predicate", metavar="TYPE", help="Only this kind of claim will do.")
    ] = None,
    source_uri: Annotated[str | None, typer.Option("--source-uri", metavar="URI", help="Expected repository.")] = None,
    source_branch: Annotated[
        str | None, typer.Option("--source-branch", metavar="NAME", help="Expected branch.")
    ] = None,
    source_tag: Annotated[str | None, typer.Option("--source-tag", metavar="NAME", help="Expected tag.")] = None,
    source_versioned_tag: Annotated[
        str | None,
        typer.Option(
            "--source-versioned-tag", metavar="VERSION", help="Expected version of the tag; v1 covers v1.2.3."
        ),
    ] = None,
    builder_id: Annotated[
        str | None, typer.Option("--builder-id", metavar="URI", help="Expected builder, with or without @version.")
    ] = None,
    workflow_input: Annotated[
        list[str] | None, typer.Option("--workflow-input", metavar="K=V", help="Expected input; may be repeated.")
    ] = None,
    package_name: Annotated[
        str | None, typer.Option("--package-name", metavar="NAME", help="Expected package.")
    ] = None,
    package_version: Annotated[
        str | None, typer.Option("--package-version", metavar="VERSION", help="Expected version of the package.")
    ] = None,
    env: EnvironmentOption = None,
    verifier_id: VerifierOption = None,
    resource_uri: ResourceOption = None,
    verified_level: LevelOption = None,
    policy: PolicyOption = None,
    envelope: EnvelopeOption = None,
    layout: LayoutOption = None,
    layout_key: LayoutKeyOption = None,
    link_dir: LinksOption = None,
    layout_parameter: ParameterOption = None,
    allow_inspections: InspectionsOption = False,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
) -> None:
    """With --bundle every given file must verify; without, the store is asked and what does not verify is told.

    Evidence signed by a key needs --key or a trust file. Provenance of public builders (GitHub's, npm, Google Cloud
    Build) needs neither: their published identities are built in, and --source-uri says what they must have built.

    --env, --verifier-id, --resource-uri, --verified-level and --policy expect something of a summary (VSA): the newest
    one must say PASSED and meet them.

    With --layout the steps are checked that led to the artifact, and nothing else.

    Exits 0 when the evidence holds, 6 when it does not, 5 when it is malformed.
    """
    order = layout_order(artifact, layout, layout_key, link_dir, layout_parameter, inspections=allow_inspections)
    expected = (source_uri, source_branch, source_tag, source_versioned_tag, builder_id, package_name, package_version)
    if order is not None:
        from supplychain.pipeline.named import artifact_of

        subject = artifact_of(artifact)
        who = certificate_identity or certificate_oidc_issuer
        refuse_beside(
            {
                "--bundle": bundle,
                "--trust": trust,
                "--key": key,
                "--certificate-identity": who,
                "--predicate": predicate,
                "expectations": workflow_input or any(value is not None for value in expected),
            }
        )
        verify_layout(subject, order, lambda: open_evidence(store, project), format_, at=clock(at))
        return
    summary = summary_asked(env, verifier_id, resource_uri, verified_level, policy)
    verify_plainly(
        artifact,
        bundle=bundle,
        store=store,
        trust=trust,
        key=key,
        certificate_identity=certificate_identity,
        certificate_oidc_issuer=certificate_oidc_issuer,
        trusted_root=trusted_root,
        predicate=summary_kind(predicate, summary),
        source_uri=source_uri,
        source_branch=source_branch,
        source_tag=source_tag,
        source_versioned_tag=source_versioned_tag,
        builder_id=builder_id,
        workflow_input=workflow_input,
        package_name=package_name,
        package_version=package_version,
        summary=summary,
        envelope=envelope,
        at=at,
        format_=format_,
        project=project,
    )

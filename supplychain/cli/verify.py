"""`supplychain verify ARTIFACT`: does the evidence prove what it claims?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.gate import ArtifactArgument
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
from supplychain.errors import UsageError

if TYPE_CHECKING:
    from supplychain.store.place import Place
    from supplychain.verification.trust import Trust


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
    from supplychain.pipeline.admit import artifact_of
    from supplychain.pipeline.verify import Asked, verify_asked
    from supplychain.store.place import open_store
    from supplychain.verification.expectations import Expectations

    expected = Expectations(
        source_uri=source_uri,
        source_branch=source_branch,
        source_tag=source_tag,
        source_versioned_tag=source_versioned_tag,
        builder_id=builder_id,
        workflow_inputs=_inputs(workflow_input or []),
        package_name=package_name,
        package_version=package_version,
    )
    subject = artifact_of(artifact)
    order = layout_order(artifact, layout, layout_key, link_dir, layout_parameter, inspections=allow_inspections)
    if order is not None:
        who = certificate_identity or certificate_oidc_issuer
        refuse_beside(
            {
                "--bundle": bundle,
                "--trust": trust,
                "--key": key,
                "--certificate-identity": who,
                "--predicate": predicate,
                "expectations": expected.any,
            }
        )
        verify_layout(subject, order, lambda: open_store(_place(store, project)), format_, at=clock(at))
        return
    summary = summary_asked(env, verifier_id, resource_uri, verified_level, policy)
    answer = verify_asked(
        Asked(
            text=artifact,
            subject=subject,
            files=tuple(bundle or ()),
            expected=expected,
            predicate=summary_kind(predicate, summary),
            summary=summary,
            envelope=envelope,
            at=clock(at),
            who=_who(certificate_identity, certificate_oidc_issuer, bundle, key or trust),
            trusted_root=trusted_root,
            keyed=bool(key or trust),
            trust=lambda: _believed(key, trust, project),
            store=lambda: open_store(_place(store, project)),
        )
    )
    rejected = [{"code": r.code, "message": r.message, "ref": r.ref} for r in answer.rejected]
    if format_ is OutputFormat.JSON:
        named = {"name": subject.name, "digest": str(subject.digest)}
        emit_json({"artifact": named, "verified": [one.to_json() for one in answer.verified], "rejected": rejected})
        return
    for one in answer.verified:
        typer.echo(f"verified  {one.kind:<12} {one.told}")
    for refusal in rejected:
        typer.echo(f"refused   [{refusal['code']}] {refusal['message']}: {refusal['ref']}", err=True)
    typer.echo(f"artifact  {subject.digest}")


def _who(
    identity: str | None, issuer: str | None, bundle: list[Path] | None, other: Path | None
) -> tuple[str, str] | None:
    if identity is None and issuer is None:
        return None
    where = "--certificate-identity, --certificate-oidc-issuer"
    if not identity or not issuer:
        raise UsageError("an identity and who vouches for it belong together", where=where, expected="both")
    if other is not None:
        raise UsageError("give a certificate's identity, or --key or --trust, not both", where=where)
    if not bundle:
        raise UsageError("give the evidence with --bundle", where=where)
    return identity, issuer


def _inputs(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals or found.setdefault(name, value) != value:
            raise UsageError(
                "not an input", where="--workflow-input", expected="NAME=VALUE, each name once", found=text
            )
    return found


def _believed(key: Path | None, trust: Path | None, project: Path) -> Trust:
    from supplychain.files import MIB, read_bytes
    from supplychain.pipeline.config import load_config
    from supplychain.pipeline.trust import open_trust
    from supplychain.signing.identity import PublicKey
    from supplychain.verification.trust import Trust, no_trust

    if key is not None and trust is not None:
        raise UsageError("give --key or --trust, not both", where="--key, --trust")
    if key is not None:
        return Trust.of_key(PublicKey.parse(read_bytes(key, max_bytes=MIB, what="a public key"), where=str(key)))
    path = trust or load_config(project).trust
    if trust is None and not path.exists():
        raise no_trust(str(path))
    return open_trust(path)


def _place(store: str | None, project: Path) -> Place:
    from supplychain.pipeline.config import load_config
    from supplychain.store.place import parse_place

    return parse_place(store) if store is not None else load_config(project).store

"""`supplychain verify ARTIFACT`: does the evidence prove what it claims?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json
from supplychain.cli.gate import ArtifactArgument
from supplychain.cli.project import ProjectOption, StoreOption, TrustOption
from supplychain.errors import UsageError

if TYPE_CHECKING:
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
    predicate: Annotated[
        str | None, typer.Option("--predicate", metavar="TYPE", help="Only this kind of claim will do.")
    ] = None,
    source_uri: Annotated[str | None, typer.Option("--source-uri", metavar="URI", help="Expected repository.")] = None,
    source_branch: Annotated[
        str | None, typer.Option("--source-branch", metavar="NAME", help="Expected branch.")
    ] = None,
    source_tag: Annotated[str | None, typer.Option("--source-tag", metavar="NAME", help="Expected tag.")] = None,
    builder_id: Annotated[str | None, typer.Option("--builder-id", metavar="URI", help="Expected builder.")] = None,
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
) -> None:
    """With --bundle every given file must verify; without, the store is asked and what does not verify is told.

    Exits 0 when the evidence holds, 6 when it does not, 5 when it is malformed.
    """
    from supplychain.pipeline.admit import artifact_of
    from supplychain.pipeline.history import told
    from supplychain.pipeline.verify import expect, verify_files, verify_store
    from supplychain.store.directory import DirectoryStore
    from supplychain.verification.expectations import Expectations

    expected = Expectations(
        source_uri=source_uri, source_branch=source_branch, source_tag=source_tag, builder_id=builder_id
    )
    moment, subject = clock(at), artifact_of(artifact)
    believed = _believed(key, trust, project)
    if bundle:
        statements = verify_files(subject, bundle, believed, at=moment, predicate=predicate)
        rejected: list[dict[str, str]] = []
    else:
        place = store or _store_of(project)
        dossier = verify_store(subject, DirectoryStore(place), believed, at=moment, predicate=predicate)
        statements = dossier.statements
        rejected = [{"code": r.code, "message": r.message, "ref": r.ref} for r in dossier.rejected]
    expect(statements, expected)
    verified = [
        {"kind": s.kind, "predicate_type": s.statement.predicate_type, "signers": list(s.signers), "refs": list(s.refs)}
        for s in statements
    ]
    if format_ is OutputFormat.JSON:
        digest = str(subject.digest)
        emit_json({"artifact": {"name": subject.name, "digest": digest}, "verified": verified, "rejected": rejected})
        return
    for statement in statements:
        typer.echo(f"verified  {statement.kind:<12} {told(statement)}")
    for refusal in rejected:
        typer.echo(f"refused   [{refusal['code']}] {refusal['message']}: {refusal['ref']}", err=True)
    typer.echo(f"artifact  {subject.digest}")


def _believed(key: Path | None, trust: Path | None, project: Path) -> Trust:
    from supplychain.files import MIB, read_bytes
    from supplychain.pipeline.config import load_config
    from supplychain.signing.identity import PublicKey
    from supplychain.verification.trust import Trust, no_trust

    if key is not None and trust is not None:
        raise UsageError("give --key or --trust, not both", where="--key, --trust")
    if key is not None:
        return Trust.of_key(PublicKey.parse(read_bytes(key, max_bytes=MIB, what="a public key"), where=str(key)))
    path = trust or load_config(project).trust
    if trust is None and not path.exists():
        raise no_trust(str(path))
    return Trust.parse(read_bytes(path, max_bytes=MIB, what="a trust file"), where=str(path))


def _store_of(project: Path) -> Path:
    from supplychain.pipeline.config import load_config

    return load_config(project).store

"""`supplychain promote ARTIFACT --to ENV`: gate, say what was recorded, and pin what is deployed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, leave, say
from supplychain.cli.gate import ArtifactArgument, decided, tell
from supplychain.cli.project import (
    BaseOption,
    EngineOption,
    PoliciesOption,
    ProjectOption,
    StoreOption,
    TrustOption,
    open_project,
)
from supplychain.cli.sign import SignerOption


def promote(
    artifact: ArtifactArgument,
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment to promote to.")],
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    policies: PoliciesOption = None,
    base: BaseOption = None,
    engine: EngineOption = None,
    signer: SignerOption = None,
    pin: Annotated[
        list[Path] | None,
        typer.Option(
            "--pin",
            metavar="FILE",
            help="Write the digest into this kustomization, Helm values or manifest.",
        ),
    ] = None,
    image: Annotated[
        str | None,
        typer.Option("--image", metavar="NAME", help="What the files call the image.", show_default="the artifact"),
    ] = None,
) -> None:
    """The promotion is the signed PASSED summary; without ALLOW there is none, and nothing is pinned.

    Exits 0 for ALLOW, 10 for DENY, 7 for CANNOT-TELL.
    """
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.pin import pins_for, write_pins
    from supplychain.policy.decision import Verdict

    moment = clock(at)
    judge = None if base is None else (base, moment)
    workspace = open_project(
        project, trust=trust, store=store, policies=policies, engine=engine, signer=signer, on_base=judge
    )
    subject = artifact_of(artifact)
    pins = pins_for(pin or (), image or (subject.name if "@" in artifact else ""), subject.digest)
    gated = decided(workspace, artifact, to, moment)
    allowed = gated.decision.verdict is Verdict.ALLOW
    if allowed:
        pins = write_pins(pins)
    tell(gated, format_, pinned=[file.to_json() for file in pins if allowed])
    for file in pins if format_ is OutputFormat.TABLE else ():
        places = "nothing: it is not allowed" if not allowed else f"lines {', '.join(map(str, file.pinned.lines))}"
        typer.echo(f"pinned       {file.path}: {places}{'' if file.pinned.changed or not allowed else ' (unchanged)'}")
    for file in pins:
        for line in file.pinned.left:
            say(f"warning: {file.path}:{line} names {file.image} too, and follows a tag: pin it by hand")
    leave(gated.decision.verdict.exit_code)

"""`supplychain promote ARTIFACT --to ENV`: gate, then say what was recorded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat
from supplychain.cli.gate import ArtifactArgument, gate
from supplychain.cli.project import PoliciesOption, ProjectOption, StoreOption, TrustOption


def promote(
    artifact: ArtifactArgument,
    to: Annotated[str, typer.Option("--to", metavar="ENV", help="The environment to promote to.")],
    at: At = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
    policies: PoliciesOption = None,
) -> None:
    """The promotion is the signed PASSED summary; without ALLOW there is none.

    Exits 0 for ALLOW, 10 for DENY, 7 for CANNOT-TELL.
    """
    gate(artifact, to, at, format_, project, trust, store, policies)

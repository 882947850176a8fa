"""The options of `supplychain verify` that are about verification summaries (VSA), and the bare envelope it writes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.errors import UsageError

if TYPE_CHECKING:
    from supplychain.verification.summaries import SummaryExpectations

EnvironmentOption = Annotated[
    str | None, typer.Option("--env", metavar="ENV", help="Summary: the environment it must let the artifact into.")
]
VerifierOption = Annotated[
    str | None, typer.Option("--verifier-id", metavar="URI", help="Summary: who must have verified.")
]
ResourceOption = Annotated[
    str | None, typer.Option("--resource-uri", metavar="URI", help="Summary: what it must be about.")
]
LevelOption = Annotated[
    list[str] | None,
    typer.Option("--verified-level", metavar="LEVEL", help="Summary: a level it must reach; may be repeated."),
]
PolicyOption = Annotated[
    str | None, typer.Option("--policy", metavar="DIGEST", help="Summary: the policy set it must be by.")
]
EnvelopeOption = Annotated[
    Path | None,
    typer.Option(
        "--envelope",
        metavar="FILE",
        help="Write the one verified statement as a bare DSSE envelope, for tools that read no bundles.",
    ),
]


def summary_asked(
    env: str | None, verifier: str | None, resource: str | None, levels: list[str] | None, policy: str | None
) -> SummaryExpectations | None:
    """What the options expect of a summary; None when none is given. Imports nothing then.

    Raises:
        UsageError: An option is empty; a variable that is not set must not mean "anything will do".
        MalformedInput: The policy's digest is none.
    """
    given = {"--env": env, "--verifier-id": verifier, "--resource-uri": resource, "--policy": policy}
    if not levels and all(value is None for value in given.values()):
        return None
    if empty := [name for name, value in given.items() if value == ""]:
        raise UsageError("the expectation is empty", where=", ".join(empty), expected="a value, or not the option")
    from supplychain.artifact.digest import Digest
    from supplychain.verification.summaries import SummaryExpectations

    return SummaryExpectations(
        environment=env,
        verifier=verifier,
        resource=resource,
        levels=tuple(levels or ()),
        policy=Digest.parse(policy, where="--policy") if policy else None,
    )


def summary_kind(predicate: str | None, asked: SummaryExpectations | None) -> str | None:
    """The kind of claim that is asked for: with expectations of a summary, a summary.

    Raises:
        UsageError: Another kind is asked for at the same time.
    """
    if asked is None:
        return predicate
    from supplychain.statement.predicates.vsa import TYPE

    if predicate not in (None, "vsa", TYPE):
        raise UsageError(
            "only summaries have that", where="--predicate", expected="--predicate vsa", found=str(predicate)
        )
    return "vsa"

"""`supplychain admit ARTIFACT… --env ENV`: may these bytes run there?"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, FormatOption, OutputFormat, clock, emit_json, leave
from supplychain.cli.project import ProjectOption, StoreOption, TrustOption, open_project
from supplychain.errors import UsageError

_MOST_HOURS = 1_000_000.0


def admit(
    artifacts: Annotated[list[str], typer.Argument(metavar="ARTIFACT…", help="Files, or digests sha256:HEX.")],
    env: Annotated[str, typer.Option("--env", metavar="ENV", help="Where they are to run.")],
    at: At = None,
    max_age: Annotated[
        float | None, typer.Option("--max-age", metavar="HOURS", help="Oldest summary accepted, in hours.")
    ] = None,
    policy: Annotated[
        str | None, typer.Option("--policy", metavar="DIGEST", help="Only a summary by this policy set will do.")
    ] = None,
    format_: FormatOption = OutputFormat.TABLE,
    project: ProjectOption = Path(),
    trust: TrustOption = None,
    store: StoreOption = None,
) -> None:
    """Looks up the newest verified summary (VSA) of each; scans nothing, needs no network. One "no" is a "no" to all.

    Exits 0 for ALLOW, 10 for DENY.
    """
    from supplychain.artifact.digest import Digest
    from supplychain.pipeline.admit import Demands
    from supplychain.pipeline.admit import admit as decide
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.public import others_of
    from supplychain.policy.decision import Verdict
    from supplychain.report.verdict import decision_text

    workspace = open_project(project, trust=trust, store=store)
    workspace.ladder.before(env)
    wanted = [artifact_of(text) for text in artifacts]
    demands = Demands(
        max_age=_age(max_age) if max_age is not None else None,
        policy=Digest.parse(policy, where="--policy") if policy is not None else None,
        more={a.digest: others_of(text, a, workspace.trust) for text, a in zip(artifacts, wanted, strict=True)},
    )
    decisions = decide(wanted, env, workspace.store, workspace.trust, at=clock(at), demands=demands)
    verdicts = {decision.verdict for decision in decisions}
    worst = next(v for v in (Verdict.DENY, Verdict.CANNOT_TELL, Verdict.ALLOW) if v in verdicts)
    if format_ is OutputFormat.JSON:
        emit_json({"verdict": worst.value, "decisions": [decision.to_json() for decision in decisions]})
    else:
        for decision in decisions:
            typer.echo(decision_text(decision.to_json()), nl=False)
    leave(worst.exit_code)


def _age(hours: float) -> timedelta:
    """An age; raises UsageError for what is no number of hours, or more of them than a calendar has a use for."""
    if not 0 <= hours <= _MOST_HOURS:
        raise UsageError(
            "not an age", where="--max-age", expected=f"hours, from 0 to {_MOST_HOURS:,.0f}", found=str(hours)
        )
    return timedelta(hours=hours)

"""`supplychain verify --layout …`: were the steps followed that the layout lays down? And the options for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from supplychain.cli.common import OutputFormat, emit_json
from supplychain.errors import UsageError, printable

if TYPE_CHECKING:
    from supplychain.artifact.artifact import Artifact
    from supplychain.pipeline.layout_check import LayoutAnswer, LayoutOrder
    from supplychain.store.interface import Store

LayoutOption = Annotated[
    Path | None,
    typer.Option("--layout", metavar="FILE", help="A signed in-toto layout to hold it against.", show_default=False),
]
LayoutKeyOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--layout-key", metavar="PEM", help="A key that must have signed the layout; repeatable.", show_default=False
    ),
]
LinksOption = Annotated[
    str | None,
    typer.Option("--link-dir", metavar="DIR", help="Where the links of its steps are.", show_default="the store"),
]
ParameterOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layout-parameter", metavar="K=V", help="A value for the layout's {K}; repeatable.", show_default=False
    ),
]
InspectionsOption = Annotated[
    bool, typer.Option("--allow-inspections", help="Run the commands that the layout wants to run on this machine.")
]


def layout_order(
    artifact: str,
    layout: Path | None,
    keys: list[Path] | None,
    links: str | None,
    parameters: list[str] | None,
    *,
    inspections: bool,
) -> LayoutOrder | None:
    """What the options ask for; None without `--layout`.

    Raises:
        UsageError: Options that belong to a layout without one, or a parameter that is none.
    """
    if layout is None:
        if keys or links or parameters or inspections:
            raise UsageError("which layout? these options belong to one", where="--layout", expected="--layout FILE")
        return None
    from supplychain.pipeline.layout_check import LayoutOrder

    path = Path(artifact)
    return LayoutOrder(
        layout=layout,
        keys=tuple(keys or ()),
        links=None if links in (None, "store") else Path(str(links)),
        parameters=_parameters(parameters or []),
        file=path if path.is_file() else None,
        inspections=inspections,
    )


def verify_layout(
    subject: Artifact, order: LayoutOrder, store: Callable[[], Store], format_: OutputFormat, *, at: datetime
) -> None:
    """Check and tell. Raises VerificationFailed when the layout was not followed (see `check_order` for the rest)."""
    from supplychain.pipeline.layout_check import check_order

    answer = check_order(subject, order, store, at=at)
    if answer.error is not None:
        raise answer.error
    tell(subject, answer, format_, where=None)


def tell(subject: Artifact, answer: LayoutAnswer, format_: OutputFormat, *, where: str | None) -> None:
    """Print what came of a check."""
    checked = answer.checked
    if format_ is OutputFormat.JSON:
        named = {"name": subject.name, "digest": str(subject.digest)}
        body = {"artifact": named, "layout": checked.to_json(), "notes": list(answer.notes)}
        emit_json({**body, "where": where} if where else body)
        return
    word = "followed" if checked.result == "PASSED" else f"failed [{checked.code}]"
    typer.echo(printable(f"{word}  {checked.name}  {checked.digest}"))
    for step in checked.steps:
        typer.echo(printable(f"  step {step.name}: {', '.join(keyid[:16] for keyid in step.functionaries)}"))
    typer.echo(f"artifact  {subject.digest}")
    if where:
        typer.echo(f"kept      {where}")
    for note in answer.notes:
        typer.echo(printable(f"note: {note}"), err=True)


def refuse_beside(given: dict[str, object]) -> None:
    """Refuse options that a layout check would not look at. Raises UsageError."""
    names = [name for name, value in given.items() if value]
    if names:
        raise UsageError(
            "a layout check does not look at these options",
            where=", ".join(names),
            expected="--layout with --layout-key, --link-dir, --layout-parameter, --allow-inspections, --store, --at",
            hint="verify the other evidence with a call of its own",
        )


def _parameters(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals or found.setdefault(name, value) != value:
            raise UsageError(
                "not a parameter", where="--layout-parameter", expected="NAME=VALUE, each name once", found=text
            )
    return found

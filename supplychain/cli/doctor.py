"""`supplychain doctor`: what is installed, found and configured; nothing is changed."""

from __future__ import annotations

from pathlib import Path

import typer

from supplychain.cli.common import FormatOption, OutputFormat, emit_json, home, leave
from supplychain.errors import ExitCode


def doctor(format_: FormatOption = OutputFormat.TABLE) -> None:
    """Exits 4 when something a verb needs is missing."""
    from supplychain.pipeline.doctor import examine

    checks = examine(Path(), home())
    if format_ is OutputFormat.JSON:
        emit_json({"checks": checks})
    else:
        for check in checks:
            mark = "ok" if check["ok"] else ("missing" if check["needed"] else "-")
            typer.echo(f"{mark:<8} {check['name']:<18} {check['found']}")
    leave(ExitCode.OK if all(check["ok"] or not check["needed"] for check in checks) else ExitCode.TOOL_FAILED)

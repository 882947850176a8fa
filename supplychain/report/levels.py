"""The SLSA levels of an artifact as text and as Markdown. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.errors import printable
from supplychain.report.markdown import escape


def levels_text(artifact: str, levels: Sequence[Mapping[str, Any]]) -> str:
    """Format levels, as `Level.to_json` gives them, for a terminal."""
    lines = [printable(artifact)]
    for level in levels:
        lines += ["", f"{level['track']:<8} level {level['level']}", f"  because  {printable(level['because'])}"]
        lines.append(f"  missing  {level['missing']}")
        lines += [f"  next     {level['next']}"] if level["next"] else []
    return "\n".join(lines) + "\n"


def levels_markdown(artifact: str, levels: Sequence[Mapping[str, Any]]) -> str:
    """Format levels as Markdown."""
    rows = ["| track | level | because | missing for the next | next |", "|---|---|---|---|---|"]
    for level in levels:
        cells = (level["track"], str(level["level"]), level["because"], level["missing"], level["next"])
        rows.append("| " + " | ".join(escape(cell) for cell in cells) + " |")
    return "\n".join([f"## SLSA levels of {escape(artifact)}", "", *rows]) + "\n"

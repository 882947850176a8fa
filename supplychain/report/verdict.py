"""Decisions and runs as text for people: terminal and Markdown. Pure: the JSON forms in, text out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.errors import printable
from supplychain.report.beside import beside_lines

_WORDS = {"ALLOW": "ALLOW", "DENY": "DENY", "CANNOT_TELL": "CANNOT-TELL"}


def decision_text(decision: Mapping[str, Any]) -> str:
    """One decision: the verdict, then each reason with its fix."""
    artifact = decision["artifact"]
    name = artifact["name"] or artifact["digest"]
    lines = [f"{_WORDS[decision['verdict']]:<12} {decision['environment']:<12} {name}"]
    lines += [line for violation in decision["violations"] for line in _reason_lines(violation)]
    lines += [line for warning in decision["warnings"] for line in _reason_lines(warning)]
    return "\n".join(map(printable, lines)) + "\n"


def run_text(run: Mapping[str, Any]) -> str:
    """A whole run: products, scans, decisions, verdict."""
    lines = [line for a in run["artifacts"] for line in (f"product      {a['name']}", f"             {a['digest']}")]
    for scan in run["scans"]:
        skipped = f", {scan['skipped']} not looked at" if scan["skipped"] else ""
        lines.append(f"scan         {scan['kind']}: {scan['findings']} findings{skipped}")
        lines += beside_lines(scan)
    text = "\n".join(map(printable, lines)) + "\n\n" if lines else ""
    text += "".join(decision_text(decision) for decision in run["decisions"])
    return text + f"\nverdict      {_WORDS[run['verdict']]}\n"


def run_markdown(run: Mapping[str, Any]) -> str:
    """A whole run for a job summary."""
    lines = [f"## supplychain: {_WORDS[run['verdict']]}", "", "| environment | artifact | verdict |", "|---|---|---|"]
    for decision in run["decisions"]:
        cells = (decision["environment"], decision["artifact"]["name"], _WORDS[decision["verdict"]])
        lines.append("| " + " | ".join(_cell(cell) for cell in cells) + " |")
    for decision in run["decisions"]:
        lines += _markdown_reasons(decision["violations"], f"Why {_WORDS[decision['verdict']]}")
        lines += _markdown_reasons(decision["warnings"], "Warnings")
    for failure in run["failures"]:
        lines += ["", f"- **{_cell(failure['stage'])}** could not do its work: {_cell(failure['message'])}"]
    return "\n".join(lines) + "\n"


def _markdown_reasons(reasons: Sequence[Mapping[str, Any]], title: str) -> list[str]:
    if not reasons:
        return []
    rows = [f"| {_cell(r['code'])} | {_cell(r['message'])} | {_cell(r['fix'])} |" for r in reasons]
    return ["", f"### {title}", "", "| code | what | what to do |", "|---|---|---|", *rows]


def _reason_lines(reason: Mapping[str, Any]) -> list[str]:
    mark = {"deny": "deny", "cannot_tell": "CANNOT-TELL", "warn": "warn"}[reason["kind"]]
    lines = [f"  {mark} [{reason['code']}] {reason['message']}"]
    if reason["fix"]:
        lines.append(f"       fix: {reason['fix']}")
    return lines


def _cell(text: str) -> str:
    for old, new in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("|", "\\|"), ("`", "&#96;"), ("\n", " ")):
        text = text.replace(old, new)
    return text

"""Policies as text for people: what a rule is for, why a decision is as it is, what a replay says. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from supplychain.errors import printable
from supplychain.policy.metadata import Note
from supplychain.report.verdict import decision_text

_KINDS = {"deny": "denies", "cannot_tell": "cannot tell", "warn": "warns"}


def rules_markdown(notes: Sequence[Note]) -> str:
    """Every rule and code of a policy set, from its METADATA."""
    lines = ["# Rules", "", "Written by `supplychain policy docs` from the METADATA of the rules.", ""]
    for rule in dict.fromkeys(note.rule for note in notes):
        own = [note for note in notes if note.rule == rule]
        head = next((note for note in own if note.kind == "package" and note.title), None)
        lines += [f"## {rule}", ""]
        if head:
            lines += [head.description, ""]
        lines += ["| code | set | severity | when | controls |", "|---|---|---|---|---|"]
        rows = {_row(note) for note in own if note.kind != "package"}
        lines += [*sorted(rows), ""]
    return "\n".join(lines)


def explained_text(body: Mapping[str, Any]) -> str:
    """Why a decision is as it is, and what would allow."""
    decision, places = body["decision"], body["places"]
    lines = [*decision_text(decision).splitlines(), ""]
    for reason in decision["violations"]:
        place = places.get(f"{reason['rule']}.{reason['kind']}", "")
        lines.append(f"because      [{reason['code']}] rule {reason['rule']}{f', {place}' if place else ''}")
        evidence = ", ".join(
            f"{key} {value}" for key, value in sorted(reason["evidence"].items()) if value not in ([], "", None)
        )
        lines += [f"             evidence: {evidence}"] if evidence else []
    lines += ["", *_change_lines(body["allowed_by"]), "", "rules that ran:"]
    for outcome in decision["outcomes"]:
        lines.append(f"  {outcome['outcome']:<12} {outcome['rule']}")
        lines += [f"               by {digest}" for digest in outcome["inputs"]]
    if not body["reproduced"]:
        lines += ["", "note: run again, it does not give the bytes of the record (another engine version?)"]
    return "\n".join(map(printable, lines)) + "\n"


def replay_text(entries: Sequence[Mapping[str, Any]], *, other: bool) -> str:
    """What was run again, and in one line what came of it."""
    if not other:
        same = sum(entry["same"] for entry in entries)
        lines = [_replay_line(entry) for entry in entries if not entry["same"]]
        lines.append(f"{same} of {len(entries)} decisions are the same, byte for byte")
        engines = sum(entry["other_engine"] is not None for entry in entries)
        lines += [f"{engines} more differ in nothing but the engine that the record names"] if engines else []
        return "\n".join(map(printable, lines)) + "\n"
    blocked = [e for e in entries if e["then"] == "ALLOW" and e["now"] != "ALLOW"]
    freed = [e for e in entries if e["then"] != "ALLOW" and e["now"] == "ALLOW"]
    lines = [_replay_line(entry) for entry in (*blocked, *freed)]
    lines.append(f"would have blocked {len(blocked)} of {len(entries)}, and allowed {len(freed)} that were blocked")
    return "\n".join(map(printable, lines)) + "\n"


def _replay_line(entry: Mapping[str, Any]) -> str:
    about = entry["artifact"]["name"] or entry["artifact"]["digest"]
    why = entry["error"]["message"] if entry["error"] else ", ".join(entry["codes"])
    if entry["other_engine"]:
        then, now = entry["other_engine"]
        why = f"decided by {then}, run again by {now}"
    return f"{entry['then']} -> {entry['now']}  {entry['environment']}  {about}  {entry['at']}  {why}"


def _change_lines(told: Mapping[str, Any] | None) -> list[str]:
    if told is None:
        return ["allowed: no rule denies, and every rule could tell"]
    changes = []
    for change in told["changes"]:
        changes.append(f"  - {change['change']}  (settles {', '.join(change['settles'])})")
        changes += [f"    how: {change['how']}"] if change["how"] else []
    if told["enough"]:
        return ["smallest change found that allows:", *changes]
    left = sorted({f"{reason['code']}: {reason['fix']}" for reason in told["left"]})
    return ["no change that was tried allows; these help:", *changes, "left:", *(f"  - {text}" for text in left)]


def _row(note: Note) -> str:
    when = f"{_cell(note.title)}: {_cell(note.description)}"
    return f"| `{note.code}` | {_KINDS[note.kind]} | {note.severity} | {when} | {_controls(note)} |"


def _controls(note: Note) -> str:
    return "; ".join(f"{name} {', '.join(values)}" for name, values in sorted(note.controls.items()))


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()

"""Values the report tests share."""

from __future__ import annotations

from datetime import UTC, datetime

from supplychain.scan.finding import Finding, Level, Location

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
NASTY = '<script>|`x`[a](b)&"\n\x1b[31m\x00 @team 😀'


def source_finding(number: int = 1, **changes: object) -> Finding:
    values: dict[str, object] = {
        "id": "python-eval",
        "title": "Text is run as code.",
        "level": Level.HIGH,
        "location": Location(path="src/a b.py", line=number, column=5, end_line=number + 1),
        "seen_by": ("semgrep",),
        "help": "Parse it as data.",
    }
    return Finding(**{**values, **changes})  # type: ignore[arg-type]

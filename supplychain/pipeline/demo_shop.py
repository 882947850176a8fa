"""The small shop application that `demo` tells its story with, and the advisories it knows.

The advisories are facts about two real packages in words of our own; the snapshot is stated at the time of the demo.
"""

from __future__ import annotations

from typing import Any

OLD_PIN, NEW_PIN = "jinja2==2.4.1", "jinja2==3.1.6"

FILES: dict[str, str] = {
    "requirements.txt": f"# What the shop needs to run.\n{OLD_PIN}\nmarkupsafe==3.0.2\n",
    "shop/__init__.py": '"""A very small shop."""\n',
    "shop/basket.py": '''"""The basket: what somebody wants to buy."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """So many of one thing, at a price in cents."""

    name: str
    count: int
    cents: int


def total(lines: list[Line]) -> int:
    """What the basket costs, in cents."""
    return sum(line.count * line.cents for line in lines)
''',
    "shop/page.py": '''"""The page that shows the basket."""

from jinja2 import Environment

from shop.basket import Line, total

PAGE = Environment(autoescape=True).from_string("<p>{{ count }} things, {{ cents }} cents</p>")


def page(lines: list[Line]) -> str:
    """The basket as HTML."""
    return PAGE.render(count=sum(line.count for line in lines), cents=total(lines))
''',
    "build.py": '''"""Build the wheel: sorted members, fixed times, so that the same source gives the same bytes."""

import base64
import hashlib
import pathlib
import zipfile

INFO = "shop-1.0.dist-info"
files = {str(p): p.read_bytes() for p in sorted(pathlib.Path("shop").glob("*.py"))}
files[f"{INFO}/METADATA"] = b"Metadata-Version: 2.1\\nName: shop\\nVersion: 1.0\\n"
files[f"{INFO}/WHEEL"] = b"Wheel-Version: 1.0\\nGenerator: shop\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
pins = [line for line in pathlib.Path("requirements.txt").read_text().splitlines() if line and line[0] != "#"]
files[f"{INFO}/METADATA"] += "".join(f"Requires-Dist: {pin}\\n" for pin in pins).encode()


def row(name: str, data: bytes) -> str:
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(data)}\\n"


record = "".join(row(name, data) for name, data in files.items()) + f"{INFO}/RECORD,,\\n"
files[f"{INFO}/RECORD"] = record.encode()
pathlib.Path("dist").mkdir(exist_ok=True)
with zipfile.ZipFile("dist/shop-1.0-py3-none-any.whl", "w") as wheel:
    for name, data in files.items():
        wheel.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), data)
''',
    "supplychain.yaml": """version: 1
name: shop
build:
  command: ["{python}", build.py]
  products: ["dist/*.whl"]
environments: [dev, staging, production]
""",
    ".gitignore": "dist/\n.supplychain/\ntrust.yaml\n",
}
"""Path to content of the shop's source."""


def advisories() -> list[dict[str, Any]]:
    """OSV records about what the shop uses."""
    return [
        _record(
            "PYSEC-2019-217",
            ["CVE-2019-10906", "GHSA-462w-v97r-4m45"],
            "str.format_map lets a template leave the sandbox",
            fixed="2.10.1",
            score="CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N",
        ),
        _record(
            "PYSEC-2021-66",
            ["CVE-2020-28493", "GHSA-g3rq-g295-4j3m"],
            "the urlize filter takes very long on crafted text",
            fixed="2.11.3",
            score="CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L",
        ),
    ]


def _record(name: str, aliases: list[str], summary: str, *, fixed: str, score: str) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": fixed}]
    return {
        "schema_version": "1.6.0",
        "id": name,
        "modified": "2024-10-01T00:00:00Z",
        "aliases": aliases,
        "summary": summary,
        "severity": [{"type": "CVSS_V3", "score": score}],
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": "jinja2"},
                "ranges": [{"type": "ECOSYSTEM", "events": events}],
            }
        ],
    }

"""What a run held its findings against, VEX and a baseline, in lines for people. Pure: the JSON forms in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from supplychain.report.coverage import counted

SHOWN = 20
"""How many VEX statements that silenced nothing are told before the rest is counted."""


def beside_lines(scan: Mapping[str, Any]) -> list[str]:
    """The lines about one scan of a run; none when it was held against nothing."""
    lines = []
    if baseline := scan.get("baseline"):
        known = counted(baseline["known"], "finding")
        lines.append(f"baseline     {baseline['source']} ({baseline['form']} {baseline['digest']}): {known} known")
    if vex := scan.get("vex"):
        useless = [stated for stated in vex["statements"] if _is_useless(stated)]
        silent = f"{counted(vex['silenced_nothing'], 'statement')} silenced nothing"
        lines.append(f"vex          settled {counted(vex['settled'], 'finding')}; {silent}")
        lines += [f"             {_line(stated)}" for stated in useless[:SHOWN]]
        if vex["silenced_nothing"] > SHOWN:
            lines.append(f"             and {vex['silenced_nothing'] - SHOWN} more")
    return lines


def _is_useless(stated: Mapping[str, Any]) -> bool:
    return stated["status"] in ("not_affected", "fixed") and stated["outcome"] != "settled"


def _line(stated: Mapping[str, Any]) -> str:
    products = ", ".join(stated["products"][:2]) + (" …" if len(stated["products"]) > 2 else "")
    what = f"{stated['document']} #{stated['number']} {stated['vulnerability']} {stated['status']}"
    return f"{what} for {products or 'nothing'}: {stated['reason']}"

"""THE MAP in the package's docstring: exactly the stations there are, in the order of the layers."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import supplychain

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "supplychain"


def mapped() -> list[str]:
    return re.findall(r"^    ([a-z]+) ", str(supplychain.__doc__), re.MULTILINE)


def layers() -> list[set[str]]:
    """From the bottom up; layers that only some versions have (in brackets) are left out unless they are there."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (flow,) = [contract for contract in contracts if contract["id"] == "flow"]
    names = [{part.strip(" ()") for part in re.split(r"[|:]", layer)} for layer in reversed(flow["layers"])]
    return [{name for name in layer if name in stations()} for layer in names]


def stations() -> set[str]:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = {path.stem for path in PACKAGE.glob("*.py")}
    return folders | modules - {"__init__", "__main__"}


def test_the_map_names_every_station_once() -> None:
    found = mapped()
    assert len(found) == len(set(found))
    assert set(found) == stations()


def test_the_map_is_in_the_order_of_the_layers() -> None:
    order = mapped()
    ranks = {name: rank for rank, layer in enumerate(layers()) for name in layer}
    assert [ranks[name] for name in order] == sorted(ranks[name] for name in order)


def test_every_station_says_what_it_is() -> None:
    """One line, the same word in the map and in the station."""
    text = str(supplychain.__doc__)
    for init in sorted(PACKAGE.glob("*/__init__.py")):
        first = init.read_text().splitlines()[0]
        word = re.match(r'"""([A-Z][A-Z ]+):', first)
        if word:
            assert re.search(rf"^    {init.parent.name} +{word[1]} ", text, re.MULTILINE), init

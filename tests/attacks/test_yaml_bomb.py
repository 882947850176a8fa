"""YAML alias bomb, and the other ways a YAML file grows: refused in no time."""

from __future__ import annotations

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import assert_told
from tests.simulator.world import World

LAUGHS = "a: &a [lol, lol]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(20)
)
BOMBS = [
    (LAUGHS, "YAML_ALIAS"),
    ("a: &a [*a]\n", "YAML_ALIAS"),
    ("[" * 100_000, "TOO_DEEP"),
    ("- " * 5_000 + "x", "TOO_DEEP"),
    ("".join(f"k{n}: 1\n" for n in range(80_000)) + "k79999: 1\n", "NOT_YAML"),
    ("a: 0b" + "1" * 500_000, "NOT_YAML"),
    ("!!python/object/apply:os.system [id]\n", "NOT_YAML"),
    ("a: 1\n---\nb: 2\n", "NOT_YAML"),
]


@pytest.mark.parametrize(
    ("bomb", "code"), BOMBS, ids=["laughs", "itself", "deep", "dashes", "keys", "number", "code", "two documents"]
)
@pytest.mark.parametrize("name", ["supplychain.yaml", "trust.yaml"])
def test_refused(world: World, name: str, bomb: str, code: str) -> None:
    (world.project / name).write_text(bomb)
    assert_told(world.gate(), ExitCode.MALFORMED, code)


def test_the_same_files_without_a_bomb(world: World) -> None:
    (world.project / "supplychain.yaml").write_text("version: 1\n")
    assert_told(world.gate(), ExitCode.OK)

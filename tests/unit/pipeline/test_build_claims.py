"""What `run` states about its build."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.artifact.source import read_source
from supplychain.cache import Cache
from supplychain.errors import MalformedInput, ToolFailed
from supplychain.pipeline.build import Built, build
from supplychain.pipeline.build_claims import state_build
from supplychain.pipeline.config import Config, load_config
from supplychain.statement.predicates import link, provenance
from supplychain.statement.statement import Statement
from tests.simulator.world import AT

MAKE = "import pathlib; pathlib.Path('out').mkdir(exist_ok=True); pathlib.Path('out/p.whl').write_bytes(b'p')"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("print(1)\n")
    return folder


def configured(root: Path, step: str) -> Config:
    text = f'version: 1\nbuild:\n  command: ["{sys.executable}", -c, "{MAKE}"]\n  products: ["out/*.whl"]\n{step}'
    (root / "supplychain.yaml").write_text(text)
    return load_config(root)


def states(config: Config, *, change: Path | None = None) -> list[Statement]:
    source = read_source(config.root, exclude=config.not_source)
    built: Built = build(config, source, Cache(config.root.parent / "home"), at=AT)
    if change:
        change.write_text("changed")
    return state_build(config, source, built)


def test_provenance_alone_where_the_step_has_no_name(root: Path) -> None:
    assert [made.predicate_type for made in states(configured(root, ""))] == [provenance.TYPE]


def test_link_where_it_has_one(root: Path) -> None:
    made = states(configured(root, "  step: wheel\n"))
    assert [one.predicate_type for one in made] == [provenance.TYPE, link.TYPE]
    (subject,) = made[1].subjects
    assert (subject.name, subject.digest) == ("out/p.whl", Digest.of_bytes(b"p"))
    assert made[1].predicate["name"] == "wheel"
    assert [material["name"] for material in made[1].predicate["materials"]] == ["src/app.py", "supplychain.yaml"]


def test_source_that_changed_meanwhile(root: Path) -> None:
    with pytest.raises(ToolFailed, match="the source has changed"):
        states(configured(root, "  step: wheel\n"), change=root / "src" / "app.py")


@pytest.mark.parametrize("step", ["../x", '""', "1"])
def test_name_that_is_none(root: Path, step: str) -> None:
    with pytest.raises(MalformedInput):
        configured(root, f"  step: {step}\n")

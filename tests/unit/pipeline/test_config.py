"""`supplychain.yaml`: every field is checked, none is guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.errors import MalformedInput, UsageError
from supplychain.inventory.target import DocumentTarget, EnvironmentTarget
from supplychain.pipeline.config import CONFIG_NAME, Config, load_config
from supplychain.pipeline.config_fields import Build, PolicyPlace


def load(folder: Path, **body: Any) -> Config:
    (folder / CONFIG_NAME).write_text(yaml.safe_dump({"version": 1, **body}))
    return load_config(folder)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    config = load_config(tmp_path)
    assert not config.given
    assert (config.name, config.build, config.environments) == (tmp_path.name, None, ("dev", "staging", "production"))
    assert (config.trust, config.store) == (tmp_path / "trust.yaml", tmp_path / ".supplychain/store")
    empty = load(tmp_path)
    assert empty.given
    assert (empty.name, empty.environments, empty.trust) == (config.name, config.environments, config.trust)


def test_a_whole_file(tmp_path: Path) -> None:
    config = load(
        tmp_path,
        name="shop",
        build={"command": ["make"], "products": ["dist/*"], "timeout_s": 5},
        environments=["a", "b"],
        exclude=["x/*"],
        trust="t.yaml",
        key="/k.pem",
        store="s",
        policies="p",
        overrides={"a": {"scan": {"max_age_hours": 5}}},
        timeouts={"sast": 5},
        scans=["licenses", "sast", "licenses"],
        licenses_from=["env:.venv", "sbom:/x.json"],
    )
    assert config.scans == ("licenses", "sast")
    assert config.licenses_from == (
        EnvironmentTarget(python=tmp_path / ".venv"),
        DocumentTarget(path=Path("/x.json")),
    )
    assert config.build == Build(command=("make",), products=("dist/*",), timeout_s=5.0)
    assert (config.key, config.store) == (Path("/k.pem"), tmp_path / "s")
    assert config.policies == PolicyPlace(source=tmp_path / "p")
    assert config.not_source == (".supplychain/*", "dist/*")
    assert config.timeouts == {"sast": 5.0}


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("version", [None, 2, "1", [1]]),
        ("name", ["", 5, ["x"]]),
        ("build", [[], "make", {}, {"command": ["make"]}, {"products": ["x"]}, {"command": "make", "products": ["x"]}]),
        ("build", [{"command": ["make"], "products": ["x"], "timeout_s": t} for t in (0, -1, True, "5", None)]),
        ("build", [{"command": ["make"], "products": ["x"], "more": 1}, {"command": [5], "products": ["x"]}]),
        ("environments", ["dev", [5], {"dev": 1}, [""]]),
        ("exclude", ["x", [5], None]),
        ("scans", [[], ["sast", "iac"], "sast", [5]]),
        ("licenses_from", [["oci:x"], ["env:"], [".venv"], "env:x"]),
        ("trust", ["", 5]),
        ("store", ["", 5]),
        ("overrides", [[1], "x", {"dev": []}, {"dev": {"scan": 5}}, {"prodution": {}}, {"Dev": {}}]),
        ("timeouts", [["x"], {"sast": 0}, {"sast": "5"}, {"sast": -1}]),
        ("more", [1]),
    ],
)
def test_every_field_is_checked(tmp_path: Path, field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(MalformedInput) as caught:
            load(tmp_path, **{field: value})
        assert caught.value.code == "BAD_CONFIG", value
        assert CONFIG_NAME in caught.value.where


@pytest.mark.parametrize("text", ["", "[]", "a: [", "version: 1\nversion: 1", "version: 1\ntimeouts: {sast: .inf}"])
def test_what_is_no_configuration(tmp_path: Path, text: str) -> None:
    (tmp_path / CONFIG_NAME).write_text(text)
    with pytest.raises(MalformedInput):
        load_config(tmp_path)


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        load_config(tmp_path, tmp_path / "other.yaml")
    assert caught.value.code == "FILE_MISSING"

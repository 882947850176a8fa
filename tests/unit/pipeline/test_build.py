"""The build stage: what it made, what it was told, and that nothing is built twice."""

from __future__ import annotations

import tarfile
from datetime import timedelta
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.artifact.source import read_source
from supplychain.cache import Cache
from supplychain.errors import SupplychainError, ToolFailed
from supplychain.pipeline.build import BUILDER, Built, build, provenance_of
from supplychain.pipeline.config import Config
from supplychain.pipeline.config_fields import Build
from supplychain.statement.predicates.provenance import Provenance
from tests.simulator.world import AT, HOUR

MAKE = (
    "python",
    "-c",
    "import pathlib; pathlib.Path('out').mkdir(exist_ok=True); pathlib.Path('out/p.whl').write_bytes(b'p')",
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "app.py").write_text("print(1)\n")
    (folder / "src" / "run").write_text("x")
    (folder / "src" / "run").chmod(0o755)
    (folder / "link").symlink_to("src/app.py")
    return folder


def config(root: Path, *command: str, products: tuple[str, ...] = ("out/*.whl",)) -> Config:
    wanted = Build(command=command, products=products, timeout_s=30) if command else None
    return Config(root=root, name="shop", build=wanted, trust=root / "t", store=root / "s")


def make(made: Config, *, at: object = AT) -> Built:
    source = read_source(made.root, exclude=made.not_source)
    return build(made, source, Cache(made.root.parent / "home"), at=at)  # type: ignore[arg-type]


def refusal(made: Config) -> SupplychainError:
    with pytest.raises(SupplychainError) as caught:
        make(made)
    return caught.value


def test_what_a_build_made(root: Path) -> None:
    built = make(config(root, *MAKE))
    ((artifact, path),) = built.products
    assert (artifact.name, artifact.digest, path) == ("p.whl", Digest.of_bytes(b"p"), root / "out" / "p.whl")
    assert (built.started, built.reused) == (AT, False)


def test_nothing_is_built_twice(root: Path) -> None:
    made = config(root, *MAKE)
    make(made)
    again = make(made, at=AT + HOUR)
    assert (again.reused, again.started) == (True, AT)
    assert not make(made, at=AT - timedelta(seconds=1)).reused, "a record from the future is none"


@pytest.mark.parametrize("change", ["source", "product", "deleted", "command"])
def test_every_change_builds_again(root: Path, change: str) -> None:
    made = config(root, *MAKE)
    make(made)
    match change:
        case "source":
            (root / "src" / "app.py").write_text("print(2)\n")
        case "product":
            (root / "out" / "p.whl").write_bytes(b"evil")
        case "deleted":
            (root / "out" / "p.whl").unlink()
        case "command":
            made = config(root, *MAKE, "more")
    again = make(made)
    assert not again.reused
    assert again.artifacts[0].digest == Digest.of_bytes(b"p")


def test_a_build_that_fails(root: Path) -> None:
    error = refusal(config(root, "python", "-c", "import sys; sys.exit('no such thing')"))
    assert isinstance(error, ToolFailed)
    assert error.code == "BUILD_FAILED"
    assert "no such thing" in error.found
    assert refusal(config(root, "no-such-compiler")).code == "TOOL_MISSING"


def test_a_product_that_lay_there_before_is_none(root: Path) -> None:
    (root / "out").mkdir()
    (root / "out" / "old.whl").write_bytes(b"old")
    error = refusal(config(root, "python", "-c", "pass"))
    assert error.code == "NO_PRODUCTS"
    assert error.found == "1 older file(s)"
    assert [artifact.name for artifact in make(config(root, *MAKE)).artifacts] == ["p.whl"]


@pytest.mark.parametrize("pattern", ["/etc/*", "../*", "out/../../*"])
def test_products_lie_in_the_project(root: Path, pattern: str) -> None:
    assert refusal(config(root, *MAKE, products=(pattern,))).code == "BAD_CONFIG"


def test_a_link_is_no_product(root: Path) -> None:
    command = "import os; os.makedirs('out'); os.symlink('/etc/hostname', 'out/x.whl')"
    assert refusal(config(root, "python", "-c", command)).code == "NO_PRODUCTS"


def test_the_time_of_the_build_is_told_to_it(root: Path) -> None:
    command = "import os; os.makedirs('out'); open('out/t.whl', 'w').write(os.environ['SOURCE_DATE_EPOCH'])"
    make(config(root, "python", "-c", command))
    assert (root / "out" / "t.whl").read_text() == "315532800"


def test_without_a_build_the_source_is_archived_reproducibly(root: Path) -> None:
    made = config(root)
    ((artifact, path),) = make(made).products
    first = path.read_bytes()
    with tarfile.open(path) as archive:
        members = {m.name: m for m in archive.getmembers()}
    assert set(members) == {"shop/link", "shop/src/app.py", "shop/src/run"}
    assert members["shop/link"].linkname == "src/app.py"
    assert {(m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members.values()} == {(0, 0, 0, "", "")}
    assert members["shop/src/run"].mode == 0o755
    path.unlink()
    assert make(made).artifacts[0] == artifact
    assert path.read_bytes() == first


def test_provenance(root: Path) -> None:
    made = config(root, *MAKE)
    source = read_source(root, exclude=made.not_source)
    built = make(made)
    value = provenance_of(made, source, built)
    assert Provenance.parse(value.to_json(), where="") == value
    assert (value.builder_id, value.started) == (BUILDER, AT)
    assert value.external_parameters["command"] == list(MAKE)
    assert value.dependencies[0].digest == {"sha256": source.tree.hex}

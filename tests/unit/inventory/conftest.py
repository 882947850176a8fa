"""Small source trees, written by the test that needs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import pytest

from supplychain.inventory.catalogers.interface import Catalogued, Source
from supplychain.inventory.catalogers.registry import cataloger_for

Tree = Callable[[Mapping[str, str | bytes]], Path]
CatalogOne = Callable[..., Catalogued]

AT = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """Write files below a folder and return it."""

    def write(files: Mapping[str, str | bytes]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return root

    return write


@pytest.fixture
def catalog() -> CatalogOne:
    """Catalog one file by its name; further files of the tree by keyword mapping `others`."""

    def run(name: str, content: str | bytes, others: Mapping[str, str] | None = None) -> Catalogued:
        path = PurePosixPath(name)
        found = cataloger_for(path)
        assert found is not None, f"nothing reads {name}"
        texts = {PurePosixPath(key): text.encode() for key, text in (others or {}).items()}
        data = content.encode() if isinstance(content, str) else content
        return found.catalog(Source(path=path, data=data, where=name, read=texts.get))

    return run


@pytest.fixture
def at() -> datetime:
    return AT

"""A compressed archive that is refused while it is unpacked leaves nothing open."""

from __future__ import annotations

import gzip
import tempfile
from pathlib import Path
from typing import IO, Any

import pytest

from supplychain.artifact.image import archive
from supplychain.errors import MalformedInput


def test_what_was_unpacked_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[IO[bytes]] = []
    real = tempfile.TemporaryFile

    def watched(*words: Any, **named: Any) -> IO[bytes]:
        made.append(real(*words, **named))
        return made[-1]

    monkeypatch.setattr(tempfile, "TemporaryFile", watched)
    path = tmp_path / "image.tar.gz"
    whole = gzip.compress(bytes(range(256)) * 5000, mtime=0)
    path.write_bytes(whole[:-100])
    with pytest.raises(MalformedInput):
        archive._open(path)
    assert [file.closed for file in made] == [True]
    path.write_bytes(whole)
    with archive._open(path) as plain:
        assert plain.read(256) == bytes(range(256))
    assert len(made) == 2

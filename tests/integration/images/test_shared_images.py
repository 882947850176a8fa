"""Public sample images of other projects through the command line: each is read, or refused for a reason that is named."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.simulator.runner import Run

pytestmark = pytest.mark.shared
REFUSED = {
    "source_image_with_empty_layer_history.tar": (6, "BLOB_DIGEST"),
    "content.tar": (2, "NOT_A_DOCKER_ARCHIVE"),
    "no_manifest.tar": (2, "NOT_A_DOCKER_ARCHIVE"),
    "null_manifest.tar": (5, "INDEX_EMPTY"),
    "empty.tar": (2, "NOT_A_DOCKER_ARCHIVE"),
    "escape.tar": (2, "NOT_A_DOCKER_ARCHIVE"),
    "test_gc_image_unknown_mediatype": (5, "INDEX_EMPTY"),
    "test_index_media_type": (5, "NOT_AN_IMAGE"),
    "invalid_file": (5, "NOT_JSON"),
    "no_manifests": (5, "MANIFEST"),
    "valid_manifest": (6, "BLOB_SIZE"),
}
AT = "2026-01-01T00:00:00Z"


def test_every_image_is_read_or_refused_for_its_reason(run: Run, shared: Path) -> None:
    archives = [f"docker-archive:{path}" for path in (shared / "images").rglob("*.tar")]
    layouts = [f"oci:{path.parent}" for path in (shared / "images").rglob("index.json")]
    assert len(archives) > 20
    assert len(layouts) > 8
    for target in archives + layouts:
        code, out, err = run(
            "scan", target, "--platform", "all", "--only", "image,secrets", "--format", "json", "--at", AT
        )
        name = Path(target.partition(":")[2]).name
        if name in REFUSED:
            assert (code, f"[{REFUSED[name][1]}]" in err, out) == (REFUSED[name][0], True, ""), (target, err)
        else:
            assert code in (0, 4), (target, err)
            assert (code == 4) == ("CANNOT-TELL" in err), (target, err)
            assert json.loads(out)["images"], target


def test_every_inventory_says_what_there_is_or_that_there_is_nothing(run: Run, shared: Path) -> None:
    for path in (shared / "images").rglob("*.tar"):
        if path.name in REFUSED:
            continue
        code, out, err = run("sbom", f"docker-archive:{path}", "--at", AT)
        empty = code == 3 and "CANNOT-TELL [NOTHING_TO_CHECK]" in err
        chosen = code == 2 and "[IMAGE_AMBIGUOUS]" in err
        assert empty or chosen or (code == 0 and json.loads(out)["components"]), (path, code, err)


@pytest.mark.parametrize("release", ["3.10", "3.11"])
def test_alpine_has_no_hit_and_an_older_package_has(run: Run, shared: Path, tmp_path: Path, release: str) -> None:
    code, _, err = run("db", "import", shared / "advisories" / "alpine-secdb-2020-06.zip")
    assert code == 0, err
    root = tmp_path / "root"
    shutil.copytree(shared / "images" / f"rootfs-alpine-{release}", root)
    document = scanned(run, root)
    assert document["findings"] == []
    assert document["coverage"]["asked"] == document["coverage"]["looked_at"] == 14
    assert document["coverage"]["skipped"] == []

    installed = root / "lib/apk/db/installed"
    text = installed.read_text()
    older = re.sub(r"(P:musl\nV:)[^\n]+", r"\g<1>1.1.22-r2", text)
    assert older != text
    installed.write_text(older)
    assert "CVE-2019-14697" in {name for f in scanned(run, root)["findings"] for name in (f["id"], *f["aliases"])}


def scanned(run: Run, root: Path) -> dict:
    code, out, err = run("scan", f"rootfs:{root}", "--only", "deps", "--format", "json")
    assert code == 0, err
    return json.loads(out)

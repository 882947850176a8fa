"""`supplychain cache` through the program's own entry point."""

from __future__ import annotations

import json
import os
from pathlib import Path

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.blob import Descriptor
from supplychain.artifact.image.kept import KeptBlobs
from tests.simulator.runner import Run


def test_status_and_prune(run: Run) -> None:
    home = Path(os.environ["SUPPLYCHAIN_HOME"])
    assert json.loads(run("cache", "status", "--format", "json")[1])["blobs"] == 0
    store = KeptBlobs(home)
    for content in (b"a" * 2048, b"b" * 2048):
        store.store(Descriptor(digest=Digest.of_bytes(content), size=2048), (content,), where="blob")
    code, out, _ = run("cache", "status")
    assert (code, "2 blobs, 4.0 KiB of 10.0 GiB" in out) == (0, True)
    code, out, _ = run("cache", "prune", "--max-size", "3K", "--format", "json")
    assert (code, json.loads(out)) == (0, {"removed": 1, "freed": 2048, "left": 2048})
    code, out, _ = run("cache", "prune", "--max-size", "0")
    assert (code, out) == (0, "1 removed, 2.0 KiB freed, 0 B left\n")
    code, _, err = run("cache", "prune", "--max-size", "lots")
    assert (code, "BAD_SIZE" in err) == (2, True)


def test_doctor_tells_the_size(run: Run) -> None:
    _, out, _ = run("doctor", "--format", "json")
    (check,) = (check for check in json.loads(out)["checks"] if check["name"] == "pulled blobs")
    assert check == {"name": "pulled blobs", "needed": False, "ok": True, "found": "0, 0 B of 10.0 GiB"}


def test_doctor_tells_the_mirrors(run: Run) -> None:
    home = Path(os.environ["SUPPLYCHAIN_HOME"])

    def told() -> tuple[bool, str]:
        _, out, _ = run("doctor", "--format", "json")
        (check,) = (check for check in json.loads(out)["checks"] if check["name"] == "registry mirrors")
        return check["ok"], check["found"]

    (home / "registries.conf").write_text('[[registry]]\nlocation = "r.example"\n')
    assert told() == (True, f"1 rules in {home}/registries.conf")
    (home / "registries.conf").write_text("# none")
    assert told() == (False, "none: every registry is asked itself")
    (home / "registries.conf").write_text("[[registry]]")
    assert told() == (False, "a [[registry]] without prefix and location")

"""The SBOM of images beside syft: `python tests/benchmarks/image_sbom.py FOLDER [RUNS]`, FOLDER from `build.py`.

Both programs are started as a user starts them, in turns, each cold (nothing kept) but for the page cache; the median of
five runs, and the largest peak of memory of them. A third image adds 2 GB of files to the Debian one: our memory must not
grow with it. Needs syft on PATH, and `supplychain` (or `$SUPPLYCHAIN`).

Budget: at least 5 times as fast on the Debian image, 3 times on the mixed one, at most half the memory of syft; the 2 GB
image within the memory of the Debian one (and 8 MiB for the buffers of larger files).
"""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import sys
import tarfile
import tempfile
import time
from collections.abc import Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from isal import igzip

RUNS = 5
FILES, FILE_SIZE = 2000, 1024 * 1024
FASTER = {"debian": 5.0, "mixed": 3.0}
LESS_MEMORY = 0.5
MORE_MIB = 8.0


def once(words: Sequence[str], out: Path, home: Path) -> tuple[float, float]:
    """Seconds and peak MiB of one run."""
    env = {**os.environ, "SUPPLYCHAIN_HOME": str(home), "SYFT_CHECK_FOR_APP_UPDATE": "false"}
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 1)
        os.dup2(null, 2)
        os.execvpe(words[0], list(words), env)
    _, status, usage = os.wait4(child, 0)
    if status:
        sys.exit(f"{' '.join(words)} failed")
    return time.monotonic() - begin, usage.ru_maxrss / 1024


def side_by_side(name: str, layout: Path, runs: int, work: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds and largest MiB of both, taken in turns."""
    ours = [*os.environ.get("SUPPLYCHAIN", "supplychain").split(), "sbom", f"oci:{layout}:latest"]
    theirs = ["syft", "scan", f"oci-dir:{layout}", "-o", "cyclonedx-json", "-q"]
    results: dict[str, list[tuple[float, float]]] = {"ours": [], "syft": []}
    for number in range(runs + 1):
        for who, words in (("ours", ours), ("syft", theirs)):
            took = once(words, work / f"{who}.json", work / f"home-{name}-{number}")
            if number:  # the first pair fills the page cache
                results[who].append(took)
    listed = {who: count(work / f"{who}.json") for who in results}
    seconds = {who: statistics.median(took[0] for took in rows) for who, rows in results.items()}
    memory = {who: max(took[1] for took in rows) for who, rows in results.items()}
    times, part = seconds["syft"] / seconds["ours"], memory["ours"] / memory["syft"]
    tell(
        f"{name:<7} ours {seconds['ours']:.2f} s {memory['ours']:.0f} MiB {listed['ours']} components, "
        f"syft {seconds['syft']:.2f} s {memory['syft']:.0f} MiB {listed['syft']}: {times:.1f} times as fast, {part:.2f} of the memory"
    )
    return seconds, memory


def count(path: Path) -> int:
    document: dict[str, Any] = json.loads(path.read_text())
    return len({component["purl"] for component in document["components"] if "purl" in component})


def grown(debian: Path, layout: Path) -> None:
    """The Debian image with a layer of 2 GB more: files of data that hardly compresses, and of data that does."""
    shutil.copytree(debian, layout)
    index = json.loads((layout / "index.json").read_text())
    manifest = json.loads(blob(layout, index["manifests"][0]["digest"]).read_bytes())
    config = json.loads(blob(layout, manifest["config"]["digest"]).read_bytes())
    part, plain, size = layout / "part", sha256(), 0
    with part.open("wb") as file, igzip.IGzipFile(fileobj=file, mode="wb", compresslevel=1) as packed:

        class Both:
            def write(self, data: bytes) -> int:
                plain.update(data)
                return packed.write(data)

        with tarfile.open(fileobj=Both(), mode="w|") as archive:  # type: ignore[call-overload]
            noise = random.Random(1).randbytes(64 * FILE_SIZE)
            for number in range(FILES):
                start = random.Random(number).randrange(len(noise) - FILE_SIZE)
                data = noise[start : start + FILE_SIZE] if number % 2 else bytes([number % 251]) * FILE_SIZE
                info = tarfile.TarInfo(f"srv/data/{number:04}.bin")
                info.size = len(data)
                archive.addfile(info, BytesIO(data))
                size += len(data)
    with part.open("rb") as file:
        total = sha256()
        while chunk := file.read(FILE_SIZE):
            total.update(chunk)
    media = manifest["layers"][0]["mediaType"]
    layer = {"mediaType": media, "digest": f"sha256:{total.hexdigest()}", "size": part.stat().st_size}
    part.rename(blob(layout, layer["digest"]))
    manifest["layers"].append(layer)
    config["rootfs"]["diff_ids"].append(f"sha256:{plain.hexdigest()}")
    config.pop("history", None)
    manifest["config"].update(stored(layout, config))
    index["manifests"][0].update(stored(layout, manifest))
    (layout / "index.json").write_text(json.dumps(index))
    tell(f"2 GB image: {size / 1e9:.1f} GB of files, a layer of {layer['size'] / 1e9:.2f} GB")


def stored(layout: Path, document: Any) -> dict[str, Any]:
    data = json.dumps(document).encode()
    digest = f"sha256:{sha256(data).hexdigest()}"
    blob(layout, digest).write_bytes(data)
    return {"digest": digest, "size": len(data)}


def blob(layout: Path, digest: str) -> Path:
    return layout / "blobs" / digest.replace(":", "/")


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(folder: Path, runs: int) -> bool:
    """Measure, and say whether the budget holds."""
    fine = True
    with tempfile.TemporaryDirectory() as text:
        work = Path(text)
        most: dict[str, float] = {}
        for name, faster in FASTER.items():
            seconds, memory = side_by_side(name, folder / name, runs, work)
            most[name] = memory["ours"]
            fine &= seconds["syft"] / seconds["ours"] >= faster and memory["ours"] <= LESS_MEMORY * memory["syft"]
        grown(folder / "debian", work / "large")
        _, memory = side_by_side("2 GB", work / "large", min(runs, 2), work)
        fine &= memory["ours"] <= most["debian"] + MORE_MIB
        tell(f"2 GB more cost {memory['ours'] - most['debian']:+.1f} MiB of memory")
    tell("within the budget" if fine else "OVER THE BUDGET")
    return fine


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3) or not shutil.which("syft"):
        sys.exit(
            f"usage: {sys.argv[0]} FOLDER [RUNS], with syft on PATH; FOLDER is what tests/integration/images/build.py makes"
        )
    sys.exit(not main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) == 3 else RUNS))

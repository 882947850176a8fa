"""What importing each set of advisories costs, as a Markdown table: records, seconds, peak memory, size on disk.

    SUPPLYCHAIN_SHARED=FOLDER python tests/benchmarks/imports.py [--synthetic 200000]

FOLDER holds `advisories/`. Each set goes into an empty home by `supplychain db import` as a user runs it, whole process; the
last row is all of them in one import. `--synthetic N` adds a feed of N made-up records, to show that memory does not grow with it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Sequence
from pathlib import Path

SETS = ("osv/PyPI/all.zip", "osv/Go/all.zip", "pypa-yaml.zip", "rustsec.zip", "rubysec.zip", "nodejs-security-wg.zip")
SETS += ("alpine-secdb-2020-06.zip", "cisa-kev")
SNAPSHOT = "2026-11-20T00:00:00Z"


def main() -> int:
    """Import, measure, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--synthetic", type=int, default=0)
    given = options.parse_args()
    folder = Path(os.environ["SUPPLYCHAIN_SHARED"]) / "advisories"
    say("| set | source MiB | records | seconds | peak MiB | database MiB |")
    say("|---|---:|---:|---:|---:|---:|")
    for name in SETS:
        say(row(name, [folder / name]))
    say(row("all of them", [folder / name for name in SETS]))
    with tempfile.TemporaryDirectory(prefix="imports-") as place:
        for size in sorted({given.synthetic // 4, given.synthetic} - {0}):
            say(row(f"{size:,} made up", [made_up(Path(place) / str(size), size)]))
    return 0


def row(name: str, paths: Sequence[Path]) -> str:
    """One import into an empty home, as a line of the table."""
    with tempfile.TemporaryDirectory(prefix="imports-home-") as place:
        home, out = Path(place) / "home", Path(place) / "out.json"
        program = shutil.which("supplychain")
        words = [program] if program else [sys.executable, "-m", "supplychain"]
        words += ["db", "import", *map(str, paths), "--snapshot", SNAPSHOT, "--format", "json"]
        seconds, peak, code = timed(words, {**os.environ, "SUPPLYCHAIN_HOME": str(home)}, out)
        if code:
            return f"| {name} | failed with {code} |"
        records = sum(source["records"] for source in json.loads(out.read_text())["sources"])
        size = (home / "advisories.sqlite").stat().st_size
    source = sum(file.stat().st_size for path in paths for file in ([path] if path.is_file() else path.rglob("*")))
    return f"| {name} | {mib(source):.1f} | {records:,} | {seconds:.2f} | {peak / 1024:.0f} | {mib(size):.1f} |"


def timed(words: list[str], environment: dict[str, str], out: Path) -> tuple[float, int, int]:
    """Seconds, peak memory in KiB and exit code of a process."""
    begun = time.perf_counter()
    child = os.fork()
    if child == 0:
        os.dup2(os.open(out, os.O_WRONLY | os.O_CREAT), 1)
        os.execvpe(words[0], words, environment)
    _, status, used = os.wait4(child, 0)
    assert isinstance(used, resource.struct_rusage)
    return time.perf_counter() - begun, used.ru_maxrss, os.waitstatus_to_exitcode(status)


def made_up(path: Path, size: int) -> Path:
    """A feed of records of ordinary length about npm packages."""
    path.mkdir(parents=True)
    with zipfile.ZipFile(path / "all.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(size):
            events = [{"introduced": "0"}, {"fixed": f"{number % 9}.{number % 31}.{number % 7}"}]
            package = {"ecosystem": "npm", "name": f"package-{number * 7919 % size}"}
            record = {
                "id": f"GHSA-{number:012d}",
                "modified": "2026-01-01T00:00:00Z",
                "aliases": [f"CVE-2025-{number}"],
                "summary": f"Something is wrong with number {number}",
                "details": " ".join(str(number * step % 99991) for step in range(1, 160)),
                "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
                "affected": [{"package": package, "ranges": [{"type": "SEMVER", "events": events}]}],
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return path / "all.zip"


def mib(size: int) -> float:
    """Bytes in MiB."""
    return size / 1024 / 1024


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())

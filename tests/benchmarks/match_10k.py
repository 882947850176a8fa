"""10,000 components against full OSV databases, whole process, side by side with osv-scanner offline.

    SUPPLYCHAIN_SHARED=FOLDER python tests/benchmarks/match_10k.py [--components 10000] [--repeat 5]

FOLDER holds `advisories/osv/{PyPI,Go}/all.zip`. The SBOM is made of names from those databases, in versions that are named
there, and of as many that no advisory names. osv-scanner is taken from PATH; without it only ours is measured. It drops
records whose times have a space where RFC 3339 has a `T`, so both are given records with their times written anew. Runs
alternate; printed are the medians of time, of processor time (which a busy machine falsifies less) and of peak memory, the
ratios, and how many findings each has, for a fast answer that is wrong is none.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

ECOSYSTEMS = {"PyPI": "pypi", "Go": "golang"}
_SPACE = re.compile(r'("(?:modified|published|withdrawn)"\s*:\s*"\d{4}-\d\d-\d\d) ')


def main() -> int:
    """Make the data, measure, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--components", type=int, default=10_000)
    options.add_argument("--repeat", type=int, default=5)
    given = options.parse_args()
    shared = Path(os.environ["SUPPLYCHAIN_SHARED"])
    with tempfile.TemporaryDirectory(prefix="match-10k-") as place:
        folder = Path(place)
        feeds = [rewritten(shared / "advisories" / "osv" / name / "all.zip", folder, name) for name in ECOSYSTEMS]
        sbom = folder / "bom.cdx.json"
        sbom.write_text(json.dumps(document(list(named(feeds)), given.components)), encoding="utf-8")
        measure(folder, feeds, sbom, given.repeat)
    return 0


def rewritten(feed: Path, folder: Path, ecosystem: str) -> Path:
    """A copy of a feed with RFC 3339 times, where osv-scanner looks for it."""
    target = folder / "osv-scalibr" / ecosystem / "all.zip"
    target.parent.mkdir(parents=True)
    with zipfile.ZipFile(feed) as before, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            text = _SPACE.sub(r"\1T", before.read(name).decode())
            after.writestr(name, re.sub(r'("(?:modified|published|withdrawn)"\s*:\s*"[^"Z+]+)"', r'\1Z"', text))
    return target


def named(feeds: list[Path]) -> list[tuple[str, str, str]]:
    """Ecosystem, package and a version, for every package the feeds name."""
    found: dict[tuple[str, str], set[str]] = {}
    for feed in feeds:
        with zipfile.ZipFile(feed) as archive:
            for name in archive.namelist():
                for part in json.loads(archive.read(name)).get("affected", []):
                    about = part["package"]
                    if about["ecosystem"] in ECOSYSTEMS:
                        key = about["ecosystem"], about["name"]
                        found.setdefault(key, set()).update(versions(part))
    return [(*key, version) for key in sorted(found) for version in sorted(found[key])[:3] or ["1.0.0"]]


def versions(part: dict[str, Any]) -> list[str]:
    """Versions an entry speaks of: listed ones, and the bounds of its ranges."""
    events = [event for span in part.get("ranges", []) if span["type"] != "GIT" for event in span["events"]]
    bounds = [version for event in events for version in event.values() if re.fullmatch(r"\d+(\.\d+)*", version)]
    return [*part.get("versions", [])[-2:], *(bound for bound in bounds if bound != "0")]


def document(known: list[tuple[str, str, str]], size: int) -> dict[str, Any]:
    """A CycloneDX document, half of it packages that advisories name; the same each time."""
    dice = random.Random(7)
    dice.shuffle(known)
    chosen = known[: size // 2]
    chosen += [(dice.choice(list(ECOSYSTEMS)), f"example.org/unknown-{i}", "1.2.3") for i in range(size - len(chosen))]
    components = []
    for ecosystem, name, version in chosen:
        mark = "v" if ecosystem == "Go" else ""
        purl = f"pkg:{ECOSYSTEMS[ecosystem]}/{name.replace('/', '-') if ecosystem == 'PyPI' else name}@{mark}{version}"
        components.append({"type": "library", "name": name, "version": mark + version, "purl": purl, "bom-ref": purl})
    unique = list({part["purl"]: part for part in components}.values())
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": unique}


def measure(folder: Path, feeds: list[Path], sbom: Path, repeat: int) -> None:
    """Run both in turn and print."""
    ours, theirs = shutil.which("supplychain"), shutil.which("osv-scanner")
    home = {**os.environ, "SUPPLYCHAIN_HOME": str(folder / "home")}
    program = [ours] if ours else [sys.executable, "-m", "supplychain"]
    begun = time.perf_counter()
    words = ["db", "import", *map(str, feeds), "--snapshot", "2026-11-20T00:00:00Z"]
    subprocess.run([*program, *words], env=home, check=True, stdout=subprocess.DEVNULL)
    say(f"import       {time.perf_counter() - begun:8.2f} s  (once)")
    commands = {"supplychain": ([*program, "scan", f"sbom:{sbom}", "--only", "deps", "--format", "json"], home)}
    if theirs:
        flags = ["scan", "source", "--offline", "--no-resolve", "--no-call-analysis=go", "--format", "json"]
        place = {**os.environ, "OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY": str(folder)}
        commands["osv-scanner"] = ([theirs, *flags, "-L", str(sbom)], place)
    seen: dict[str, list[tuple[float, float, int]]] = {name: [] for name in commands}
    answers: dict[str, bytes] = {}
    for _ in range(repeat):
        for name, (command, environment) in commands.items():
            *figures, answers[name] = timed(command, environment)
            seen[name].append(tuple(figures))
    for name, runs in seen.items():
        seconds, busy, memory = (statistics.median(values) for values in zip(*runs, strict=True))
        say(
            f"{name:<12} {seconds:8.2f} s  {busy:8.2f} s cpu  {memory / 1024:8.0f} MiB  {count(answers[name]):7,} findings"
        )
    if theirs:
        first, second = (seen[name] for name in ("osv-scanner", "supplychain"))
        seconds, busy, memory = (
            statistics.median(run[place] for run in first) / statistics.median(run[place] for run in second)
            for place in range(3)
        )
        load = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
        say(f"ratio        {seconds:8.1f} x  {busy:8.1f} x      {memory:8.1f} x    {load}")


def timed(command: list[str], environment: dict[str, str]) -> tuple[float, float, int, bytes]:
    """Seconds, seconds of processors, peak memory in KiB and standard output of a whole process (measured by a child of its own)."""
    read, write = os.pipe()
    begun = time.perf_counter()
    with tempfile.TemporaryFile() as out:
        child = os.fork()
        if child == 0:
            os.close(read)
            done = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.DEVNULL, check=False)
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            os.write(write, f"{done.returncode} {used.ru_utime + used.ru_stime} {used.ru_maxrss}".encode())
            os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        seconds = time.perf_counter() - begun
        code, busy, peak = os.read(read, 100).decode().split()
        os.close(read)
        out.seek(0)
        answer = out.read()
    if not answer.strip():
        raise SystemExit(f"{command[0]} ended with {code} and said nothing")
    return seconds, float(busy), int(peak), answer


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{line}\n")


def count(answer: bytes) -> int:
    """How many findings an answer has: pairs of component and problem, whatever the tool calls the problem."""
    body = json.loads(answer)
    if "findings" in body:
        return len(body["findings"])
    packages = [package for result in body["results"] for package in result["packages"]]
    return sum(len(package["groups"]) for package in packages)


if __name__ == "__main__":
    raise SystemExit(main())

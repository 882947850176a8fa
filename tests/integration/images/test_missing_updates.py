"""Missing security updates of Debian images: all are found, nothing else is, by OSV records and by the tracker.

Every image is made of hard cases: sources that build several packages under other names and versions, rebuilds (`+b1`),
epochs, `~`, `+deb12u10` after `+deb12u2`. Every record that must not match is close to one that must: the version that
is installed, one below it, another release, another distribution, a binary package's name, a withdrawn record.
Which version is before which is given by the ladder below and not by the code under test.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.images import Layout, file, tar
from tests.simulator.runner import Run

LADDER = (
    *("1.0~beta1-1", "1.0~rc1-1", "1.0-1~deb12u1", "1.0-1", "1.0-1+b1", "1.0-1+deb12u1", "1.0-1+deb12u2"),
    *("1.0-1+deb12u10", "1.0-1.1", "1.0-2", "1.0-10", "1.0+dfsg-1", "1.0.1-1", "1.1-1", "1.9-1", "1.10-1", "2.0-1"),
    *("1:0.5-1", "1:1.0~rc1-1", "1:1.0-1", "2:0.1-1"),
)
"""Debian versions, each before the next."""
PACKAGES = 150


def test_the_ladder_is_in_the_order_of_dpkg() -> None:
    if not shutil.which("dpkg"):
        pytest.skip("needs dpkg")
    for lower, higher in pairwise(LADDER):
        assert subprocess.run(["dpkg", "--compare-versions", lower, "lt", higher]).returncode == 0, (lower, higher)


@dataclass
class Source:
    """A source package and what was built from it."""

    name: str
    step: int
    """Where its version stands on the ladder."""
    binaries: list[tuple[str, str]]
    """Name and version of each package, which may both be others."""

    def stanzas(self) -> Iterator[str]:
        for name, version in self.binaries:
            stated = f" ({LADDER[self.step]})" if version != LADDER[self.step] else ""
            source = f"Source: {self.name}{stated}\n" if stated or name != self.name else ""
            state = "Status: install ok installed\n"
            yield f"Package: {name}\n{state}{source}Version: {version}\nArchitecture: amd64\n\n"


def sources(chance: random.Random) -> list[Source]:
    made = []
    for number in range(PACKAGES):
        step = chance.randrange(1, len(LADDER) - 1)
        version = LADDER[step]
        rebuilt = version if "+b" in version else f"{version}+b{chance.randrange(1, 12)}"
        other = f"{chance.randrange(3)}:{chance.randrange(9)}.7-3"
        kind = chance.randrange(5)
        binaries = {
            0: [(f"src{number}", version)],
            1: [(f"lib{number}-{part}", version) for part in ("1", "dev", "data")],
            2: [(f"src{number}", rebuilt)],
            3: [(f"src{number}", version), (f"lib{number}.0", other), (f"lib{number}++", rebuilt)],
            4: [(f"lib{number}", other)],
        }[kind]
        made.append(Source(f"src{number}", step, binaries))
    return made


@dataclass
class Feed:
    """Advisories in the making: what is to be found, and records as OSV or as the tracker writes them."""

    truth: set[tuple[str, str]] = field(default_factory=set)
    osv: list[dict[str, Any]] = field(default_factory=list)
    tracker: dict[str, dict[str, Any]] = field(default_factory=dict)
    count: int = 0

    def add(self, package: str, fixed: str | None, *, ecosystem: str = "Debian:12", **more: Any) -> str:
        self.count += 1
        name = f"CVE-2030-{10_000 + self.count}"
        events = [{"introduced": "0"}, *([{"fixed": fixed}] if fixed else [])]
        part = {
            "package": {"ecosystem": ecosystem, "name": package},
            "ranges": [{"type": "ECOSYSTEM", "events": events}],
        }
        self.osv.append({"id": f"DEBIAN-{name}", "modified": "2026-01-01T00:00:00Z", "affected": [part], **more})
        release = {"Debian:12": "bookworm", "Debian:13": "trixie"}.get(ecosystem)
        if release and not more:
            state = {"status": "resolved", "fixed_version": fixed} if fixed else {"status": "open"}
            entry = {"releases": {release: {**state, "repositories": {}, "urgency": "medium"}}}
            self.tracker.setdefault(package, {})[name] = entry
        return name

    def missing(self, source: Source, fixed: str | None) -> None:
        name = self.add(source.name, fixed)
        self.truth.update((binary, name) for binary, _ in source.binaries)


def fill(feed: Feed, made: list[Source], chance: random.Random) -> None:
    names = {source.name for source in made}
    for source in made:
        if chance.random() < 0.3:
            feed.missing(source, LADDER[chance.randrange(source.step + 1, len(LADDER))])
        if chance.random() < 0.1:
            feed.missing(source, None)
        feed.missing(source, LADDER[source.step + 1])
        feed.add(source.name, LADDER[source.step])
        feed.add(source.name, LADDER[chance.randrange(source.step)])
        feed.add(source.name, LADDER[-1], ecosystem="Debian:13")
        feed.add(source.name, LADDER[-1], ecosystem="Ubuntu:22.04")
        feed.add(source.name, "9.9-r9", ecosystem="Alpine:v3.18")
        feed.add(source.name, LADDER[-1], withdrawn="2026-01-01T00:00:00Z")
        feed.add(f"{source.name}-extra", LADDER[-1])
        for binary, _ in source.binaries:
            if binary not in names:
                feed.add(binary, "9:9-9")


def as_osv(feed: Feed, folder: Path) -> Path:
    path = folder / "osv"
    path.mkdir()
    for record in feed.osv:
        (path / f"{record['id']}.json").write_text(json.dumps(record))
    return path


def as_tracker(feed: Feed, folder: Path) -> Path:
    path = folder / "tracker.json"
    path.write_text(json.dumps(feed.tracker))
    return path


@pytest.mark.parametrize("write", [as_osv, as_tracker], ids=["OSV", "tracker"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_of_them_and_nothing_else(run: Run, tmp_path: Path, write: Callable[[Feed, Path], Path], seed: int) -> None:
    chance = random.Random(seed)
    made, feed = sources(chance), Feed()
    fill(feed, made, chance)
    status = "".join(stanza for source in made for stanza in source.stanzas()).encode()
    layout = Layout(tmp_path).image(
        tar(file("etc/os-release", b'ID=debian\nVERSION_ID="12"\n'), file("var/lib/dpkg/status", status))
    )
    code, _, err = run("db", "import", write(feed, tmp_path))
    assert code == 0, err
    code, out, err = run("scan", layout.target, "--only", "deps", "--format", "json")
    assert code == 0, err
    document = json.loads(out)
    found = {
        (finding["component"]["name"], name)
        for finding in document["findings"]
        for name in (finding["id"].removeprefix("DEBIAN-").partition("@")[0], *finding["aliases"])
        if name.startswith("CVE-")
    }
    assert len(feed.truth) > PACKAGES
    assert (sorted(feed.truth - found), sorted(found - feed.truth)) == ([], [])
    listed = document["coverage"]
    binaries = sum(len(source.binaries) for source in made)
    assert (listed["asked"], listed["looked_at"], listed["skipped"]) == (binaries, binaries, [])

"""A layer whose members lead out of the image: by `../`, by an absolute path, by a link."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.images import Layout, file, hardlink, symlink, tar
from tests.simulator.runner import Outcome, assert_told, run_cli

STATUS = b"Package: evil\nStatus: install ok installed\nVersion: 1\nArchitecture: all\n\n"
RELEASE = file("etc/os-release", b"ID=debian\nVERSION_ID=12\n")
VERBS = (("sbom",), ("scan", "--only", "deps,image,secrets"))


def read(tmp_path: Path, verb: tuple[str, ...], *layers: bytes) -> Outcome:
    layout = Layout(tmp_path).image(*layers)
    env = {"SUPPLYCHAIN_HOME": str(tmp_path / "home"), "NO_COLOR": "1"}
    return run_cli([verb[0], layout.target, *verb[1:]], env=env, cwd=tmp_path)


@pytest.mark.parametrize("verb", VERBS, ids=["sbom", "scan"])
@pytest.mark.parametrize(
    "layer",
    [
        file("../etc/passwd", b"x"),
        file("var/lib/../../../etc/passwd", b"x"),
        hardlink("etc/shadow", "../../../../etc/shadow"),
        file("x/../../../../var/lib/dpkg/status", STATUS),
    ],
    ids=["dots", "dots inside", "hard link", "a database from outside"],
)
def test_refused(tmp_path: Path, verb: tuple[str, ...], layer: bytes) -> None:
    outcome = read(tmp_path, verb, tar(RELEASE, layer))
    assert_told(outcome, ExitCode.MALFORMED, "UNSAFE_PATH")
    assert outcome.stdout == ""


def test_an_absolute_path_stays_in_the_image(tmp_path: Path) -> None:
    outcome = read(tmp_path, ("sbom",), tar(RELEASE, file("/var/lib/dpkg/status", STATUS)))
    assert_told(outcome, ExitCode.OK)
    assert "evil" in {component["name"] for component in json.loads(outcome.stdout)["components"]}


def test_a_link_to_the_host_reads_nothing_of_the_host(tmp_path: Path) -> None:
    host = tmp_path / "status"
    host.write_bytes(STATUS.replace(b"evil", b"of-the-host"))
    honest = file("var/lib/dpkg/info/x.list", b"")
    for target in (str(host), "../" * 12 + str(host)[1:]):
        folder = tmp_path / str(len(target))
        folder.mkdir()
        outcome = read(folder, ("sbom",), tar(RELEASE, honest, symlink("var/lib/dpkg/status", target)))
        assert "of-the-host" not in outcome.stdout + outcome.stderr

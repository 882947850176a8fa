"""Debian's docker-registry on loopback, with a password: `scan` and `sbom` by tag and by digest; fetched once."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.simulator.images import Layout, file, tar
from tests.simulator.runner import Run

pytestmark = pytest.mark.tools
PASSWORD = "$2b$05$abcdefghijklmnopqrstuuLZNkQ1VL/QsuI/EN8Qq4Ia5232KBp7m"
"""What htpasswd makes of `wonder` (bcrypt)."""
STATUS = b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
NAME = "team/app:v1"


@dataclass
class Registry:
    host: str
    log: Path
    folder: Path

    def fetched(self) -> list[str]:
        """What was given out since the start: `GET manifests/…`, `HEAD manifests/…`, `GET blobs/…`."""
        pattern = r'"(GET|HEAD) /v2/team/app/((?:manifests|blobs)/\S+) HTTP/1.1" 200'
        return [f"{verb} {path}" for verb, path in re.findall(pattern, self.log.read_text())]

    def login(self, password: str) -> None:
        auth = {"auths": {self.host: {"username": "alice", "password": password}}}
        (self.folder / "config.json").write_text(json.dumps(auth))


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    if not all(map(shutil.which, ("docker-registry", "skopeo"))):
        pytest.skip("needs docker-registry and skopeo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "htpasswd").write_text(f"alice:{PASSWORD}\n")
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path}/data\n"
        f"http:\n  addr: 127.0.0.1:{port}\nauth:\n  htpasswd:\n    realm: here\n    path: {tmp_path}/htpasswd\n"
    )
    running = Registry(f"127.0.0.1:{port}", tmp_path / "log", tmp_path)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    with running.log.open("wb") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
        try:
            wait_for(port)
            push(tmp_path, running)
            yield running
        finally:
            process.terminate()
            process.wait(10)


def wait_for(port: int) -> None:
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the registry does not start")


def push(folder: Path, registry: Registry) -> None:
    layout = Layout(folder).image(
        tar(file("etc/os-release", b"ID=debian\nVERSION_ID=12\n"), file("var/lib/dpkg/status", STATUS)),
        tar(file("app/data", bytes(200_000))),
    )
    words = ["skopeo", "copy", "-q", "--dest-tls-verify=false", "--dest-creds=alice:wonder", layout.target]
    subprocess.run([*words, f"docker://{registry.host}/{NAME}"], check=True)
    registry.log.write_text("")


def test_by_tag_and_by_digest_and_the_second_time_nothing_is_fetched(registry: Registry, run: Run) -> None:
    registry.login("wonder")
    tag = f"{registry.host}/{NAME}"
    code, out, err = run("scan", tag, "--only", "image,secrets", "--format", "json")
    assert code == 0, err
    digest = json.loads(out)["images"][0]["digest"]
    first = registry.fetched()
    assert f"GET manifests/{digest}" in first
    assert len([line for line in first if line.startswith("GET blobs/")]) == 3
    assert "HEAD manifests/v1" in first

    registry.log.write_text("")
    code, again, _ = run("scan", tag, "--only", "image,secrets", "--format", "json")
    assert (code, json.loads(again)["findings"]) == (0, json.loads(out)["findings"])
    assert registry.fetched() == ["HEAD manifests/v1"], "only what the tag is now"

    registry.log.write_text("")
    code, out, _ = run("sbom", f"{registry.host}/team/app@{digest}")
    assert code == 0
    assert [c["name"] for c in json.loads(out)["components"] if c["type"] == "library"] == ["bash"]
    assert registry.fetched() == [], "a digest needs no question"


@pytest.mark.parametrize("password", ["", "wrong"])
def test_without_the_password_there_is_no_answer_and_no_clean_result(
    registry: Registry, run: Run, password: str
) -> None:
    if password:
        registry.login(password)
    code, out, err = run("scan", f"{registry.host}/{NAME}", "--format", "json")
    assert (code, out) == (4, "")
    assert "CANNOT-TELL [REGISTRY_DENIED]" in err
    assert "wonder" not in err
    assert registry.fetched() == []


def test_a_tag_that_is_not_there(registry: Registry, run: Run) -> None:
    registry.login("wonder")
    code, _, err = run("sbom", f"{registry.host}/team/app:v2")
    assert (code, "IMAGE_MISSING" in err) == (2, True)

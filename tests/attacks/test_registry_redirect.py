"""A registry that sends the reader elsewhere: to another host for the manifest, to a strange address for a blob."""

from __future__ import annotations

from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.images import Layout, file, tar
from tests.simulator.registry_server import Behaviour, RegistryServer
from tests.simulator.runner import Outcome, assert_told, run_cli


def layout(folder: Path, version: str = "1") -> Layout:
    folder.mkdir(exist_ok=True)
    status = f"Package: base-files\nStatus: install ok installed\nVersion: {version}\nArchitecture: all\n\n".encode()
    members = (file("etc/os-release", b"ID=debian\nVERSION_ID=12\n"), file("var/lib/dpkg/status", status))
    return Layout(folder).image(tar(*members))


def read(tmp_path: Path, server: RegistryServer, verb: str = "sbom") -> Outcome:
    env = {"SUPPLYCHAIN_HOME": str(tmp_path / "home"), "NO_COLOR": "1", "DOCKER_CONFIG": str(tmp_path / "docker")}
    return run_cli([verb, f"{server.host}/app:v1"], env=env, cwd=tmp_path)


def test_an_honest_registry(tmp_path: Path) -> None:
    with RegistryServer() as server:
        server.put("v1", layout(tmp_path / "a"))
        assert_told(read(tmp_path, server), ExitCode.OK)


@pytest.mark.parametrize("address", ["http://evil.example/", "file:///etc/passwd?", "https://u:p@evil.example/"])
def test_blobs_from_a_strange_address(tmp_path: Path, address: str) -> None:
    with RegistryServer() as server:
        server.put("v1", layout(tmp_path / "a"))
        server.behave(Behaviour(redirect=address))
        assert_told(read(tmp_path, server), ExitCode.TOOL_FAILED, "REGISTRY_ADDRESS")


def test_a_manifest_from_another_host(tmp_path: Path) -> None:
    """Which bytes a tag stands for is the word of the registry that was named, and of nobody else."""
    with RegistryServer() as server:
        server.put("v1", layout(tmp_path / "a"))
        server.behave(Behaviour(redirect="https://evil.example/", redirect_manifests=True))
        assert_told(read(tmp_path, server), ExitCode.TOOL_FAILED, "REGISTRY_REDIRECT")


def test_other_bytes_from_where_it_sends_us(tmp_path: Path) -> None:
    honest, evil = layout(tmp_path / "a", "1.0.0"), layout(tmp_path / "b", "6.6.6")
    with RegistryServer() as server, RegistryServer() as elsewhere:
        server.put("v1", honest)
        elsewhere.put("v1", evil)
        for digest in honest.layers:
            elsewhere.blobs[digest] = evil.file(evil.layers[0]).read_bytes()
        elsewhere.blobs |= {d: data for d, data in server.blobs.items() if d not in honest.layers}
        server.behave(Behaviour(redirect=f"http://{elsewhere.host}/v2/app/blobs/"))
        outcome = read(tmp_path, server)
    assert outcome.exit_code == ExitCode.VERIFICATION_FAILED
    assert outcome.error in ("BLOB_DIGEST", "BLOB_SIZE"), outcome.stderr
    assert "6.6.6" not in outcome.stdout

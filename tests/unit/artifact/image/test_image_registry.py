"""Registries: honest ones, tired ones, and ones that lie."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest

from supplychain.artifact.image.credentials import Credentials
from supplychain.artifact.image.exchange import check_url
from supplychain.artifact.image.opening import open_image
from supplychain.artifact.image.registry import RegistrySource
from supplychain.artifact.image.tree import ImageTree
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, UsageError, VerificationFailed
from tests.simulator.images import Layout, file, tar, zipped
from tests.simulator.registry_server import Behaviour, RegistryServer

WONDER = "$2b$05$abcdefghijklmnopqrstuuLZNkQ1VL/QsuI/EN8Qq4Ia5232KBp7m"
"""What htpasswd makes of alice's password (bcrypt)."""
FILES = {"etc/os-release", "big"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path).image(tar(file("etc/os-release", b"ID=x")), tar(file("big", os.urandom(300_000))))


@pytest.fixture
def server(layout: Layout):
    with RegistryServer() as running:
        running.put("v1", layout)
        yield running


def read(source: RegistrySource) -> ImageTree:
    with source:
        (image,) = source.images()
        return source.read(image, lambda path, size, mode: True)


def failed(source: RegistrySource, kind: type[SupplychainError] = ToolFailed) -> SupplychainError:
    with pytest.raises(kind) as caught:
        read(source)
    assert "secret" not in caught.value.diagnostics()
    return caught.value


def test_pull_twice_fetches_nothing_the_second_time(server, tmp_path):
    home = tmp_path / "home"
    assert set(read(server.source("app:v1", home=home)).files) == FILES
    first = list(server.requests)
    assert sum("/blobs/" in line for line in first) == 3
    server.requests.clear()
    assert set(read(server.source("app:v1", home=home)).files) == FILES
    assert server.requests == ["HEAD /v2/app/manifests/v1"]
    server.requests.clear()
    name = f"app@{next(r.rpartition('/')[2] for r in first if r.startswith('GET') and '/manifests/' in r)}"
    assert set(read(server.source(name, home=home, offline=True)).files) == FILES
    assert server.requests == []


def test_without_a_home_nothing_stays(server, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    assert set(read(server.source("app:v1")).files) == FILES
    assert not list((tmp_path / "t").iterdir())


def test_offline_says_what_is_not_there(server, tmp_path):
    assert failed(server.source("app:v1", home=tmp_path, offline=True)).code == "OFFLINE"
    assert server.requests == []


def test_basic_authentication(server, tmp_path):
    server.behave(Behaviour(auth="basic"))
    assert set(read(server.source("app:v1", login=server.login(tmp_path))).files) == FILES
    assert failed(server.source("app:v1")).code == "REGISTRY_DENIED"
    assert failed(server.source("app:v1", login=server.login(tmp_path, "wrong"))).code == "REGISTRY_DENIED"


def test_token_authentication(server, tmp_path):
    server.behave(Behaviour(auth="bearer"))
    assert set(read(server.source("app:v1", login=server.login(tmp_path))).files) == FILES
    assert server.requests.count("GET /token") == 1
    assert failed(server.source("app:v1")).code == "REGISTRY_DENIED"


def test_identity_token_is_exchanged(server, tmp_path):
    server.behave(Behaviour(auth="bearer"))
    login = tmp_path / "auth.json"
    login.write_text(json.dumps({"auths": {server.host: {"identitytoken": "wonder"}}}))
    assert set(read(server.source("app:v1", login=login)).files) == FILES
    assert "POST /token" in server.requests


@pytest.mark.parametrize("realm", ["http://registry.example/token", "ftp://127.0.0.1/x", "", "http://169.254.169.254/"])
def test_credentials_are_sent_to_no_unencrypted_address(server, tmp_path, realm):
    server.behave(Behaviour(auth="bearer", realm=realm or "nothing"))
    assert failed(server.source("app:v1", login=server.login(tmp_path))).code == "REGISTRY_ADDRESS"


def test_429_for_a_while_is_waited_out_as_told(server):
    server.behave(Behaviour(busy=2, retry_after="2"))
    assert set(read(server.source("app:v1")).files) == FILES
    assert server.slept == [2.0, 2.0]


@pytest.mark.parametrize("after", ["0", "1", "3600", None, "Fri, 31 Dec 2100 23:59:59 GMT", "soon"])
def test_429_for_ever_ends(server, after):
    server.behave(Behaviour(busy=10_000, retry_after=after))
    assert failed(server.source("app:v1")).code == "REGISTRY_BUSY"
    assert len(server.requests) < 10
    assert sum(server.slept) <= 5


def test_registry_that_hangs(server):
    server.behave(Behaviour(hang="/blobs/"))
    start = time.monotonic()
    assert failed(server.source("app:v1")).code == "REGISTRY_UNREACHABLE"
    assert time.monotonic() - start < 4


def test_registry_that_drips(server, monkeypatch):
    monkeypatch.setattr("supplychain.artifact.image.exchange.SLOWEST", 1 << 20)
    server.behave(Behaviour(drip="/blobs/"))
    start = time.monotonic()
    assert failed(server.source("app:v1")).code == "REGISTRY_HANGS"
    assert time.monotonic() - start < 4


def test_a_transfer_that_breaks_off_is_tried_again_within_the_budget(server):
    server.behave(Behaviour(cut=0))
    with server.source("app:v1", patience=30.0) as source:
        (image,) = source.images()
        server.behave(Behaviour(cut=2))
        assert set(source.read(image, lambda *_: True).files) == FILES
    server.behave(Behaviour(cut=99))
    assert failed(server.source("app:v1")).code == "REGISTRY_BROKE_OFF"


def test_nobody_listens(tmp_path):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        target = f"127.0.0.1:{held.getsockname()[1]}/app:v1"
        with RegistryServer() as other:
            other.host = target.partition("/")[0]
            assert failed(other.source("app:v1")).code == "REGISTRY_UNREACHABLE"


def test_blobs_elsewhere_are_fetched_without_credentials(server, layout, tmp_path):
    with RegistryServer() as elsewhere:
        elsewhere.put("v1", layout)
        server.behave(Behaviour(auth="basic", redirect=f"http://{elsewhere.host}/v2/app/blobs/"))
        assert set(read(server.source("app:v1", login=server.login(tmp_path))).files) == FILES
        assert len(elsewhere.seen) == 3
        assert not any("authorization" in headers for headers in elsewhere.seen)


@pytest.mark.parametrize("where", ["http://evil.example/", "file:///etc/passwd?", "https://u:p@evil.example/", "//"])
def test_blobs_are_fetched_from_no_strange_address(server, where):
    server.behave(Behaviour(redirect=where))
    assert failed(server.source("app:v1")).code == "REGISTRY_ADDRESS"


def test_manifests_are_fetched_from_nowhere_else(server):
    server.behave(Behaviour(redirect="https://evil.example/", redirect_manifests=True))
    assert failed(server.source("app:v1")).code == "REGISTRY_REDIRECT"


def test_redirects_that_never_end(server):
    server.behave(Behaviour(redirect=f"http://{server.host}/v2/app/blobs/"))
    assert failed(server.source("app:v1")).code == "REGISTRY_REDIRECT"


def test_this_machine_is_no_place_for_a_registry_to_send_us_to(monkeypatch):
    with pytest.raises(ToolFailed):
        check_url("http://10.0.0.1/x")
    assert check_url("http://localhost:5000/x").port == 5000


def test_tag_swapped_between_two_requests(server, layout, tmp_path):
    before = layout.entries[0]["digest"]
    evil = json.loads(server.tags["v1"])
    evil["annotations"] = {"evil": "yes"}
    data = json.dumps(evil).encode()
    server.behave(Behaviour(swap={"v1": data}))
    with server.source("app:v1") as source:
        assert {str(source.images()[0].digest) for _ in range(3)} == {before}
    assert sum("/manifests/v1" in line for line in server.requests) == 1


def test_registry_without_head(server):
    server.behave(Behaviour(no_head=True))
    assert set(read(server.source("app:v1")).files) == FILES


def test_manifest_that_is_not_the_one_of_its_digest(server, layout):
    name = layout.entries[0]["digest"]
    server.behave(Behaviour(lie={name: server.blobs[name] + b" "}))
    error = failed(server.source("app:v1"), VerificationFailed)
    assert error.code == "BLOB_DIGEST"
    assert name in error.where


def test_layer_that_is_not_the_one_of_its_digest(server, layout, tmp_path):
    name = layout.layers[1]
    data = bytearray(server.blobs[name])
    data[1000] ^= 1
    server.behave(Behaviour(lie={name: bytes(data)}))
    error = failed(server.source("app:v1", home=tmp_path / "home"), VerificationFailed)
    assert error.code == "BLOB_DIGEST"
    assert name in error.where
    assert not (tmp_path / "home/blobs/sha256" / name[7:9] / name[7:]).exists()


def test_a_poisoned_blob_on_disk_is_not_believed_and_fetched_again(server, layout, tmp_path):
    home = tmp_path / "home"
    read(server.source("app:v1", home=home))
    path = home / "blobs/sha256" / layout.layers[0][7:9] / layout.layers[0][7:]
    size = path.stat().st_size
    path.write_bytes(zipped(tar(file("evil")))[:size].ljust(size, b"\0"))
    server.requests.clear()
    assert set(read(server.source("app:v1", home=home)).files) == FILES
    assert f"GET /v2/app/blobs/{layout.layers[0]}" in server.requests
    manifest = home / "blobs/sha256" / layout.entries[0]["digest"][7:9] / layout.entries[0]["digest"][7:]
    manifest.write_bytes(b"{}")
    assert set(read(server.source("app:v1", home=home)).files) == FILES


def test_missing_image_and_missing_blob(server, layout):
    assert failed(server.source("app:v2"), UsageError).code == "IMAGE_MISSING"
    del server.blobs[layout.layers[0]]
    assert failed(server.source("app:v1")).code == "BLOB_MISSING"


def test_a_document_larger_than_any(server, layout):
    name = layout.entries[0]["digest"]
    server.behave(Behaviour(lie={name: b" " * (5 << 20)}))
    assert failed(server.source("app:v1"), MalformedInput).code == "TOO_LARGE"


def test_credential_helper(tmp_path, monkeypatch):
    helper = tmp_path / "docker-credential-test"
    helper.write_text(
        '#!/bin/sh\nread -r host || true\n[ "$1" = get ] || exit 9\n'
        '[ "$host" = r.example:5000 ] || { echo "credentials not found in native keychain"; exit 1; }\n'
        'printf \'{"ServerURL":"%s","Username":"alice","Secret":"wonder"}\' "$host"\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"credsStore": "test", "auths": {"r.example:5000": {}}}))
    found = Credentials((config,))
    credential = found.find("r.example:5000", "app")
    assert credential is not None
    assert (credential.username, credential.secret) == ("alice", "wonder")
    assert "wonder" not in repr(credential)
    assert found.find("other.example", "app") is None
    assert found.problems == []
    config.write_text(json.dumps({"credHelpers": {"r.example:5000": "no-such"}}))
    assert found.find("r.example:5000", "app") is None
    assert "no-such" in found.problems[0]
    config.write_text(json.dumps({"credHelpers": {"r.example:5000": "../../bin/evil"}}))
    assert found.find("r.example:5000", "app") is None


def test_credentials_of_podman_for_a_part_of_a_registry(tmp_path):
    config = tmp_path / "auth.json"
    entry = {"username": "part", "password": "p"}
    config.write_text(
        json.dumps({"auths": {"r.example/team": entry, "r.example": {"username": "all", "password": "p"}}})
    )
    for repository, expected in (("team/app", "part"), ("other/app", "all")):
        found = Credentials((config,)).find("r.example", repository)
        assert found is not None
        assert found.username == expected


@pytest.mark.parametrize("text", ["{", "[]", '{"auths": []}', '{"auths": {"r.example": {"auth": "%%%"}}}'])
def test_broken_credential_files_are_remembered_for_the_message(tmp_path, text):
    config = tmp_path / "config.json"
    config.write_text(text)
    found = Credentials((config,))
    assert found.find("r.example", "app") is None
    assert found.problems


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.tools
def test_a_real_registry(layout, tmp_path, monkeypatch):
    if not all(map(shutil.which, ("docker-registry", "skopeo"))):
        pytest.skip("needs docker-registry and skopeo")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = tmp_path / "registry.yml"
    config.write_text(
        f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {tmp_path}/data\nhttp:\n  addr: 127.0.0.1:{port}\n"
        f"auth:\n  htpasswd:\n    realm: here\n    path: {tmp_path}/htpasswd\n"
    )
    (tmp_path / "htpasswd").write_text(f"alice:{WONDER}\n")
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
        try:
            end = time.monotonic() + 20
            while time.monotonic() < end and not listens(port):
                time.sleep(0.05)
            target = f"127.0.0.1:{port}/team/app:v1"
            subprocess.run(
                [
                    "skopeo",
                    "copy",
                    "-q",
                    "--dest-tls-verify=false",
                    "--dest-creds=alice:wonder",
                    layout.target,
                    f"docker://{target}",
                ],
                check=True,
            )
            (tmp_path / "docker").mkdir()
            login = {"auths": {f"127.0.0.1:{port}": {"username": "alice", "password": "wonder"}}}
            (tmp_path / "docker/config.json").write_text(json.dumps(login))
            monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
            counts = []
            for _ in range(2):
                with open_image(target, home=tmp_path / "home") as source:
                    (image,) = source.images()
                    assert set(source.read(image, lambda *_: True).files) == FILES
                counts.append((tmp_path / "log").read_text().count("GET /v2/"))
            assert counts[0] == counts[1] > 0
            with open_image(f"127.0.0.1:{port}/team/app@{image.digest}", home=tmp_path / "home2") as source:
                assert source.images()[0].digest == image.digest
        finally:
            running.terminate()
            running.wait(10)


def test_a_request_that_hung_costs_the_time_it_hung(monkeypatch):
    ticks = iter(range(0, 10_000, 25))
    monkeypatch.setattr("supplychain.artifact.image.registry_client.time.monotonic", lambda: float(next(ticks)))
    with RegistryServer() as server:
        server.behave(Behaviour(hang="/v2/"))
        assert failed(server.source("app:v1", patience=60.0)).code == "REGISTRY_UNREACHABLE"
        # Each of them took 25 seconds of a budget of 60.
        assert len(server.requests) == 3

"""Hostile and broken images through the command line: each is read with what is strange told, or refused by name.

Nothing here may end in a traceback, in a result that reads as clean, or in memory that grows with the attack.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from zlib import compressobj

import pytest

from supplychain.artifact.image import endpoints
from supplychain.artifact.image.budget import Budget
from supplychain.artifact.image.exchange import Connections, Limits
from supplychain.artifact.image.registry_client import RegistryClient
from tests.simulator.images import (
    OCI_INDEX,
    OCI_MANIFEST,
    Layout,
    descriptor,
    digest,
    file,
    hardlink,
    member,
    pax,
    symlink,
    tar,
)
from tests.simulator.registry_server import Behaviour, RegistryServer
from tests.simulator.runner import Run

STATUS = "var/lib/dpkg/status"
PACKAGES = (
    file("etc/os-release", b"ID=debian\nVERSION_ID=12\n"),
    file(STATUS, b"Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"),
)
NOT_UTF8 = os.fsdecode(b"caf\xe9")


@pytest.mark.parametrize(
    ("members", "told"),
    [
        ((file("/etc/absolute", b"x"),), ""),
        ((member("dev/sda", tarfile.BLKTYPE), member("dev/null", tarfile.CHRTYPE), member("p", tarfile.FIFOTYPE)), ""),
        ((symlink("a", "b"), symlink("b", "a"), symlink("self", "self")), ""),
        ((symlink("a", "b"), symlink("b", "a"), file("a/package.json", b"{}")), "link_loop"),
        ((file(f"app/node_modules/{NOT_UTF8}/package.json", b'{"name": "cafe", "version": "1"}'),), ""),
        ((hardlink("app/node_modules/x/package.json", "nowhere"),), "dangling_hardlink"),
        (
            (pax({"GNU.sparse.major": "1", "GNU.sparse.name": "a/node_modules/b/package.json"}, file("x", b"1\n0\n")),),
            "sparse_file",
        ),
        ((member("volume", b"V"),), "unknown_member"),
    ],
    ids=["absolute", "devices", "loop", "below a loop", "not UTF-8", "link to nothing", "sparse", "unknown kind"],
)
def test_strange_but_read(run: Run, tmp_path: Path, members: tuple[bytes, ...], told: str) -> None:
    layout = Layout(tmp_path).image(tar(*PACKAGES, *members))
    code, out, err = run("sbom", layout.target)
    assert code == 0, err
    assert "bash" in [component["name"] for component in json.loads(out)["components"]]
    assert told in err
    assert bool(told) == ("warning: incomplete" in err)


def test_last_member_without_padding_and_end(run: Run, tmp_path: Path) -> None:
    archive = b"".join(PACKAGES)
    archive = archive[: len(archive.rstrip(b"\0")) + 2]
    code, _, err = run("sbom", Layout(tmp_path).image(archive).target)
    assert code == 0, err


def wrong_digest(layout: Layout) -> None:
    layout.image(tar(*PACKAGES, file("more", os.urandom(5000)))).damage(layout.layers[0])


def wrong_size(layout: Layout) -> None:
    manifest = json.loads(layout.manifest(tar(*PACKAGES)))
    manifest["layers"][0]["size"] += 1
    layout.add(descriptor(layout.document(manifest), OCI_MANIFEST))


def truncated(layout: Layout) -> None:
    archive = tar(*PACKAGES, file("more", os.urandom(5000)))
    layout.image(gzip.compress(archive)[:-1000], archives=(archive,))


def lists_itself(layout: Layout) -> None:
    """A digest cannot be in what it is the digest of; so the index lies, and is caught by that."""
    name = digest(b"self")
    line = {"mediaType": OCI_INDEX, "digest": name, "size": 400}
    document = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [line]}).encode()
    layout.file(name).write_bytes(document.ljust(400))
    layout.add(line)


def nested(layout: Layout) -> None:
    data, kind = layout.manifest(tar(*PACKAGES)), OCI_MANIFEST
    for _ in range(8):
        data, kind = layout.document({"schemaVersion": 2, "manifests": [descriptor(data, kind)]}), OCI_INDEX
    layout.add(descriptor(data, kind))


@pytest.mark.parametrize(
    ("make", "code", "error"),
    [
        (lambda layout: layout.image(tar(file("../etc/passwd", b"x"))), 5, "UNSAFE_PATH"),
        (lambda layout: layout.image(tar(hardlink("a", "../../etc/shadow"))), 5, "UNSAFE_PATH"),
        (truncated, 5, "COMPRESSION"),
        (lambda layout: layout.image(tar(*PACKAGES, end=b"")[:-700]), 5, "TAR"),
        (wrong_digest, 6, "BLOB_DIGEST"),
        (wrong_size, 6, "BLOB_SIZE"),
        (lists_itself, 6, "BLOB_DIGEST"),
        (nested, 5, "INDEX_CYCLE"),
    ],
    ids=["dot dot", "link out", "truncated gzip", "truncated tar", "digest", "size", "lists itself", "nested"],
)
@pytest.mark.parametrize("verb", ["sbom", "scan"])
def test_refused_by_name(
    run: Run, tmp_path: Path, verb: str, make: Callable[[Layout], object], code: int, error: str
) -> None:
    layout = Layout(tmp_path)
    make(layout)
    more = ("--format", "json") if verb == "scan" else ()
    done, out, err = run(verb, layout.target, *more)
    assert (done, out) == (code, "")
    assert f"[{error}]" in err


def peak_mib(*words: str) -> tuple[int, str, float]:
    """Exit code, standard error and the peak memory of the program in a process of its own."""
    # Not `getrusage`: that counts this process too, as it was when it started the other.
    program = "import sys, supplychain.cli.main as m\ntry:\n    m.main()\nfinally:\n"
    program += "    peak = [line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0]\n"
    program += "    sys.stderr.write(f'peak {peak}')"
    done = subprocess.run([sys.executable, "-c", program, *words], capture_output=True, text=True, timeout=300)
    return done.returncode, done.stderr, int(done.stderr.rpartition("peak ")[2]) / 1024


def test_ten_gigabytes_of_zeros_in_ten_megabytes(tmp_path: Path) -> None:
    size = 10_000_000_000
    info = tarfile.TarInfo("zeros")
    info.size = size
    path = tmp_path / "bomb"
    with gzip.open(path, "wb", compresslevel=9) as packed:
        packed.write(info.tobuf())
    block = gzip.compress(bytes(50_000_000), 9)  # gzip of several members is gzip
    with path.open("ab") as stored:
        for _ in range(size // 50_000_000):
            stored.write(block)
    data = path.read_bytes()
    assert len(data) < 11_000_000
    layout = Layout(tmp_path).image(data, archives=(b"never reached",))
    code, err, peak = peak_mib("sbom", layout.target)
    assert (code, "[DECOMPRESSION_BOMB]" in err) == (5, True), err
    assert peak < 150


def test_a_million_tiny_files(tmp_path: Path) -> None:
    pattern, step = file("usr/src/f0000000", b""), 10_000
    packed, whole = compressobj(1, wbits=31), hashlib.sha256()
    stored = []
    for start in (-1, *range(0, 1_000_000, step)):
        part = b"".join(numbered(pattern, n) for n in range(start, start + step)) if start >= 0 else b"".join(PACKAGES)
        whole.update(part)
        stored.append(packed.compress(part))
    whole.update(bytes(1024))
    stored += [packed.compress(bytes(1024)), packed.flush()]
    layout = Layout(tmp_path)
    archives = {"type": "layers", "diff_ids": [f"sha256:{whole.hexdigest()}"]}
    layout.add(descriptor(layout.manifest(b"".join(stored), archives=(b"",), rootfs=archives), OCI_MANIFEST))
    code, err, peak = peak_mib("sbom", layout.target)
    assert (code, "incomplete" in err) == (0, False), err
    assert peak < 150


def numbered(pattern: bytes, number: int) -> bytes:
    """A header with another number in its name, and the checksum that belongs to it."""
    digits = b"%07d" % number
    total = int(pattern[148:154], 8) + sum(digits) - sum(b"0000000")
    return pattern[:9] + digits + pattern[16:148] + b"%06o\0 " % total + pattern[156:]


# Registries


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RegistryServer]:
    """A registry, and a client that loses its patience soon."""
    impatient = partial(
        RegistryClient, connections=Connections(Limits(connect_s=1.0, read_s=0.3)), budget=Budget(1.0, refill=0.0)
    )
    monkeypatch.setattr(endpoints, "RegistryClient", impatient)
    layout = Layout(tmp_path).image(tar(*PACKAGES))
    with RegistryServer() as running:
        running.put("v1", layout)
        yield running


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (Behaviour(busy=10**6), "REGISTRY_BUSY"),
        (Behaviour(busy=10**6, retry_after="86400"), "REGISTRY_BUSY"),
        (Behaviour(hang="/manifests/"), "REGISTRY_UNREACHABLE"),
        (Behaviour(hang="/blobs/"), "REGISTRY_UNREACHABLE"),
        (Behaviour(redirect="http://registry.example/"), "REGISTRY_ADDRESS"),
        (Behaviour(redirect="file:///etc/"), "REGISTRY_ADDRESS"),
        (Behaviour(redirect="https://elsewhere.example/", redirect_manifests=True), "REGISTRY_REDIRECT"),
        (Behaviour(broken=True), "REGISTRY_FAILED"),
        (Behaviour(cut=10**6), "REGISTRY_BROKE_OFF"),
    ],
    ids=["429", "429 for a day", "hangs", "hangs at blobs", "plain http", "file", "manifest elsewhere", "500", "cut"],
)
def test_a_registry_that_fails_is_cannot_tell(
    run: Run, server: RegistryServer, behaviour: Behaviour, error: str
) -> None:
    server.behave(behaviour)
    code, out, err = run("scan", f"{server.host}/app:v1", "--format", "json")
    assert (code, out) == (4, "")
    assert f"CANNOT-TELL [{error}]" in err


def test_a_tag_swapped_between_two_requests_is_one_image(run: Run, server: RegistryServer, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Layout(tmp_path / "other").image(tar(file("evil")))
    before = server.tags["v1"]
    server.put("other", other)
    server.behave(Behaviour(swap={"v1": server.tags["other"]}))
    code, out, _ = run("scan", f"{server.host}/app:v1", "--only", "image", "--format", "json")
    assert code == 0
    assert json.loads(out)["images"][0]["digest"] == digest(before)
    assert server.tags["v1"] != before
    assert not [line for line in server.requests if digest(server.tags["other"]) in line]

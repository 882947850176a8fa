"""Image references, taken apart as Docker does."""

from __future__ import annotations

import pytest

from supplychain.artifact.image.reference import is_loopback, parse_reference
from supplychain.errors import UsageError

SHA = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("text", "full", "host"),
    [
        ("nginx", "docker.io/library/nginx:latest", "registry-1.docker.io"),
        ("nginx:1.2", "docker.io/library/nginx:1.2", "registry-1.docker.io"),
        ("team/app", "docker.io/team/app:latest", "registry-1.docker.io"),
        ("docker.io/nginx", "docker.io/library/nginx:latest", "registry-1.docker.io"),
        ("index.docker.io/a/b:c", "docker.io/a/b:c", "registry-1.docker.io"),
        ("ghcr.io/a/b/c:v1.0", "ghcr.io/a/b/c:v1.0", "ghcr.io"),
        ("localhost/app", "localhost/app:latest", "localhost"),
        ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000"),
        ("127.0.0.1:5000/app", "127.0.0.1:5000/app:latest", "127.0.0.1:5000"),
        ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000"),
        (f"r.example/app@{SHA}", f"r.example/app@{SHA}", "r.example"),
        (f"r.example/app:v1@{SHA}", f"r.example/app:v1@{SHA}", "r.example"),
    ],
)
def test_reference(text, full, host):
    reference = parse_reference(text)
    assert (str(reference), reference.host) == (full, host)


@pytest.mark.parametrize(
    "text",
    ["", ":", "UPPER", "a//b", "a:b:c", "app@", "app@sha256:1", "../app", "a/../b", "r.example/", "app:" + "x" * 129,
     "http://r.example/app", "r.example/app?x", "r.example/a b", "user@r.example/app", "r.example:99999999/app", "a" * 2000],
)  # fmt: skip
def test_no_reference(text):
    with pytest.raises(UsageError) as caught:
        parse_reference(text)
    assert caught.value.code == "NOT_A_REFERENCE"


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:1", "127.0.0.1", "127.8.9.1:5000", "[::1]:5000", "x.localhost"]
)
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["localhost.evil.example", "128.0.0.1", "evil.example:127", "[::2]", "127.0.0.1.nip.io", "0.0.0.0"]
)
def test_not_loopback(host):
    assert not is_loopback(host)

"""Fixtures every test may use."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of large shared samples; a clone has none, so tests that use it skip, visibly, without it."""
    given = os.environ.get("SUPPLYCHAIN_SHARED")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "shared"
    if not (folder / "advisories").is_dir():
        pytest.skip("the shared sample folder is not here (set SUPPLYCHAIN_SHARED)")
    return folder


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the folder of the person who runs it."""
    monkeypatch.setenv("SUPPLYCHAIN_HOME", str(tmp_path_factory.mktemp("home")))
    for name in ("SUPPLYCHAIN_KEY", "SUPPLYCHAIN_KEY_PASSWORD", "SUPPLYCHAIN_SIGNER", "SUPPLYCHAIN_IDENTITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def _raise_loopback() -> None:
    """In a network namespace of one's own (`unshare -rn`) even loopback is down; the servers of tests live there."""
    read_flags, write_flags, up = 0x8913, 0x8914, 1  # SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP
    form = "16sh14x"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        _, flags = struct.unpack(form, fcntl.ioctl(handle, read_flags, struct.pack(form, b"lo", 0)))
        if not flags & up:
            fcntl.ioctl(handle, write_flags, struct.pack(form, b"lo", flags | up))


_raise_loopback()

"""Debian's `docker-registry` (CNCF distribution 2.8) on loopback, with a password: a real one, without a referrers API."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

WONDER = "$2b$05$abcdefghijklmnopqrstuuLZNkQ1VL/QsuI/EN8Qq4Ia5232KBp7m"
"""bcrypt of `wonder`."""


class RealRegistry:
    """Runs for as long as it is entered; skips the test where the program is missing. `login` says who may use it.

    Args:
        folder: Everything it keeps, its log and the login (`folder/docker/config.json`).
        open_to_all: Nobody has to log in.
    """

    def __init__(self, folder: Path, *, open_to_all: bool = False) -> None:
        if not shutil.which("docker-registry"):
            pytest.skip("needs docker-registry")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.host = f"127.0.0.1:{self._port}"
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._config = folder / "registry.yml"
        self._config.write_text(
            f"version: 0.1\nstorage:\n  filesystem:\n    rootdirectory: {folder}/data\n"
            f"http:\n  addr: {self.host}\n"
            + ("" if open_to_all else f"auth:\n  htpasswd:\n    realm: here\n    path: {folder}/htpasswd\n")
        )
        (folder / "htpasswd").write_text(f"alice:{WONDER}\n")
        self.login = folder / "docker"
        self.login.mkdir(exist_ok=True)
        auths = {self.host: {"username": "alice", "password": "wonder"}}
        (self.login / "config.json").write_text(json.dumps({"auths": auths}))

    def __enter__(self) -> Self:
        self._log = (self.folder / "log").open("wb")
        self._running = subprocess.Popen(
            ["docker-registry", "serve", str(self._config)], stdout=self._log, stderr=self._log
        )
        end = time.monotonic() + 20
        while time.monotonic() < end and self._running.poll() is None:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self._port)) == 0:
                    return self
            time.sleep(0.05)
        self.__exit__(None, None, None)
        pytest.fail((self.folder / "log").read_text()[-2000:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.terminate()
        self._running.wait(10)
        self._log.close()

"""The password of a key, asked for on a real terminal: no echo, and nobody is asked where there is none."""

from __future__ import annotations

import os
import pty
import select
import sys
import time
from pathlib import Path

import pytest

from supplychain.signing.local_key import generate_pem


def at_a_terminal(folder: Path, answer: str) -> tuple[int, str]:
    """Run `supplychain sign` with a terminal of its own and answer its one question."""
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - the other process
        os.chdir(folder)
        words = [sys.executable, "-m", "supplychain", "sign", "a.txt", "--key", "key.pem"]
        os.execv(sys.executable, words)
    said, answered, until = b"", False, time.monotonic() + 60
    while time.monotonic() < until:
        ready, _, _ = select.select([terminal], [], [], 0.5)
        if not ready:
            continue
        try:
            piece = os.read(terminal, 4096)
        except OSError:  # the other end is gone
            break
        if not piece:
            break
        said += piece
        if not answered and said.rstrip().endswith(b":"):
            os.write(terminal, answer.encode() + b"\n")
            answered = True
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return os.waitstatus_to_exitcode(status), said.decode()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
@pytest.mark.parametrize(("answer", "code"), [("open sesame", 0), ("close sesame", 2)])
def test_the_password_is_asked_for(tmp_path: Path, answer: str, code: int) -> None:
    (tmp_path / "a.txt").write_text("hello\n")
    (tmp_path / "key.pem").write_bytes(generate_pem(password=b"open sesame")[0])
    found, said = at_a_terminal(tmp_path, answer)
    assert found == code, said
    assert "Password of key.pem" in said
    assert answer not in said, "a password has no echo"
    assert (tmp_path / "a.txt.sigstore.json").exists() is (code == 0)

"""The only module that starts a subprocess: an argument list, a time limit, an output limit, a clean environment.

No shell is ever involved. The child runs in a session of its own, so that a time limit or an interrupt ends all of its
descendants. Output over the limit ends the child: half an answer must never be taken for a whole one.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from supplychain.errors import ToolFailed
from supplychain.files import MIB

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "SYSTEMROOT", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A child that ended by itself, within its limits."""

    argv: tuple[str, ...]
    code: int
    """Exit code; negative: ended by that signal."""
    stdout: bytes
    stderr: bytes
    seconds: float

    def error_tail(self, limit: int = 600) -> str:
        """The end of what it printed on standard error, for a message."""
        return self.stderr[-limit:].decode("utf-8", "replace").strip()


def run(
    argv: Sequence[str],
    *,
    cwd: Path | None = None,
    timeout_s: float = 600.0,
    max_output: int = 64 * MIB,
    env: Mapping[str, str] | None = None,
    own_first: bool = True,
    stdin: bytes = b"",
    seen: Callable[[bytes], None] | None = None,
) -> Completed:
    """Run a program to its end.

    Args:
        argv: Program and arguments, never passed to a shell.
        cwd: Folder to run in.
        timeout_s: Seconds until the whole process group is ended.
        max_output: Largest accepted size of each of the two outputs, in bytes.
        env: Variables added to the clean environment.
        own_first: Look programs up beside this interpreter before PATH (our own tools) or after it (a user's build).
        stdin: What the child reads on its standard input.
        seen: Is given both outputs piece by piece while the child runs, for a person who waits.

    Returns:
        The completed child; a non-zero code is the caller's to judge.

    Raises:
        ToolFailed: `TOOL_MISSING`, `TIME_LIMIT` or `OUTPUT_LIMIT`.
    """
    words = tuple(str(word) for word in argv)
    start = time.monotonic()
    try:
        with tempfile.TemporaryFile() as given:
            given.write(stdin)
            given.seek(0)
            child = subprocess.Popen(  # noqa: S603 - an argument list, never a shell
                words,
                cwd=cwd,
                env={**clean_environment(own_first=own_first), **(env or {})},
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
    except (OSError, ValueError) as error:
        raise ToolFailed(
            f"cannot start {words[0]}: {getattr(error, 'strerror', None) or error}",
            code="TOOL_MISSING",
            where=words[0],
            hint="install it or put it on PATH; `supplychain doctor` shows what is found",
        ) from error
    with child:
        try:
            stdout, stderr = _drain(child, start + timeout_s, max_output, timeout_s, seen)
            code = child.wait(max(0.1, start + timeout_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise _time_limit(words[0], timeout_s) from None
        finally:
            _end_group(child)
    return Completed(argv=words, code=code, stdout=stdout, stderr=stderr, seconds=time.monotonic() - start)


def clean_environment(*, own_first: bool = True) -> dict[str, str]:
    """The environment a child gets: a short list of kept variables, with our own programs first or last on PATH."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    own = [str(Path(sys.executable).parent)]
    # An empty or relative entry means "wherever we stand", and we stand in the tree that is looked at.
    given = [entry for entry in kept.get("PATH", os.defpath).split(os.pathsep) if Path(entry).is_absolute()]
    kept["PATH"] = os.pathsep.join(own + given if own_first else given + own)
    kept.setdefault("LANG", "C.UTF-8")
    return kept


def _drain(
    child: subprocess.Popen[bytes],
    deadline: float,
    limit: int,
    timeout_s: float,
    seen: Callable[[bytes], None] | None,
) -> tuple[bytes, bytes]:
    assert child.stdout is not None and child.stderr is not None  # noqa: S101, PT018 - asked for above
    parts: dict[int, list[bytes]] = {child.stdout.fileno(): [], child.stderr.fileno(): []}
    sizes = dict.fromkeys(parts, 0)
    name = str(child.args[0]) if isinstance(child.args, tuple) else str(child.args)
    with selectors.DefaultSelector() as selector:
        for stream in (child.stdout, child.stderr):
            selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            left = deadline - time.monotonic()
            if left <= 0:
                raise _time_limit(name, timeout_s)
            for key, _ in selector.select(left):
                chunk = os.read(key.fd, 1 << 18)
                if not chunk:
                    selector.unregister(key.fileobj)
                    continue
                if seen is not None:
                    seen(chunk)
                parts[key.fd].append(chunk)
                sizes[key.fd] += len(chunk)
                if sizes[key.fd] > limit:
                    raise ToolFailed(
                        f"{name} printed more than is accepted",
                        code="OUTPUT_LIMIT",
                        where=name,
                        expected=f"at most {limit:,} bytes",
                    )
    out, err = parts.values()
    return b"".join(out), b"".join(err)


def _time_limit(name: str, timeout_s: float) -> ToolFailed:
    return ToolFailed(
        f"{name} did not finish within {timeout_s:g} s",
        code="TIME_LIMIT",
        where=name,
        hint="raise the time limit of this stage in supplychain.yaml, or give it less to do",
    )


def _end_group(child: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the child's session: itself and every descendant that kept a pipe or a core busy."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class Companion:
    """A child that stays and answers on its standard output what it is asked on its standard input.

    It ends with this process: when its standard input closes. It sets its own time limits (`policy/regorus_worker.py`);
    a child that ended says so by an empty answer. Its last argument is a file descriptor: how far it has come it writes
    there, as a number at the beginning, which wakes nobody and is still there when it has died.
    """

    def __init__(self, argv: Sequence[str]) -> None:
        """Start it. Raises ToolFailed as `run`."""
        self.owner = os.getpid()
        self._mark = tempfile.TemporaryFile()  # noqa: SIM115 - kept for as long as the child lives
        try:
            self._child = subprocess.Popen(  # noqa: S603 - an argument list, never a shell
                (*argv, str(self._mark.fileno())),
                pass_fds=(self._mark.fileno(),),
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolFailed(f"cannot start {argv[0]}: {error.strerror}", code="TOOL_MISSING", where=argv[0]) from error

    def send(self, *parts: bytes) -> None:
        """Hand it bytes; to one that has ended nothing is said, its silence tells."""
        assert self._child.stdin is not None  # noqa: S101 - asked for above
        os.pwrite(self._mark.fileno(), b"-1      ", 0)
        try:
            for part in parts:
                self._child.stdin.write(part)
            self._child.stdin.flush()
        except (BrokenPipeError, ValueError):
            return

    def reached(self) -> int:
        """How far it has come with what it was asked last, as it says itself; -1: not anywhere."""
        return int(os.pread(self._mark.fileno(), 8, 0))

    def line(self) -> bytes:
        """Its next line; empty when it has ended."""
        assert self._child.stdout is not None  # noqa: S101 - asked for above
        return self._child.stdout.readline()

    def read(self, size: int) -> bytes:
        """That many bytes, or fewer when it has ended."""
        assert self._child.stdout is not None  # noqa: S101 - asked for above
        return self._child.stdout.read(size)

    def end(self) -> int:
        """End it and all that it started; its exit code, negative: ended by that signal."""
        for stream in (self._child.stdin, self._child.stdout, self._mark):
            if stream is not None:
                try:
                    stream.close()
                except BrokenPipeError:
                    continue
        try:
            code = self._child.wait(0.5)
        except subprocess.TimeoutExpired:
            _end_group(self._child)
            code = self._child.wait()
        return code

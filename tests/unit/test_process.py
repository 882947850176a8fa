"""Children: no shell, limits on time and output, nothing left behind, a clean environment."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from supplychain.errors import ToolFailed
from supplychain.process import clean_environment, run


def python(code: str, **more: object) -> object:
    return run([sys.executable, "-c", code], **more)  # type: ignore[arg-type]


def test_both_outputs_and_the_code_are_told() -> None:
    done = run([sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"])
    assert (done.code, done.stdout, done.stderr) == (3, b"out\n", b"err\n")
    assert done.error_tail() == "err"
    assert run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]).code == -9


def test_words_are_words(tmp_path: Path) -> None:
    words = ["; touch hacked", "$(touch hacked)", "`touch hacked`", "a\nb", "*"]
    done = run([sys.executable, "-c", "import sys; print(sys.argv[1:])", *words], cwd=tmp_path)
    assert eval(done.stdout) == words
    assert list(tmp_path.iterdir()) == []


def test_there_is_nothing_to_read() -> None:
    assert run([sys.executable, "-c", "import sys; print(repr(sys.stdin.read()))"]).stdout == b"''\n"


@pytest.mark.parametrize("program", ["no-such-program-at-all", "/no/such/program", "", "nul\0byte"])
def test_a_program_that_is_not_there(program: str) -> None:
    with pytest.raises(ToolFailed) as caught:
        run([program])
    assert caught.value.code == "TOOL_MISSING"


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("x")
    for program in (tmp_path / "data", tmp_path):
        with pytest.raises(ToolFailed) as caught:
            run([str(program)])
        assert caught.value.code == "TOOL_MISSING"


def test_the_time_limit_ends_all_descendants(tmp_path: Path) -> None:
    code = f"import os, time; os.fork(); open({str(tmp_path)!r} + '/' + str(os.getpid()), 'w'); time.sleep(60)"
    started = time.monotonic()
    with pytest.raises(ToolFailed) as caught:
        python(code, timeout_s=1)
    assert caught.value.code == "TIME_LIMIT"
    assert time.monotonic() - started < 20
    for path in tmp_path.iterdir():
        for _ in range(100):
            if _is_gone(int(path.name)):
                break
            time.sleep(0.05)
        assert _is_gone(int(path.name))


def _is_gone(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_child_that_closes_its_outputs_and_stays() -> None:
    with pytest.raises(ToolFailed) as caught:
        python("import os, time; os.close(1); os.close(2); time.sleep(60)", timeout_s=1)
    assert caught.value.code == "TIME_LIMIT"


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_more_output_than_accepted_is_no_output(stream: str) -> None:
    code = f"import sys\nwhile True: sys.{stream}.write('x' * 65536)"
    with pytest.raises(ToolFailed) as caught:
        python(code, max_output=1_000_000, timeout_s=30)
    assert caught.value.code == "OUTPUT_LIMIT"
    assert len(run([sys.executable, "-c", "print('x' * 999_999)"], max_output=1_000_000).stdout) == 1_000_000


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPPLYCHAIN_KEY_PASSWORD", "secret")
    monkeypatch.setenv("LD_PRELOAD", "/evil.so")
    monkeypatch.setenv("PYTHONPATH", "/evil")
    monkeypatch.setenv("GIT_DIR", "/evil")
    done = run([sys.executable, "-c", "import os; print(sorted(os.environ))"], env={"OWN": "1"})
    names = set(eval(done.stdout))
    assert "OWN" in names
    assert not names & {"SUPPLYCHAIN_KEY_PASSWORD", "LD_PRELOAD", "PYTHONPATH", "GIT_DIR"}


def test_where_programs_are_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    own = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", f":/a:.:b/c:{os.sep}d:")
    assert clean_environment()["PATH"] == f"{own}:/a:/d"
    assert clean_environment(own_first=False)["PATH"] == f"/a:/d:{own}"
    monkeypatch.delenv("PATH")
    assert clean_environment()["PATH"].startswith(own)

"""What happens in one place only: building a verified statement, starting a program, reading the clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CLOCKS = {
    "datetime.now", "datetime.utcnow", "datetime.today", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "time.time", "time.time_ns", "time.localtime", "time.gmtime", "time.ctime",
}  # fmt: skip
PROGRAMS = {"subprocess", "multiprocessing", "pty", "pexpect"}
STARTS = {
    "os.system", "os.popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.posix_spawnp", "os.execv", "os.execve", "os.execvp",
    "os.execl", "os.spawnv", "os.spawnl", "os.startfile", "asyncio.create_subprocess_exec", "asyncio.create_subprocess_shell",
}  # fmt: skip


@cache
def modules() -> dict[str, ast.Module]:
    paths = sorted((ROOT / "supplychain").rglob("*.py"))
    assert len(paths) > 50
    return {path.relative_to(ROOT / "supplychain").as_posix(): ast.parse(path.read_bytes()) for path in paths}


def dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=name):
            return f"{dotted(value)}.{name}"
        case _:
            return "?"


def calls(module: ast.Module) -> Iterator[str]:
    return (dotted(node.func) for node in ast.walk(module) if isinstance(node, ast.Call))


def imports(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_only_the_verifier_builds_a_verified_statement() -> None:
    builders = [
        path
        for path, module in modules().items()
        if any(call.split(".")[-1] == "VerifiedStatement" for call in calls(module))
    ]
    assert builders == ["verification/verifier.py"]


def test_only_one_module_starts_programs() -> None:
    importers = [
        path for path, module in modules().items() if any(name.split(".")[0] in PROGRAMS for name in imports(module))
    ]
    assert importers == ["process.py"]
    starters = [path for path, module in modules().items() if set(calls(module)) & STARTS]
    assert starters == []


def test_only_the_edge_reads_the_clock() -> None:
    readers = [path for path, module in modules().items() if set(calls(module)) & CLOCKS]
    assert readers
    assert not [path for path in readers if not path.startswith("cli/") and path != "admission/server.py"]


def test_no_shell_and_no_unpickling() -> None:
    for path, module in modules().items():
        assert not [
            name for name in imports(module) if name.split(".")[0] in {"pickle", "shelve", "marshal", "dill"}
        ], path
        assert not set(calls(module)) & {"eval", "exec", "yaml.load", "yaml.unsafe_load"}, path
        for node in ast.walk(module):
            if isinstance(node, ast.keyword) and node.arg == "shell":
                assert isinstance(node.value, ast.Constant), path
                assert node.value.value is False, path

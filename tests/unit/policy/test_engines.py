"""Every engine: bad policies are CANNOT-TELL with file and line, and good ones say the same under each."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import PolicyNotEvaluated, UsageError
from supplychain.policy.decision import Decision, Verdict
from supplychain.policy.engine import Engine, decide
from supplychain.policy.engines import engine_of
from supplychain.policy.opa_server import OpaServer
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import TALK
from tests.simulator.world import AT

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
HEAD = "package supplychain.house\n\n"
ENDLESS = (
    HEAD + "warn contains 1 if false\n\ndeny contains x if {\n\tx := [1 |\n\t\tsome a in numbers.range(1, 9000)\n"
    "\t\tsome b in numbers.range(1, 9000)\n\t\ta + b == 0\n\t]\n}\n"
)
BAD = {
    "syntax error": (HEAD + "deny contains x if {\n\tx := \n}\n", "POLICY_FAILED", "house/house.rego:"),
    "unknown function": (HEAD + "deny contains x if x := nobody.knows(1)\n", "BUILTIN_REFUSED", "house/house.rego:3"),
    "impure": (HEAD + "deny contains x if x := time.now_ns()\n", "BUILTIN_REFUSED", "house/house.rego:3"),
    "throws": (HEAD + 'deny contains x if {\n\tx := to_number("x")\n}\n', "POLICY_FAILED", "house/house.rego:4"),
    "missing field": (HEAD + "deny contains x if {\n\tx := input.gone.for\n}\n", "INPUT_FIELD_MISSING", "house/house.rego:4"),
    "undefined": (HEAD + "deny := 1 if input.x == 2\n", "RULE_UNDEFINED", "house/house.rego:3"),
    "no set": (HEAD + "deny := 1\n", "BAD_VIOLATION", "house/house.rego:3"),
}  # fmt: skip


def free_port() -> int:
    with socket.socket() as handle:
        handle.bind(("127.0.0.1", 0))
        return int(handle.getsockname()[1])


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    opa = shutil.which("opa")
    if not opa:
        pytest.skip("needs the real opa on PATH")
    url = f"http://127.0.0.1:{free_port()}"
    words = [opa, "run", "--server", "--disable-telemetry", "--addr", url.removeprefix("http://")]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        for _ in range(100):
            with socket.socket() as handle:
                if handle.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) == 0:
                    break
            time.sleep(0.05)
        yield url
        child.kill()


@pytest.fixture(
    params=[
        "regorus",
        pytest.param("opa", marks=pytest.mark.tools),
        pytest.param("opa-server", marks=pytest.mark.tools),
    ]
)
def engine(request: pytest.FixtureRequest) -> Engine:
    name = request.param
    if name == "opa" and not shutil.which("opa"):
        pytest.skip("needs the real opa on PATH")
    return engine_of(f"opa-server:{request.getfixturevalue('server')}" if name == "opa-server" else name)


def policies(source: str, **more: Any) -> PolicySet:
    profile = {"environment": "dev", "rules": ["house"], **more}
    return PolicySet(environment="dev", modules=(("house/house.rego", source),), rules=("house",), profile=profile)


def ask(engine: Engine, source: str, **more: Any) -> Decision:
    return decide(engine, policies(source, **more), {"x": 1, "deep": {"y": None}}, A, at=AT)


@pytest.mark.parametrize("name", BAD)
def test_bad_policies_cannot_tell_with_file_and_line(engine: Engine, name: str) -> None:
    source, code, place = BAD[name]
    decision = ask(engine, source)
    assert decision.verdict is Verdict.CANNOT_TELL
    (violation,) = decision.violations
    assert violation.code == code
    assert place in violation.message


@pytest.mark.parametrize("limit", [0.5])
def test_a_policy_without_end(engine: Engine, limit: float) -> None:
    engine.limit_s = limit
    (violation,) = ask(engine, ENDLESS).violations
    assert violation.code == "POLICY_TIMEOUT"
    if not isinstance(engine, OpaServer):
        assert "house.deny (house/house.rego:5)" in violation.message
    engine.limit_s = 10.0
    assert ask(engine, HEAD + "deny contains 1 if false\n").verdict is Verdict.ALLOW, "and the next one is decided"


def test_the_profile_and_its_rules_say_the_same(engine: Engine) -> None:
    source = (
        HEAD
        + 'deny contains {"code": "A", "message": sprintf("%v", [data.profile.limit]), "fix": ""} if input.x == 1\n'
    )
    for limit in (5, 6):
        (violation,) = ask(engine, source, limit=limit).violations
        assert violation.message == str(limit)
        assert violation.rule == "house"


def test_what_is_null_is_no_object(engine: Engine) -> None:
    (violation,) = ask(engine, HEAD + "deny contains 1 if input.deep.y.z == 1\n").violations
    assert violation.code == "INPUT_FIELD_MISSING"


def test_absence_may_be_expected(engine: Engine) -> None:
    source = HEAD + 'deny contains 1 if {\n\tnot input.gone\n\tobject.get(input, "gone", 1) == 2\n}\n'
    assert ask(engine, source).verdict is Verdict.ALLOW


# regorus


def test_text_built_to_hang_the_parser() -> None:
    engine = engine_of(limit_s=0.5)
    (violation,) = ask(engine, HEAD + "x := " + "[" * 60 + "]" * 60 + "\n").violations
    assert violation.code == "POLICY_TIMEOUT"
    assert "house/house.rego" in violation.message


def test_a_policy_that_eats_all_memory_dies_alone() -> None:
    (violation,) = ask(engine_of(), HEAD + "deny contains x if x := numbers.range(1, 4000000000)\n").violations
    assert violation.code in ("POLICY_CRASHED", "POLICY_TIMEOUT")
    assert "house.deny" in violation.message


def test_a_companion_that_was_killed_is_replaced() -> None:
    quiet = HEAD + "deny contains 1 if false\n"
    assert ask(engine_of(), quiet).verdict is Verdict.ALLOW
    TALK.end()
    assert ask(engine_of(), quiet).verdict is Verdict.ALLOW


# names


@pytest.mark.parametrize("name", ["", "rego", "regorus:x", "opa-server", "opa-server:"])
def test_unknown_engines(name: str) -> None:
    with pytest.raises(UsageError) as told:
        engine_of(name)
    assert told.value.code == "ENGINE_UNKNOWN"


@pytest.mark.parametrize(
    "url", ["http://example.com", "ftp://127.0.0.1", "127.0.0.1:8181", "https://u:p@host", "https://h/?q"]
)
def test_a_server_elsewhere_needs_tls(url: str) -> None:
    with pytest.raises(UsageError) as told:
        engine_of(f"opa-server:{url}")
    assert told.value.code == "ENGINE_URL"


def test_engines_that_are_not_there() -> None:
    (violation,) = ask(engine_of("opa:/no/such/opa"), HEAD + "deny contains 1 if false\n").violations
    assert violation.code == "ENGINE_MISSING"
    (violation,) = ask(
        engine_of(f"opa-server:http://127.0.0.1:{free_port()}"), HEAD + "deny contains 1 if false\n"
    ).violations
    assert violation.code == "ENGINE_UNREACHABLE"


@pytest.mark.tools
def test_somebody_else_uses_the_server(server: str) -> None:
    """An answer of another policy set is seen as that, and a foreign rule under our names is refused."""
    import httpx

    mine, other = OpaServer(server), OpaServer(server)
    quiet, loud = HEAD + "deny contains 1 if false\n", HEAD + 'deny contains {"code": "A", "message": "", "fix": ""}\n'
    assert ask(mine, quiet).verdict is Verdict.ALLOW
    assert ask(other, loud).verdict is Verdict.DENY
    assert ask(mine, quiet).verdict is Verdict.ALLOW, "uploaded again"
    assert ask(other, loud).verdict is Verdict.DENY
    foreign = "package supplychain.house\n\ndeny contains 7\n"
    httpx.put(
        f"{server}/v1/policies/foreign", content=foreign, headers={"Content-Type": "text/plain"}
    ).raise_for_status()
    try:
        with pytest.raises(PolicyNotEvaluated) as told:
            OpaServer(server).evaluate(policies(quiet), {"x": 1}, b'{"x":1}')
        assert told.value.code == "ENGINE_OTHER_POLICY"
    finally:
        httpx.delete(f"{server}/v1/policies/foreign")

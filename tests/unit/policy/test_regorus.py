"""The engine: pure built-ins only, and whatever it cannot evaluate it says."""

from __future__ import annotations

from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode, PolicyNotEvaluated
from supplychain.policy.builtins import PURE
from supplychain.policy.decision import Decision, Verdict, Violation
from supplychain.policy.engine import decide
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import Regorus
from tests.simulator.world import AT

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
HEAD = "package supplychain.house\n\n"
REASON = '{"code": "NO", "message": "no", "fix": "mend", "evidence": {"x": 1}}'


def policies(*sources: str, rules: tuple[str, ...] = ("house",), warnings: tuple[Violation, ...] = ()) -> PolicySet:
    modules = tuple((f"m{i}.rego", source) for i, source in enumerate(sources))
    profile = {"environment": "dev", "rules": list(rules), "limit": 5}
    return PolicySet(environment="dev", modules=modules, rules=rules, profile=profile, warnings=warnings)


def ask(*sources: str, document: dict[str, Any] | None = None, **more: Any) -> Decision:
    return decide(Regorus(), policies(*sources, **more), document or {"x": 1}, A, at=AT)


def unknown(*sources: str, **more: Any) -> tuple[str, str]:
    decision = ask(*sources, **more)
    assert decision.verdict is Verdict.CANNOT_TELL
    assert decision.verdict.exit_code is ExitCode.POLICY_NOT_EVALUATED
    (violation,) = decision.violations
    assert (violation.rule, violation.kind) == ("engine", "cannot_tell")
    return violation.code, violation.message


def test_three_verdicts() -> None:
    quiet = HEAD + f"deny contains {REASON} if input.x == 2\n"
    assert ask(quiet).verdict is Verdict.ALLOW
    assert ask(quiet, document={"x": 2}).verdict is Verdict.DENY
    for kind, verdict in (("deny", "DENY"), ("cannot_tell", "CANNOT_TELL"), ("warn", "ALLOW")):
        decision = ask(HEAD + f"{kind} contains {REASON}\n")
        assert decision.verdict == verdict
        (told,) = decision.violations or decision.warnings
        assert (told.rule, told.kind, told.code, dict(told.evidence)) == ("house", kind, "NO", {"x": 1})
    both = ask(HEAD + f"deny contains {REASON}\ncannot_tell contains {REASON}\n")
    assert both.verdict is Verdict.DENY
    assert len(both.violations) == 2


def test_the_profile_is_data() -> None:
    assert ask(HEAD + f"deny contains {REASON} if data.profile.limit == 5\n").verdict is Verdict.DENY


IMPURE = [
    'http.send({"url": "http://x"})', "time.now_ns()", 'rand.intn("x", 5)', "opa.runtime()", 'net.lookup_ip_addr("x")',
    'uuid.rfc4122("x")', 'trace("x")', 'print("x")', "nobody.knows(1)", "data.supplychain.other.f(1)", "unknown_function(1)",
    'io.jwt.decode("x")', 'crypto.sha256("x")',
]  # fmt: skip
PLACES = {
    "never reached": "deny contains x if {{\n\tinput.x == 2\n\tx := {call}\n}}\n",
    "a helper nobody calls": "helper := {call}\n\ndeny contains 1 if false\n",
    "a function": "f(y) := z if {{\n\tz := {call}\n}}\n\ndeny contains 1 if false\n",
    "else": "f(y) := 1 if {{\n\tfalse\n}} else := 2 if {{\n\t{call}\n}}\n\ndeny contains 1 if false\n",
    "a comprehension": "deny contains x if {{\n\tinput.x == 2\n\tx := [y | y := {call}]\n}}\n",
    "a head": "deny contains {call} if {{\n\tinput.x == 2\n}}\n",
    "not": "deny contains 1 if {{\n\tinput.x == 2\n\tnot {call}\n}}\n",
    "with": "deny contains 1 if {{\n\tinput.x == 2\n\tinput.x == 2 with input as {call}\n}}\n",
    "every": "deny contains 1 if {{\n\tinput.x == 2\n\tevery y in {call} {{\n\t\ty == 1\n\t}}\n}}\n",
    "an argument": "deny contains 1 if {{\n\tinput.x == 2\n\tcount([{call}]) == 2\n}}\n",
    "an index": "deny contains 1 if {{\n\tinput.x == 2\n\tinput[{call}] == 2\n}}\n",
}


@pytest.mark.parametrize("call", IMPURE)
def test_what_is_not_pure_or_not_known_is_refused(call: str) -> None:
    code, message = unknown(HEAD + PLACES["never reached"].format(call=call))
    assert code == "BUILTIN_REFUSED"
    assert call.partition("(")[0] in message
    assert "m0.rego:5" in message


@pytest.mark.parametrize("place", PLACES)
def test_wherever_it_stands(place: str) -> None:
    source = HEAD + PLACES[place].format(call='http.send({"url": "x"})')
    assert unknown(source)[0] == "BUILTIN_REFUSED"
    good = ask(HEAD + PLACES[place].format(call="abs(1)"))
    assert good.verdict is Verdict.ALLOW, good.violations


def test_no_impure_built_in_is_on_the_list() -> None:
    assert not {name for name in PURE if name.startswith(("http.", "rand.", "opa.", "net.lookup", "io.", "rego."))}
    assert not PURE & {"time.now_ns", "uuid.rfc4122", "print", "trace"}


def test_an_import_does_not_hide_a_name() -> None:
    for line in ("import data.http", "import input.http", "import data.supplychain.lib.x as http"):
        source = HEAD + line + "\n\n" + PLACES["never reached"].format(call="http.send({})")
        assert unknown(source)[0] == "BUILTIN_REFUSED"


@pytest.mark.parametrize("name", ["time.now_ns", "opa.runtime", "rand.intn", "http.send"])
def test_brackets_do_not_hide_a_name(name: str) -> None:
    """`time["now_ns"]()` is the same call, and a rule named `time` makes the first word one of our own."""
    head, _, rest = name.partition(".")
    for spelt, code in ((f'{head}["{rest}"]()', "BUILTIN_REFUSED"), (f"{head}[input.x]()", "POLICY_FAILED")):
        source = HEAD + f"{head} := {{}}\n\n" + PLACES["never reached"].format(call=spelt)
        assert unknown(source)[0] == code


def test_own_functions_may_be_called() -> None:
    library = "package supplychain.lib.words\n\nloud(text) := upper(text)\n"
    for line, call in (
        ("import data.supplychain.lib.words", "words.loud"),
        ("import data.supplychain.lib.words as w", "w.loud"),
        ("", "data.supplychain.lib.words.loud"),
    ):
        rule = (
            HEAD
            + f'{line}\n\ndeny contains violation if {{\n\tviolation := {{"code": {call}("no"), "message": "m", "fix": "f"}}\n}}\n'
        )
        decision = ask(rule, library)
        assert [v.code for v in decision.violations] == ["NO"], decision.violations


@pytest.mark.parametrize(
    ("source", "code"),
    [
        (HEAD + "deny contains", "POLICY_FAILED"),
        ("deny contains 1\n", "POLICY_FAILED"),
        (HEAD + "deny[x] { x := 1 }\n", "POLICY_FAILED"),
        (HEAD + 'deny contains x if x := to_number("x")\n', "POLICY_FAILED"),
        (HEAD + "deny contains x if x := 1 / 0\n", "POLICY_FAILED"),
        (HEAD + "a := 1\n\na := 2\n\ndeny contains x if x := a\n", "POLICY_FAILED"),
        (HEAD + "deny contains x if x := data.supplychain.house.deny\n", "POLICY_FAILED"),
        (HEAD + 'deny contains 1 if regex.match("(", "a")\n', "POLICY_FAILED"),
        (HEAD + "allow := true\n", "RULE_MISSING"),
        ("package other\n\ndeny contains 1\n", "RULE_MISSING"),
        (HEAD + "deny if input.x == 2\n", "RULE_UNDEFINED"),
        (HEAD + 'deny := {"a"} if input.x == 2\n', "RULE_UNDEFINED"),
        (HEAD + "deny := true\n", "BAD_VIOLATION"),
        (HEAD + "default deny := false\n", "BAD_VIOLATION"),
        (HEAD + "deny := null\n", "BAD_VIOLATION"),
        (HEAD + 'deny := ""\n', "BAD_VIOLATION"),
        (HEAD + "deny := {}\n", "BAD_VIOLATION"),
        (HEAD + "deny[x] := 1 if x := input.x\n", "BAD_VIOLATION"),
        (HEAD + 'deny contains "no"\n', "BAD_VIOLATION"),
        (HEAD + 'deny contains {"code": "NO", "message": "no"}\n', "BAD_VIOLATION"),
        (HEAD + 'deny contains {"code": 1, "message": "no", "fix": ""}\n', "BAD_VIOLATION"),
        (HEAD + "warn contains 1\n", "BAD_VIOLATION"),
    ],
)
def test_what_cannot_be_evaluated_is_told(source: str, code: str) -> None:
    assert unknown(source)[0] == code


def test_one_rule_that_is_missing_among_many() -> None:
    code, message = unknown(HEAD + "deny contains 1 if false\n", rules=("house", "gone"))
    assert code == "RULE_MISSING"
    assert "gone" in message


@pytest.mark.parametrize("number", [10**400, 10**4000])
def test_a_number_the_engine_cannot_hold(number: int) -> None:
    assert unknown(HEAD + "deny contains 1 if false\n", document={"x": number})[0] == "POLICY_FAILED"


def test_evidence_that_is_no_object_is_kept() -> None:
    decision = ask(HEAD + 'deny contains {"code": "NO", "message": "no", "fix": "", "evidence": [1]}\n')
    assert dict(decision.violations[0].evidence) == {"value": [1]}


def test_the_warnings_of_the_policy_set_are_told() -> None:
    warning = Violation(rule="house", kind="warn", code="PROFILE_OVERRIDDEN", message="m", fix="f")
    decision = ask(HEAD + "deny contains 1 if false\n", warnings=(warning,))
    assert decision.verdict is Verdict.ALLOW
    assert decision.warnings == (warning,)


def test_a_decision_can_be_run_again() -> None:
    """Byte for byte, by another engine object, and whatever order the document was built in."""
    source = HEAD + "".join(f'deny contains {{"code": "C{i}", "message": "m", "fix": "f"}}\n' for i in range(20))
    document = {"b": {"y": 1, "x": [2, 1]}, "a": 1}
    first = ask(source, document=document)
    assert ask(source, document=dict(reversed(document.items()))).record() == first.record()
    engine = Regorus()
    again = [decide(engine, policies(source), document, A, at=AT).record() for _ in range(3)]
    assert set(again) == {first.record()}
    assert ask(source, document={**document, "a": 2}).input != first.input
    assert first.engine.startswith("regorus ")


def test_two_policy_sets_do_not_mix() -> None:
    """Compiled sets are kept by digest: one engine, many policies."""
    engine = Regorus()
    for number in range(40):
        source = HEAD + f'deny contains {{"code": "C{number}", "message": "m", "fix": "f"}}\n'
        decision = decide(engine, policies(source), {"x": 1}, A, at=AT)
        assert [violation.code for violation in decision.violations] == [f"C{number}"]


def test_the_engine_raises_and_decide_does_not() -> None:
    with pytest.raises(PolicyNotEvaluated):
        Regorus().evaluate(policies(HEAD + "deny contains"), {}, b"{}")

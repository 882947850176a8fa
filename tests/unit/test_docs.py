"""The documents agree with the code: tables, lists, examples and every path they name."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import parse_yaml
from supplychain.errors import EXIT_CODES
from supplychain.pipeline import config, config_fields
from supplychain.policy.builtins import PURE
from supplychain.policy.decision import Verdict
from supplychain.statement.predicates.registry import TYPES
from supplychain.verification import certificates, trust, trust_file, trust_warnings

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted((ROOT / "docs").glob("*.md"))
TEXTS = {path.relative_to(ROOT).as_posix(): path.read_text("utf-8") for path in [*DOCS, ROOT / "README.md"]}
FOLDERS = ("supplychain", "policies", "attestations", "docs", "tests", ".github", ".ci")
SETS = ("deny", "cannot_tell", "warn")
METADATA = re.compile(r"^# METADATA\n((?:#.*\n)+)(deny|cannot_tell|warn) contains", re.MULTILINE)


def section(name: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    parts = re.split(r"^##+ (.*)$", TEXTS[name], flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[heading]


def table(text: str) -> list[list[str]]:
    """The first table of a text, without its head; cells stripped."""
    lines = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def fence(text: str, language: str) -> str:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]


def first_names(rows: list[list[str]]) -> list[str]:
    return [name for row in rows for name in names(row[0])]


def profiles() -> dict[str, Any]:
    files = sorted((ROOT / "policies" / "profiles").glob("*.yaml"))
    return {path.stem: parse_yaml(path.read_bytes(), where=str(path)) for path in files}


# Everywhere


@pytest.mark.parametrize("name", sorted(TEXTS))
def test_every_path_named_is_there(name: str) -> None:
    lost = []
    for text in names(re.sub(r"^```.*?^```", "", TEXTS[name], flags=re.MULTILINE | re.DOTALL)):
        head = text.split("/")[0]
        own = (head in FOLDERS and "/" in text) or re.fullmatch(r"[A-Z]+\.md|action\.yml|pyproject\.toml", text)
        if own and not re.search(r"[<>*{}… ]", text) and not (ROOT / text).exists():
            lost.append(text)
    assert lost == []


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.stem)
def test_documents_are_short_and_linked(path: Path) -> None:
    assert len(path.read_text("utf-8").splitlines()) <= 150
    others = "".join(text for name, text in TEXTS.items() if name != f"docs/{path.name}")
    assert f"docs/{path.name}" in others


# docs/verdicts.md


@pytest.mark.parametrize(
    ("name", "heading"), [("docs/verdicts.md", "Exit codes"), ("README.md", "Verdicts and exit codes")]
)
def test_exit_codes(name: str, heading: str) -> None:
    assert table(section(name, heading)) == [[str(int(code)), meaning] for code, meaning in EXIT_CODES.items()]


def test_verdicts() -> None:
    rows = table(TEXTS["docs/verdicts.md"])
    assert [row[0] for row in rows] == [verdict.word for verdict in Verdict]


# docs/trust.md


def test_trust_fields() -> None:
    assert set(first_names(table(section("docs/trust.md", "Identities")))) == trust_file.IDENTITY_FIELDS
    rules = table(section("docs/trust.md", "Rules"))
    assert {names(row[0])[0] for row in rules} == trust_file.RULE_FIELDS
    assert set(names(rules[0][1])) == {*TYPES, '"*"'}


def test_trust_fields_of_public_builders_and_claims() -> None:
    assert set(first_names(table(section("docs/trust.md", "Public builders")))) == trust_file.BUILDER_FIELDS
    assert set(certificates.CLAIMS) <= set(names(section("docs/trust.md", "Identities")))


def test_trust_warnings() -> None:
    rows = table(section("docs/trust.md", "Checking a trust file"))
    assert tuple(first_names(rows)) == trust_warnings.CODES


# docs/verification.md


def test_verification_codes() -> None:
    found: set[str] = {"NOT_AN_ENVELOPE", "NOT_A_STATEMENT", "BAD_PREDICATE"}
    for name in ("verifier", "signature", "trust", "root_choice", "keyless"):
        found |= codes_of(f"supplychain/verification/{name}.py", "VerificationFailed", "_outside")
    shown = set(first_names(table(section("docs/verification.md", "By a trust file"))))
    by_certificate = set(first_names(table(section("docs/verification.md", "By certificate, log or timestamp"))))
    assert shown == found - by_certificate
    sigstore: set[str] = {"NOT_A_BUNDLE"}
    for path in (ROOT / "supplychain" / "verification" / "sigstore").glob("*.py"):
        sigstore |= codes_of(str(path.relative_to(ROOT)), "VerificationFailed", "MalformedInput")
    assert by_certificate == sigstore - shown - {"NOT_A_KEY"}


def test_verification_codes_of_summaries() -> None:
    rows = table(section("docs/verification.md", "Summaries"))
    text = (ROOT / "supplychain" / "verification" / "summaries.py").read_text("utf-8")
    assert set(first_names(rows)) == set(re.findall(r'"([A-Z]+_[A-Z]+)"', text))


def test_trust_example_is_a_trust_file() -> None:
    found = trust.Trust.parse(fence(TEXTS["docs/trust.md"], "yaml").encode(), where="docs/trust.md")
    assert set(found.identities) == {"builder"}


# docs/steps-and-layouts.md


def test_layout_codes_are_those_of_the_check() -> None:
    found = {"BAD_LAYOUT", "LAYOUT_THRESHOLD", "LINK_MISSING", "LAYOUT_INSPECTIONS"}
    for path in (*ROOT.glob("supplychain/verification/layout*.py"), *ROOT.glob("supplychain/*/layout_inspect.py")):
        name = str(path.relative_to(ROOT))
        found |= codes_of(name, "VerificationFailed", "Refused")
        found |= {code for code in codes_of(name, "MalformedInput") if code.startswith("LAYOUT_")}
    assert set(first_names(table(section("docs/steps-and-layouts.md", "Check an artifact")))) == found


# docs/configuration.md


def test_configuration_fields() -> None:
    rows = table(TEXTS["docs/configuration.md"])
    assert {names(row[0])[0] for row in rows} == config._FIELDS
    build = table(section("docs/configuration.md", "Build"))
    assert {names(row[0])[0] for row in build} == {f"build.{name}" for name in config_fields._BUILD_FIELDS}


def test_configuration_example_is_a_configuration(tmp_path: Path) -> None:
    example = fence(TEXTS["docs/configuration.md"], "yaml")
    (tmp_path / "supplychain.yaml").write_text(example, encoding="utf-8")
    found = config.load_config(tmp_path)
    assert found.build is not None
    assert {*parse_yaml(example.encode(), where="example"), "key"} == config._FIELDS, "key or signer, not both"
    assert ", ".join(sorted(config._FIELDS)) in section("docs/configuration.md", "When something is wrong")


def test_configuration_names_every_variable() -> None:
    read = set()
    for path in (ROOT / "supplychain").rglob("*.py"):
        read |= set(re.findall(r"environ(?:\.get\(|\[)\"(\w+)\"", path.read_text("utf-8")))
    rows = table(section("docs/configuration.md", "The user's folder and the environment"))
    assert set(first_names(rows)) == read


# docs/policies.md


def test_policy_rules_and_codes() -> None:
    rows = table(section("docs/policies.md", "Rules and codes"))
    shown = {names(row[0])[0]: tuple(set(names(cell)) for cell in row[1:]) for row in rows}
    rules = sorted(path.name for path in (ROOT / "policies").iterdir() if (path / f"{path.name}.rego").is_file())
    real = {}
    for rule in rules:
        sets: dict[str, set[str]] = {kind: set() for kind in SETS}
        for path in (ROOT / "policies" / rule).glob("*.rego"):
            for block, kind in METADATA.findall(path.read_text("utf-8")):
                sets[kind] |= set(re.findall(r"code: (\w+)", block))
        real[rule] = tuple(sets[kind] for kind in SETS)
    assert shown == real
    usual = profiles()["production"]["rules"]
    assert list(shown)[: len(usual)] == usual, "those that a profile has to ask for come last"


def test_policy_codes_of_engine_and_loader() -> None:
    shown = set(first_names(table(section("docs/policies.md", "Codes of the engine"))))
    found: set[str] = set()
    for path in (ROOT / "supplychain" / "policy").glob("*.py"):
        found |= codes_of(str(path.relative_to(ROOT)), "PolicyNotEvaluated")
    found |= {"PROFILE_OVERRIDDEN"}
    assert shown == found


def test_policy_thresholds() -> None:
    rows = table(TEXTS["docs/thresholds.md"])
    shown = {names(row[0])[0]: row[1] for row in rows}
    real = {}
    for path in sorted((ROOT / "policies").glob("*/*.rego")):
        needs = re.search(r"^needs := \{(.*?)\}", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)
        if needs and not path.name.endswith("_test.rego"):
            real |= {f"{path.parent.name}.{key}": kind for key, kind in re.findall(r'"(\w+)": "([^"]+)"', needs[1])}
    assert shown == real
    for name, profile in profiles().items():
        given = {f"{rule}.{key}" for rule, values in profile["thresholds"].items() for key in values}
        assert given == set(shown), name
        assert f"policies/profiles/{name}.yaml" in TEXTS["docs/thresholds.md"]


def test_policy_builtins() -> None:
    text = fence(section("docs/policies.md", "Built-in functions"), "text")
    assert text.split() == sorted(PURE)


# docs/architecture.md, docs/threat-model.md


def test_architecture_names_values_where_they_are() -> None:
    rows = table(section("docs/architecture.md", "How data changes type"))
    assert len(rows) > 8
    for value, _, module, _ in rows:
        place = names(module)[0]
        assert hasattr(import_module(place.removesuffix(".py").replace("/", ".")), names(value)[0]), place


def test_architecture_names_every_station() -> None:
    shown = first_names(table(section("docs/architecture.md", "The stations")))
    real = [f"supplychain/{path.parent.name}/" for path in (ROOT / "supplychain").glob("*/__init__.py")]
    assert sorted(shown) == sorted(real)


def test_threat_model_names_tests_that_are_there() -> None:
    rows = table(section("docs/threat-model.md", "Attacks"))
    shown = [names(row[2])[0] for row in rows]
    assert len(shown) == len(set(shown)) > 20
    there = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "attacks").glob("test_*.py")}
    assert set(shown) == there - {"honest_world"}


def codes_of(name: str, *callees: str) -> set[str]:
    """The codes that calls of these names give, as constants."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in callees:
            found |= {word.value.value for word in node.keywords if word.arg == "code" and hasattr(word.value, "value")}
            if callees[-1] == getattr(node.func, "attr", "") and node.args:
                found.add(node.args[0].value)  # type: ignore[attr-defined]
    return {code for code in found if isinstance(code, str)}

"""Our own SAST rules: one YAML file per rule, named like it; its fixture in `tests/assets/sast` has the same name.

The format is semgrep's (https://semgrep.dev/docs/writing-rules/rule-syntax). The first sentence of a rule's message
says what is wrong, the rest what to do. `metadata.level` is the level of its findings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_yaml
from supplychain.errors import ToolFailed
from supplychain.files import read_bytes
from supplychain.scan.finding import Level

_FOLDER = Path(__file__).resolve().parent
_LEVEL_OF_SEVERITY = {"ERROR": Level.HIGH, "WARNING": Level.MEDIUM, "INFO": Level.LOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a finding needs to know about its rule."""

    id: str
    title: str
    """What is wrong, in one sentence."""
    help: str
    """What to do."""
    level: Level
    cwe: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules, with the bytes they were read from."""

    rules: Mapping[str, Rule]
    """By rule id."""
    files: Mapping[str, bytes]
    """File name to content, sorted by name."""
    digest: Digest
    """SHA-256 over names and contents."""


def load_rules(folder: Path = _FOLDER) -> RuleSet:
    """Read every rule of a folder.

    Raises:
        ToolFailed: There is none, one has no file of its own name, or one lacks a field.
        MalformedInput: A file is not YAML.
    """
    files = {path.name: read_bytes(path, what="a rule") for path in sorted(folder.glob("*.yaml"))}
    rules: dict[str, Rule] = {}
    total = hashlib.sha256()
    for name, content in files.items():
        rule = _parse(content, where=str(folder / name))
        if f"{rule.id}.yaml" != name:
            raise _broken(str(folder / name), f"the rule {rule.id}", "a rule named like its file")
        rules[rule.id] = rule
        for part in (name.encode(), content):
            total.update(len(part).to_bytes(8, "big") + part)
    if not rules:
        raise _broken(str(folder), "no rule", "at least one rule")
    return RuleSet(rules=rules, files=files, digest=Digest(algorithm="sha256", hex=total.hexdigest()))


def _parse(content: bytes, *, where: str) -> Rule:
    document = parse_yaml(content, where=where)
    try:
        (rule,) = document["rules"]
        title, _, advice = rule["message"].strip().partition(". ")
        metadata = rule["metadata"]
        level = Level(metadata["level"]) if "level" in metadata else _LEVEL_OF_SEVERITY[rule["severity"]]
        return Rule(id=rule["id"], title=title.rstrip(".") + ".", help=advice, level=level, cwe=tuple(metadata["cwe"]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _broken(where, repr(error), "one rule with id, message, severity and metadata") from error


def _broken(where: str, found: str, expected: str) -> ToolFailed:
    return ToolFailed(
        "the rule set is broken",
        code="BAD_RULES",
        where=where,
        expected=expected,
        found=found,
        hint="install supplychain again",
    )

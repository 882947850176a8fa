"""A policy set: the Rego files, the profile of one environment, and the digest of both.

<folder>/<rule>/<rule>.rego     package supplychain.<rule>, sets deny, cannot_tell, warn
<folder>/lib/*.rego             shared helpers
<folder>/profiles/<env>.yaml    which rules, which thresholds: data, not code
*_test.rego                     tests, never loaded here
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, parse_yaml
from supplychain.errors import MalformedInput, PolicyNotEvaluated, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.policy.decision import Violation

_PROFILE_FIELDS = frozenset({"environment", "description", "rules", "thresholds"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySet:
    """Everything that decides, as values."""

    environment: str
    modules: tuple[tuple[str, str], ...]
    """Path relative to the folder, and Rego source; sorted."""
    rules: tuple[str, ...]
    profile: Mapping[str, Any]
    warnings: tuple[Violation, ...] = ()
    """What the configuration changed in the profile, told with every decision."""

    @property
    def digest(self) -> Digest:
        """SHA-256 over the files and the profile as it is in force."""
        files = [[path, Digest.of_bytes(text.encode()).hex] for path, text in self.modules]
        return Digest.of_bytes(canonical_json({"modules": files, "profile": dict(self.profile)}))


def load_policies(
    folder: Path, environment: str, *, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> PolicySet:
    """Load the rules and the profile of one environment.

    Args:
        folder: The policy folder.
        environment: Name of the profile.
        overrides: Rule to threshold to value, laid over the profile; each one is told as a warning.

    Raises:
        UsageError: No such folder or profile, or an override of a threshold that is not there.
        MalformedInput: The profile is not one.
        PolicyNotEvaluated: No rules at all, or a rule of the profile has no file.
    """
    if not folder.is_dir():
        raise UsageError(
            "no policy folder", code="POLICY_MISSING", where=str(folder), expected="a folder with Rego rules"
        )
    where = folder / "profiles" / f"{environment}.yaml"
    if not where.is_file():
        known = sorted(path.stem for path in (folder / "profiles").glob("*.yaml"))
        raise UsageError(
            f"there is no profile for the environment {environment!r}",
            code="PROFILE_MISSING",
            where=str(where),
            expected=f"one of: {', '.join(known) or '(none)'}",
        )
    profile = _profile(
        parse_yaml(read_bytes(where, max_bytes=MIB, what="a profile"), where=str(where)), environment, where
    )
    modules = tuple(
        (path.relative_to(folder).as_posix(), _source(path))
        for path in sorted(folder.rglob("*.rego"))
        if not path.name.endswith("_test.rego")
    )
    if not modules or not profile["rules"]:
        raise PolicyNotEvaluated(
            "there are no rules, and no rules allow nothing",
            code="NO_RULES",
            where=str(folder),
            expected="at least one rule",
        )
    profile, warnings = _override(profile, overrides or {})
    return PolicySet(
        environment=environment, modules=modules, rules=tuple(profile["rules"]), profile=profile, warnings=warnings
    )


def _source(path: Path) -> str:
    try:
        return read_bytes(path, max_bytes=MIB, what="a Rego file").decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyNotEvaluated(f"not UTF-8: {error}", code="BAD_POLICY", where=str(path)) from None


def _profile(value: object, environment: str, where: Path) -> dict[str, Any]:
    good = (
        isinstance(value, dict)
        and not set(value) - _PROFILE_FIELDS
        and value.get("environment") == environment
        and isinstance(value.get("rules"), list)
        and all(isinstance(rule, str) and rule.isidentifier() for rule in value["rules"])
        and len(set(value["rules"])) == len(value["rules"])
        and isinstance(value.get("thresholds"), dict)
    )
    if not good or not isinstance(value, dict):
        raise MalformedInput(
            "not a profile",
            code="BAD_PROFILE",
            where=str(where),
            expected=f"environment: {environment}, rules: […] (each once), thresholds: {{rule: {{…}}}}, nothing else",
        )
    return value


def _override(
    profile: dict[str, Any], overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    changed, told = copy.deepcopy(profile), []
    for rule, values in sorted(overrides.items()):
        known = changed["thresholds"].get(rule)
        for name, value in sorted(values.items()):
            if not isinstance(known, dict) or name not in known:
                raise UsageError(
                    f"no threshold {rule}.{name} to override",
                    code="UNKNOWN_THRESHOLD",
                    where=f"profile {profile['environment']}",
                    expected=", ".join(sorted(known))
                    if isinstance(known, dict)
                    else ", ".join(sorted(profile["thresholds"])),
                )
            if known[name] == value:
                continue
            told.append(
                Violation(
                    rule=rule,
                    kind="warn",
                    code="PROFILE_OVERRIDDEN",
                    message=f"the configuration sets {rule}.{name} to {value!r}; the profile says {known[name]!r}",
                    fix="change the profile itself, or drop the override from supplychain.yaml",
                    evidence={"threshold": f"{rule}.{name}", "profile": known[name], "in_force": value},
                )
            )
            known[name] = value
    return changed, tuple(told)

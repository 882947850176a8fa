"""A policy set: the Rego files, the profile of one environment, and the digest of both.

<folder>/<rule>/<rule>.rego     package supplychain.<rule>, sets deny, cannot_tell, warn
<folder>/lib/*.rego             shared helpers
<folder>/profiles/<env>.yaml    which rules, which thresholds: data, not code
*_test.rego                     tests, never loaded here
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, parse_yaml
from supplychain.errors import MalformedInput, PolicyNotEvaluated, UsageError
from supplychain.policy.decision import Violation
from supplychain.policy.policy_files import PolicyFiles, open_files

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

    base: PolicySet | None = None
    """A set from a trusted place that runs as well: this one can only add reasons."""
    sources: bytes = field(init=False, repr=False)
    """The modules as canonical JSON."""
    manifest: bytes = field(init=False, repr=False)
    """What the digest is taken over: the digest of `sources`, the profile in force, and the digest of the base."""
    digest: Digest = field(init=False)
    """SHA-256 over the files and the profile as it is in force."""

    def __post_init__(self) -> None:
        sources, digest = _sources(self.modules)
        body = {"sources": digest, "profile": dict(self.profile)}
        manifest = canonical_json({**body, "base": str(self.base.digest)} if self.base else body)
        object.__setattr__(self, "sources", sources)
        object.__setattr__(self, "manifest", manifest)
        object.__setattr__(self, "digest", Digest.of_bytes(manifest))

    @property
    def all_rules(self) -> tuple[str, ...]:
        """Its rules and those of the base, each once."""
        return tuple(dict.fromkeys((*(self.base.all_rules if self.base else ()), *self.rules)))

    @property
    def parts(self) -> tuple[PolicySet, ...]:
        """What has to be evaluated: the base, then this one."""
        return (*(self.base.parts if self.base else ()), self)

    def on(self, base: PolicySet) -> PolicySet:
        """The same, judged together with a base; a set that is its own base stays what it is."""
        return self if base.digest == self.digest else replace(self, base=base)


@lru_cache(maxsize=8)
def _sources(modules: tuple[tuple[str, str], ...]) -> tuple[bytes, str]:
    """Modules as canonical JSON, and its digest: the same for every artifact that one policy judges."""
    sources = canonical_json([list(module) for module in modules])
    return sources, str(Digest.of_bytes(sources))


@lru_cache(maxsize=32)
def _read_profile(data: bytes, environment: str, where: str) -> dict[str, Any]:
    """Not to be changed: the same bytes are parsed once."""
    return _profile(parse_yaml(data, where=where), environment, where)


def load_policies(
    place: Path | PolicyFiles, environment: str, *, overrides: Mapping[str, Mapping[str, Any]] | None = None
) -> PolicySet:
    """Load the rules and the profile of one environment.

    Args:
        place: The policy folder or archive, or the files already read.
        environment: Name of the profile.
        overrides: Rule to threshold to value, laid over the profile; each one is told as a warning.

    Raises:
        UsageError: No such folder or profile, or an override of a threshold that is not there.
        MalformedInput: The profile is not one, or the archive is none.
        PolicyNotEvaluated: No rules at all, or a rule of the profile has no file.
    """
    found = place if isinstance(place, PolicyFiles) else open_files(place)
    path = f"profiles/{environment}.yaml"
    where = f"{found.where}/{path}"
    if path not in found.files:
        raise UsageError(
            f"there is no profile for the environment {environment!r}",
            code="PROFILE_MISSING",
            where=where,
            expected=f"one of: {', '.join(found.environments) or '(none)'}",
        )
    profile = _read_profile(found.files[path], environment, where)
    modules = modules_of(found)
    if not modules or not profile["rules"]:
        raise PolicyNotEvaluated(
            "there are no rules, and no rules allow nothing",
            code="NO_RULES",
            where=found.where,
            expected="at least one rule",
        )
    profile, warnings = _override(profile, overrides or {})
    return PolicySet(
        environment=environment, modules=modules, rules=tuple(profile["rules"]), profile=profile, warnings=warnings
    )


def modules_of(found: PolicyFiles, *, tests: bool = False) -> tuple[tuple[str, str], ...]:
    """Path and source of the Rego files, sorted; tests only when asked for.

    Raises:
        PolicyNotEvaluated: A file is not UTF-8.
    """
    kept = "tests" if tests else "rules"
    if kept not in found.read:
        paths = (path for path in sorted(found.files) if path.endswith(".rego"))
        wanted = [path for path in paths if tests or not path.endswith("_test.rego")]
        found.read[kept] = tuple((path, _source(found.files[path], f"{found.where}/{path}")) for path in wanted)
    return found.read[kept]


def _source(data: bytes, where: str) -> str:
    if b"\0" in data:  # regorus takes it for the end of the file, and would leave out the rules below it
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise PolicyNotEvaluated("a NUL in a policy", code="BAD_POLICY", where=f"{where}:{line}", hint="take it out")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise PolicyNotEvaluated(f"not UTF-8: {error}", code="BAD_POLICY", where=where) from None


def _profile(value: object, environment: str, where: str) -> dict[str, Any]:
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
            where=where,
            expected=f"environment: {environment}, rules: […] (each once), thresholds: {{rule: {{…}}}}, nothing else",
        )
    return value


def _override(
    profile: dict[str, Any], overrides: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], tuple[Violation, ...]]:
    if not overrides:
        return profile, ()
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
                    message=f"the configuration sets {rule}.{name} to {value!r}; the profile says {known[name]!r}"
                    + ("" if rule in profile["rules"] else f", and does not run the rule {rule}: nothing asks for it"),
                    fix="change the profile itself, or drop the override from supplychain.yaml",
                    evidence={"threshold": f"{rule}.{name}", "profile": known[name], "in_force": value},
                )
            )
            known[name] = value
    return changed, tuple(told)

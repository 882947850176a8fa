"""The policy verbs, composed: check, test, explain, replay and docs over a place of policies and a store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import MalformedInput, NothingToCheck, PolicyNotEvaluated, SupplychainError, UsageError
from supplychain.files import MIB, read_bytes
from supplychain.pipeline.gate import record_path
from supplychain.pipeline.named import artifact_of
from supplychain.pipeline.workspace import Workspace
from supplychain.policy.decision import Decision
from supplychain.policy.document import VERSION
from supplychain.policy.engine import Engine
from supplychain.policy.explain import Explanation, explain
from supplychain.policy.metadata import notes_of
from supplychain.policy.policy_files import PolicyFiles
from supplychain.policy.policy_set import PolicySet, load_policies, modules_of
from supplychain.policy.replay import Kept, again, input_of, policies_of
from supplychain.spots import yaml_lines

_MAX_RECORD = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What `policy check` found."""

    digest: Digest
    sets: Mapping[str, Digest]
    """Environment to the digest of its policy set, as decisions name it."""
    problems: tuple[SupplychainError, ...]

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        return {
            "digest": str(self.digest),
            "environments": {name: str(digest) for name, digest in self.sets.items()},
            "problems": [problem.to_json()["error"] for problem in self.problems],
        }


def check_policies(files: PolicyFiles, engine: Engine) -> Checked:
    """Load every profile and hold the set to everything that can be known before evidence is there."""
    problems: list[SupplychainError] = []
    sets: dict[str, Digest] = {}
    if not files.environments:
        problems.append(PolicyNotEvaluated("there is no profile", code="NO_RULES", where=files.where))
    for environment in files.environments:
        try:
            policies = load_policies(files, environment)
            engine.check(policies)
            problems += list(unknown_thresholds(policies, files))
            problems += list(_unfit_thresholds(policies, files, engine))
            sets[environment] = policies.digest
        except SupplychainError as error:
            problems.append(error)
    try:
        notes_of(modules_of(files))
    except PolicyNotEvaluated as error:
        problems.append(error)
    told: dict[tuple[str, str, str], SupplychainError] = {(p.code, p.where, p.found): p for p in problems}
    return Checked(digest=files.digest, sets=sets, problems=tuple(told.values()))


def unknown_thresholds(policies: PolicySet, files: PolicyFiles) -> Iterator[PolicyNotEvaluated]:
    """Thresholds of a profile that no rule reads: a name that is misspelt changes nothing, silently."""
    rules = {path.split("/")[0] for path, _ in policies.modules}
    read = set(re.findall(r"[A-Za-z_]\w*", "\n".join(source for _, source in policies.modules)))
    for rule, values in policies.profile.get("thresholds", {}).items():
        if rule not in rules:
            yield PolicyNotEvaluated(
                "the profile sets thresholds of a rule that is not there",
                code="RULE_MISSING",
                where=_place(policies, files, f"thresholds.{rule}"),
                found=rule,
            )
            continue
        for name in values if isinstance(values, dict) else ():
            if name not in read:
                yield PolicyNotEvaluated(
                    "the profile sets a threshold that no rule reads",
                    code="UNKNOWN_THRESHOLD",
                    where=_place(policies, files, f"thresholds.{rule}.{name}"),
                    found=f"{rule}.{name}",
                    hint="spell it as docs/thresholds.md does, or take it out",
                )


def _unfit_thresholds(policies: PolicySet, files: PolicyFiles, engine: Engine) -> Iterator[PolicyNotEvaluated]:
    """What the rules say of the profile when there is no evidence at all. Raises PolicyNotEvaluated as they do."""
    document = {
        "version": VERSION,
        "at": "2026-01-01T00:00:00Z",
        "environment": policies.environment,
        "previous_environment": None,
        "artifact": {"name": "", "digest": {"sha256": "0" * 64}},
        "statements": [],
        "rejected": [],
    }
    for reason in engine.evaluate(policies, document, canonical_json(document)):
        if reason.code.endswith("_PROFILE_DATA_MISSING"):
            key = str(reason.evidence.get("key", ""))
            yield PolicyNotEvaluated(
                reason.message,
                code=reason.code,
                where=_place(policies, files, key),
                found=key,
                hint=reason.fix,
            )


def _place(policies: PolicySet, files: PolicyFiles, key: str) -> str:
    """The profile, and the line of a key, or of what it should stand in."""
    path = f"profiles/{policies.environment}.yaml"
    lines = yaml_lines(files.files[path])
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return f"{files.where}/{path}:{lines.get(key, 0)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A decision and what would allow."""

    decision: Mapping[str, Any]
    places: Mapping[str, str]
    """`rule.kind` to where it stands in the policies."""
    explanation: Explanation | None
    """None: it is allowed already."""
    exact: bool
    """Whether the policies and the engine of then gave the same bytes again."""

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        told = self.explanation
        return {
            "decision": dict(self.decision),
            "places": dict(self.places),
            "reproduced": self.exact,
            "allowed_by": None
            if told is None
            else {
                "changes": [change.to_json() for change in told.changes],
                "enough": told.enough,
                "left": [violation.to_json() for violation in told.left],
            },
        }


def explain_decision(workspace: Workspace, text: str, environment: str | None) -> Explained:
    """Explain a decision by file, by digest, or the newest about an artifact for an environment.

    Raises:
        UsageError: There is no such decision.
        NothingToCheck: Its input or its policies are not kept.
        PolicyNotEvaluated: The policies cannot be evaluated.
    """
    kept, engine, read = kept_decision(workspace, text, environment), workspace.engine(), workspace.store.document
    decision = again(kept, read, engine)
    policies = policies_of(kept, read)
    facts = [engine.facts(part) for part in policies.parts]
    rules = [(rule, kind) for rule in policies.all_rules for kind in ("deny", "cannot_tell", "warn")]
    places = {f"{r}.{k}": place for r, k in rules for known in facts if (place := known.places(r, k))}
    told = None if not decision.violations else explain(engine, policies, input_of(kept, read))
    return Explained(decision=decision.to_json(), places=places, explanation=told, exact=decision.record() == kept.data)


def kept_decision(workspace: Workspace, text: str, environment: str | None) -> Kept:
    """A decision record: a file of one, its digest, or the newest about an artifact."""
    path = Path(text)
    if environment is None:
        if path.is_file():
            return Kept.parse(read_bytes(path, max_bytes=_MAX_RECORD, what="a decision record"), where=text)
        data = (
            workspace.store.document(Digest.parse(text, where="the decision")) if text.startswith("sha256:") else None
        )
        if data is None:
            raise UsageError(
                "no such decision",
                code="DECISION_MISSING",
                where=text,
                expected="a decision record, its digest, or an artifact with --env",
            )
        return Kept.parse(data, where=text)
    record = record_path(workspace, artifact_of(text).digest, environment)
    if not record.is_file():
        raise UsageError(
            f"nothing was decided about it for {environment}",
            code="DECISION_MISSING",
            where=str(record),
            hint=f"supplychain gate {text} --env {environment}",
        )
    return Kept.parse(read_bytes(record, max_bytes=_MAX_RECORD, what="a decision record"), where=str(record))


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """One decision, run again."""

    kept: Kept
    decision: Decision | None
    error: SupplychainError | None = None

    @property
    def same(self) -> bool:
        """Byte for byte."""
        return self.decision is not None and self.decision.record() == self.kept.data

    @property
    def other_engine(self) -> tuple[str, str] | None:
        """The engines of then and now, where nothing else differs."""
        if self.decision is None or self.same:
            return None
        body = self.decision.to_json()
        then, now = str(self.kept.record.get("engine")), str(body["engine"])
        return (then, now) if then != now and {**body, "engine": then} == self.kept.record else None

    @property
    def verdicts(self) -> tuple[str, str]:
        """Then, and now."""
        return str(self.kept.record["verdict"]), self.decision.verdict.value if self.decision else "CANNOT_TELL"

    def to_json(self) -> dict[str, Any]:
        """For `--format json`."""
        then, now = self.verdicts
        codes = sorted({violation.code for violation in self.decision.violations}) if self.decision else []
        about = self.kept.record
        return {
            "artifact": about["artifact"],
            "environment": about["environment"],
            "at": about["at"],
            "decision": str(Digest.of_bytes(self.kept.data)),
            "then": then,
            "now": now,
            "same": self.same,
            "other_engine": self.other_engine,
            "codes": codes,
            "error": self.error.to_json()["error"] if self.error else None,
        }


def stored_decisions(workspace: Workspace) -> tuple[Kept, ...]:
    """Every decision record of the store, in order of time. Raises NothingToCheck when there is none."""
    found = []
    for digest in workspace.store.documents():
        data = workspace.store.document(digest)
        if data is not None and b'"_type":"urn:supplychain:decision:v1"' in data[:_MAX_RECORD]:
            try:
                kept = Kept.parse(data, where=str(digest))
            except MalformedInput:
                continue
            if kept.record["input"].get("digest"):
                found.append(kept)
    if not found:
        raise NothingToCheck("the store holds no decision", code="DECISION_MISSING", hint="supplychain gate ARTIFACT")
    return tuple(sorted(found, key=lambda k: (str(k.record["at"]), k.name, k.data)))


def replay(
    workspace: Workspace, decisions: tuple[Kept, ...], engine: Engine, files: PolicyFiles | None = None
) -> Iterator[Replayed]:
    """Run decisions again; with `files` as those policies would have decided."""
    sets: dict[str, PolicySet] = {}
    read = lru_cache(maxsize=64)(workspace.store.document)  # decisions share what they were made by
    for kept in decisions:
        try:
            policies = None
            if files is not None:
                name = str(kept.record["environment"])
                if name not in sets:
                    sets[name] = load_policies(files, name, overrides=workspace.config.overrides.get(name))
                policies = sets[name]
            yield Replayed(kept=kept, decision=again(kept, read, engine, policies=policies))
        except SupplychainError as error:
            yield Replayed(kept=kept, decision=None, error=error)


def fetch(workspace: Workspace, text: str | None, *, at: datetime) -> PolicyFiles:
    """The files of the policies at a place, or of the configuration (see `fetch_policies` for errors)."""
    from supplychain.pipeline.config_fields import PolicyPlace
    from supplychain.pipeline.policy_place import fetch_policies
    from supplychain.pipeline.resources import policies_folder

    place = PolicyPlace.parse(text) if text else workspace.config.policies
    return fetch_policies(place or PolicyPlace(source=policies_folder()), workspace.trust, at=at)

"""Good evidence made bad in one way at a time: which rule notices? A mutant that is still allowed survives.

The good evidence and its profile are the document and the profile that the tests of the rules start from
(`data.supplychain.lib.sample_test`), so the mutants of a policy set need nothing but the set.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated
from supplychain.policy.engine import Engine
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import TALK
from supplychain.policy.testing import LIMIT_S, Modules

_SAMPLE = "data.supplychain.lib.sample_test"
_OLD, _LATE = "2001-01-01T00:00:00Z", "2199-01-01T00:00:00Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMutant:
    """One flaw, and the codes of what blocks because of it."""

    change: str
    codes: tuple[str, ...]

    @property
    def killed(self) -> bool:
        """Whether a rule noticed."""
        return bool(self.codes)


def run_evidence_mutants(modules: Modules, engine: Engine) -> tuple[EvidenceMutant, ...]:
    """Decide about every mutant of the sample.

    Raises:
        PolicyNotEvaluated: `NO_SAMPLE`: there is no sample, or it is not allowed as it is.
    """
    document, profile = _sample(modules)
    policies = PolicySet(
        environment=str(profile.get("environment", "")),
        modules=tuple((path, source) for path, source in modules if not path.endswith("_test.rego")),
        rules=tuple(profile.get("rules", ())),
        profile=profile,
    )
    if codes := _codes(engine, policies, document):
        raise PolicyNotEvaluated("the sample is not allowed", code="NO_SAMPLE", where=_SAMPLE, found=", ".join(codes))
    found = []
    for change, mutant in mutants_of(document):
        found.append(EvidenceMutant(change=change, codes=_codes(engine, policies, mutant)))
    return tuple(found)


def mutants_of(document: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """What was changed, and the document with it."""
    for index, entry in enumerate(document["statements"]):
        name = entry["kind"]
        yield f"{name}: signature dropped, so no statement", _without(document, index)
        yield f"{name}: aged to {_OLD}", _with(document, index, "time", _OLD)
        yield f"{name}: dated {_LATE}", _with(document, index, "time", _LATE)
        yield f"{name}: time taken out", _with(document, index, "time", None)
        if name == "provenance":
            yield (
                "provenance: another builder",
                _with(document, index, "predicate.runDetails.builder.id", "https://evil.example/x"),
            )
            yield "provenance: the builder's word worth nothing", _with(document, index, "builder_level", 0)
            yield "provenance: no source", _with(document, index, "predicate.buildDefinition.resolvedDependencies", [])
        if "coverage" in entry["predicate"]:
            yield f"{name}: coverage emptied", _with(document, index, "predicate.coverage", {})
            yield f"{name}: looked at nothing", _with(document, index, "predicate.coverage.looked_at", 0)
            yield f"{name}: time limit hit", _with(document, index, "predicate.coverage.time_limit_hit", True)
            if (entry["predicate"]["coverage"] or {}).get("database"):
                yield f"{name}: old database", _with(document, index, "predicate.coverage.database.built", _OLD)
                yield f"{name}: no database", _with(document, index, "predicate.coverage.database", None)
        if name == "vsa":
            yield "vsa: FAILED", _with(document, index, "predicate.verificationResult", "FAILED")
            yield "vsa: of another environment", _with(document, index, "predicate.policy.uri", "urn:x:elsewhere")
        if name == "sbom":
            yield "sbom: of another artifact", _with(document, index, "document.subjects", [{"sha256": "b" * 64}])
            yield "sbom: document gone", _with(document, index, "document", None)
            yield "sbom: empty", _with(document, index, "document.components", 0)
    yield "no statement at all", {**document, "statements": []}
    yield "no clock", {**document, "at": ""}
    yield "another environment", {**document, "environment": "elsewhere"}
    yield "another version of the document", {**document, "version": 99}
    yield "artifact without a digest", {**document, "artifact": {**document["artifact"], "digest": {}}}


def _sample(modules: Modules) -> tuple[dict[str, Any], dict[str, Any]]:
    key = Digest.of_bytes(canonical_json([list(module) for module in modules])).hex
    TALK.load(modules, b"{}", key, LIMIT_S)
    paths = [f"{_SAMPLE}.document", f"{_SAMPLE}.profile"]
    _, answer = TALK.request({"do": "test", "key": key, "paths": paths}, b"", LIMIT_S)
    document, profile = (json.loads(answer)["results"][path] for path in paths)
    if not isinstance(document, dict) or "statements" not in document or not isinstance(profile, dict):
        raise PolicyNotEvaluated(
            "there is no sample of good evidence",
            code="NO_SAMPLE",
            where=_SAMPLE,
            expected="document and profile in lib/sample_test.rego",
        )
    return document, profile


def _codes(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> tuple[str, ...]:
    try:
        found = engine.answers(policies, document, canonical_json(dict(document)))
    except PolicyNotEvaluated as error:
        return (error.code,)
    return tuple(sorted({violation.code for violation in found if violation.kind != "warn"}))


def _without(document: Mapping[str, Any], index: int) -> dict[str, Any]:
    kept = [entry for number, entry in enumerate(document["statements"]) if number != index]
    return {**document, "statements": kept}


def _with(document: Mapping[str, Any], index: int, path: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    changed = copy.deepcopy(dict(document))
    at: Any = changed["statements"][index]
    *steps, last = path.split(".")
    for step in steps:
        at = at[step] if isinstance(at.get(step), dict) else at.setdefault(step, {})
    at[last] = value
    return changed

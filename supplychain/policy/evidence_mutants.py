"""Good evidence made bad in one way at a time: which rule notices? A flaw that no rule notices survives.

`evidence_flaws.FLAWS` is the whole list. The good evidence is what the tests of the rules start from
(`data.supplychain.lib.sample_test`): that of the policy set, or where it has none, of the one that comes with us.
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
from supplychain.policy.decision import Violation
from supplychain.policy.engine import Engine, Given
from supplychain.policy.evidence_flaws import FLAWS, Document, Flaw
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import TALK
from supplychain.policy.testing import LIMIT_S, Modules

_SAMPLE = "data.supplychain.lib.sample_test"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceMutant:
    """A flaw in the evidence for one environment, and what became of it."""

    environment: str
    flaw: Flaw
    codes: tuple[str, ...]
    """Of what blocks because of it."""
    tolerated: str
    """The threshold by which the profile does not ask."""
    asked: bool
    """Whether the rule that has to notice it is among the rules of the profile."""

    @property
    def survived(self) -> bool:
        """No rule noticed, and the profile does not say that it does not ask."""
        return not self.codes and not self.tolerated

    @property
    def told(self) -> str:
        """The flaw, and what would notice it."""
        lacking = "gives no answer to it" if self.asked else "is not among the rules of the profile"
        wanted = f"rule {self.flaw.rule} ({self.flaw.code}) would notice, and {lacking}"
        return f"{self.environment}: {self.flaw.change}: {wanted}"


def run_evidence_mutants(
    policies: PolicySet, engine: Engine, sample: tuple[Document, Mapping[str, Any]]
) -> Iterator[EvidenceMutant]:
    """Decide about every flaw of the list under the policies of one environment.

    A flaw is noticed when something blocks that does not block the sample itself, which may lack evidence that a
    profile asks for.

    Raises:
        PolicyNotEvaluated: The policies cannot be evaluated over the sample.
    """
    document = for_environment(sample[0], policies)
    before = {violation.key for violation in _blocking(engine, policies, document)}
    for flaw in FLAWS:
        made = flaw.make(document)
        if made is None:
            continue
        try:
            codes = tuple(sorted({v.code for v in _blocking(engine, policies, made) if v.key not in before}))
        except PolicyNotEvaluated as error:
            codes = (error.code,)
        yield EvidenceMutant(
            environment=policies.environment,
            flaw=flaw,
            codes=codes,
            tolerated="" if codes else flaw.tolerance(policies.profile),
            asked=flaw.rule in policies.rules,
        )


def for_environment(document: Mapping[str, Any], policies: PolicySet) -> Document:
    """The sample as it would be for an environment: after the one that its profile names, or as the first."""
    changed = copy.deepcopy(dict(document))
    thresholds = policies.profile.get("thresholds", {}).get("previous_environment")
    previous = thresholds.get("after") if isinstance(thresholds, dict) else None
    changed.update(environment=policies.environment, previous_environment=previous)
    kept = []
    for entry in changed["statements"]:
        if entry["kind"] == "vsa":
            entry["predicate"]["policy"] = {"uri": f"urn:supplychain:policy:{previous}"}
        if entry["kind"] != "vsa" or previous is not None:
            kept.append(entry)
    changed["statements"] = kept
    return changed


def sample_of(modules: Modules) -> tuple[Document, dict[str, Any]]:
    """The good evidence of a policy set, and its profile. Raises PolicyNotEvaluated (`NO_SAMPLE`)."""
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


def _blocking(engine: Engine, policies: PolicySet, document: Mapping[str, Any]) -> list[Violation]:
    found = engine.answers(policies, Given(document))
    return [violation for violation in found if violation.kind != "warn"]

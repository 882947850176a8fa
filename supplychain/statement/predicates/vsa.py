"""SLSA verification summary v1: what a verifier decided about an artifact (https://slsa.dev/spec/v1.0/verification_summary)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "https://slsa.dev/verification_summary/v1"
EXTENSION = "urn:supplychain:decision"
"""Extension field that names the decision record."""
POLICY_URI = "urn:supplychain:policy:"
"""Policy URI of an environment is this and the environment's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vsa:
    """The predicate."""

    verifier: str
    verified: datetime
    resource_uri: str
    policy_uri: str
    policy_digest: Digest
    inputs: tuple[Digest, ...]
    result: Literal["PASSED", "FAILED"]
    levels: tuple[str, ...]
    decision: Digest | None = None
    """Digest of the decision record, in the extension field EXTENSION."""
    until: datetime | None = None
    """From then on the summary says nothing any more: a waiver it rests on has ended. In the same extension field."""

    @property
    def environment(self) -> str | None:
        """The environment the policy is of; None: a policy that is not ours."""
        return self.policy_uri.removeprefix(POLICY_URI) if self.policy_uri.startswith(POLICY_URI) else None

    @staticmethod
    def as_written(predicate: Mapping[str, Any]) -> Vsa | None:
        """Read the predicate quickly if it is as `to_json` writes it (see `registry.parse_predicate`)."""
        policy, result, resource = predicate["policy"], predicate["verificationResult"], predicate["resourceUri"]
        verifier, uri, levels = predicate["verifier"]["id"], policy["uri"], predicate["verifiedLevels"]
        given, decision, record, until = predicate["inputAttestations"], predicate.get(EXTENSION), None, None
        if not type(verifier) is type(resource) is type(uri) is str or result not in ("PASSED", "FAILED"):
            return None
        if not type(levels) is type(given) is list or set(map(type, levels)) - {str}:
            return None
        (policy_digest,) = parse_digest_set(policy["digest"], where="")
        inputs = [one for item in given for one in parse_digest_set(item["digest"], where="")] if given else ()
        if decision is not None:
            (record,) = parse_digest_set(decision["digest"], where="")
            until = parse_time(decision["until"], where="") if "until" in decision else None
        return Vsa(
            verifier=verifier,
            verified=parse_time(predicate["timeVerified"], where=""),
            resource_uri=resource,
            policy_uri=uri,
            policy_digest=policy_digest,
            inputs=tuple(inputs),
            result="PASSED" if result == "PASSED" else "FAILED",
            levels=tuple(levels),
            decision=record,
            until=until,
        )

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> Vsa:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        policy, result = top.object("policy"), top.text("verificationResult")
        digests = policy.digests("digest")
        if result not in ("PASSED", "FAILED") or not digests:
            raise MalformedInput(
                "not a verification summary",
                code="BAD_PREDICATE",
                where=where,
                expected="verificationResult PASSED or FAILED, policy with a digest",
                found=repr(result)[:60],
            )
        decision = top.object(EXTENSION, optional=True)
        record = decision.digests("digest", optional=True)
        given = top.objects("inputAttestations", optional=True)
        return Vsa(
            verifier=top.object("verifier").text("id"),
            verified=parse_time(top.text("timeVerified"), where=where),
            resource_uri=top.text("resourceUri"),
            policy_uri=policy.text("uri"),
            policy_digest=digests[0],
            inputs=tuple([digest for item in given for digest in item.digests("digest")]) if given else (),
            result="PASSED" if result == "PASSED" else "FAILED",
            levels=top.texts("verifiedLevels", optional=True),
            decision=record[0] if record else None,
            until=parse_time(ends, where=decision.where) if (ends := decision.text("until", optional=True)) else None,
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as SLSA spells it."""
        ends = {"until": format_time(self.until)} if self.until else {}
        more = {EXTENSION: {"digest": self.decision.to_set(), **ends}} if self.decision else {}
        return {
            "verifier": {"id": self.verifier},
            "timeVerified": format_time(self.verified),
            "resourceUri": self.resource_uri,
            "policy": {"uri": self.policy_uri, "digest": self.policy_digest.to_set()},
            "inputAttestations": [{"digest": digest.to_set()} for digest in self.inputs],
            "verificationResult": self.result,
            "verifiedLevels": list(self.levels),
            "slsaVersion": "1.0",
            **more,
        }

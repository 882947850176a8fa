"""SLSA verification summary v1: what a verifier decided about an artifact (https://slsa.dev/spec/v1.0/verification_summary)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

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
    def parse(predicate: Mapping[str, Any], *, where: str) -> Vsa:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        policy, result = top.object("policy"), top.text("verificationResult")
        digests = parse_digest_set(policy.object("digest").value, where=policy.where)
        if result not in ("PASSED", "FAILED") or not digests:
            raise MalformedInput(
                "not a verification summary",
                code="BAD_PREDICATE",
                where=where,
                expected="verificationResult PASSED or FAILED, policy with a digest",
                found=repr(result)[:60],
            )
        decision = top.object(EXTENSION, optional=True)
        record = parse_digest_set(decision.object("digest", optional=True).value, where=decision.where)
        inputs = [
            digest
            for item in top.objects("inputAttestations", optional=True)
            for digest in parse_digest_set(item.object("digest").value, where=item.where)
        ]
        return Vsa(
            verifier=top.object("verifier").text("id"),
            verified=parse_time(top.text("timeVerified"), where=where),
            resource_uri=top.text("resourceUri"),
            policy_uri=policy.text("uri"),
            policy_digest=digests[0],
            inputs=tuple(inputs),
            result=cast("Literal['PASSED', 'FAILED']", result),
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

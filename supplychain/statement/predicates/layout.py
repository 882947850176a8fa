"""`urn:supplychain:predicate:layout:v1`: an artifact's steps were held against a signed in-toto layout; how it went.

Schema and example: `attestations/predicates/layout`. It is what policy sees of a layout: whoever signs it has checked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

from supplychain.artifact.digest import Digest, parse_digest_set
from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.statement.predicates.fields import Fields

TYPE = "urn:supplychain:predicate:layout:v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedStep:
    """One step of a layout that passed."""

    name: str
    threshold: int
    functionaries: tuple[str, ...]
    """in-toto key ids of those whose links counted, sorted."""
    links: tuple[Digest, ...]
    """SHA-256 of the signed bytes of those links, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedLayout:
    """The predicate."""

    name: str
    """What the layout's file is called; for people."""
    digest: Digest
    """SHA-256 of the layout's file."""
    expires: datetime | None
    """None: the check failed before the layout could be believed."""
    keys: tuple[str, ...]
    """in-toto key ids of those who had to sign the layout, and have; sorted. Empty: they have not."""
    steps: tuple[CheckedStep, ...] = ()
    parameters: Mapping[str, str] = field(default_factory=dict)
    inspected: bool = False
    """Whether the layout's inspections were run. False where it has none."""
    verified: datetime
    result: Literal["PASSED", "FAILED"]
    code: str = ""
    """Why it failed: the code of the error; empty when it passed."""

    @staticmethod
    def parse(predicate: Mapping[str, Any], *, where: str) -> CheckedLayout:
        """Read the predicate. Raises MalformedInput for missing or mistyped fields."""
        top = Fields(predicate, where)
        about, result, code = top.object("layout"), top.text("result"), top.text("code", optional=True)
        if result not in ("PASSED", "FAILED") or (result == "FAILED") != bool(code):
            raise MalformedInput(
                "not the result of a layout check",
                code="BAD_PREDICATE",
                where=where,
                expected="result PASSED, or FAILED with a code",
                found=f"{result!r}, code {code!r}"[:120],
            )
        expires = about.text("expires", optional=True)
        parameters = top.object("parameters", optional=True)
        return CheckedLayout(
            name=about.text("name", optional=True),
            digest=_digest(about),
            expires=parse_time(expires, where=about.where) if expires else None,
            keys=top.texts("keys"),
            steps=tuple(_step(item) for item in top.objects("steps")),
            parameters={name: parameters.text(name) for name in parameters.value},
            inspected=top.value.get("inspected") is True,
            verified=parse_time(top.text("timeVerified"), where=where),
            result=cast("Literal['PASSED', 'FAILED']", result),
            code=code,
        )

    def to_json(self) -> dict[str, Any]:
        """The predicate as its schema has it."""
        return {
            "layout": {
                "name": self.name,
                "digest": self.digest.to_set(),
                "expires": format_time(self.expires) if self.expires else None,
            },
            "keys": list(self.keys),
            "steps": [
                {
                    "name": step.name,
                    "threshold": step.threshold,
                    "functionaries": list(step.functionaries),
                    "links": [{"digest": digest.to_set()} for digest in step.links],
                }
                for step in self.steps
            ],
            "parameters": dict(self.parameters),
            "inspected": self.inspected,
            "timeVerified": format_time(self.verified),
            "result": self.result,
            "code": self.code,
        }


def _step(item: Fields) -> CheckedStep:
    return CheckedStep(
        name=item.text("name"),
        threshold=item.number("threshold"),
        functionaries=item.texts("functionaries"),
        links=tuple(_digest(link) for link in item.objects("links")),
    )


def _digest(item: Fields) -> Digest:
    found = parse_digest_set(item.object("digest").value, where=item.where)
    if not found:
        raise MalformedInput("there is no digest", code="BAD_PREDICATE", where=item.where, expected="sha256")
    return found[0]

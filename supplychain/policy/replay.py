"""Decisions run again: the same bytes from what a store keeps, or what another policy set would have said.

A decision record names its input document and its policy set by digest; the manifest of the set names its sources. All
of them are documents, and the digest of a document is checked when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json, parse_json_object, parse_time
from supplychain.errors import MalformedInput, NothingToCheck
from supplychain.policy.decision import RECORD_TYPE, Decision, Violation
from supplychain.policy.document import in_present_shape
from supplychain.policy.engine import Engine, decide
from supplychain.policy.policy_set import PolicySet

Read = Callable[[Digest], bytes | None]
"""A document by its digest, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A stored decision."""

    data: bytes
    record: Mapping[str, Any]

    @staticmethod
    def parse(data: bytes, *, where: str) -> Kept:
        """Read a decision record. Raises MalformedInput when it is none."""
        record = parse_json_object(data, where=where)
        good = (
            record.get("_type") == RECORD_TYPE
            and all(isinstance(record.get(key), dict) for key in ("artifact", "policy", "input"))
            and all(isinstance(record.get(key), str) for key in ("verdict", "environment", "at"))
            and all(isinstance(record["artifact"].get(key), str) for key in ("name", "digest"))
            and all(_are_reasons(record.get(key)) for key in ("violations", "warnings"))
        )
        if not good:
            raise MalformedInput("not a decision record", code="NOT_A_DECISION", where=where, expected=RECORD_TYPE)
        return Kept(data=data, record=record)

    @property
    def name(self) -> str:
        """How a person speaks of it."""
        about = self.record["artifact"]
        return f"{about.get('name') or about.get('digest')} for {self.record['environment']} at {self.record['at']}"

    @property
    def artifact(self) -> Artifact:
        """What it is about."""
        about = self.record["artifact"]
        return Artifact(name=str(about["name"]), digest=Digest.parse(about["digest"], where=self.name))


def _are_reasons(value: object) -> bool:
    texts = ("rule", "kind", "code", "message", "fix")
    return isinstance(value, list) and all(
        isinstance(item, dict)
        and all(isinstance(item.get(key), str) for key in texts)
        and isinstance(item.get("evidence"), dict)
        for item in value
    )


def input_of(kept: Kept, read: Read) -> dict[str, Any]:
    """The input document of a decision. Raises NothingToCheck (`INPUT_GONE`) when it is not kept."""
    return parse_json_object(_document(kept.record["input"].get("digest"), kept, read, "INPUT_GONE"), where=kept.name)


def policies_of(kept: Kept, read: Read) -> PolicySet:
    """The policy set of a decision. Raises NothingToCheck (`POLICIES_GONE`) when it is not kept."""
    return _policies(str(kept.record["policy"].get("digest")), kept, read)


def again(kept: Kept, read: Read, engine: Engine, *, policies: PolicySet | None = None) -> Decision:
    """Decide again, with the policies of then or with others.

    Raises:
        NothingToCheck: `INPUT_GONE` or `POLICIES_GONE`: what it takes is not kept.
        MalformedInput: A kept document is not what it should be.
    """
    document = input_of(kept, read)
    if policies is not None:
        document = in_present_shape(document)
    at = parse_time(kept.record["at"], where=kept.name)
    return decide(engine, policies or policies_of(kept, read), document, kept.artifact, at=at)


def _policies(digest: str, kept: Kept, read: Read) -> PolicySet:
    manifest = _document(digest, kept, read, "POLICIES_GONE")
    told = [w for w in kept.record["warnings"] if w["code"] == "PROFILE_OVERRIDDEN"]
    sources, base = _manifest(manifest, digest)
    data = _document(sources, kept, read, "POLICIES_GONE")
    made = _policy_set(manifest, data, digest, str(kept.record["environment"]))
    if base is not None:
        return replace(made, base=_policies(base, kept, read))
    return replace(made, warnings=tuple(_warning(w) for w in told)) if told else made


@lru_cache(maxsize=32)
def _manifest(data: bytes, digest: str) -> tuple[str, str | None]:
    """Digest of the sources, and of the base set."""
    manifest = parse_json_object(data, where=digest)
    base = manifest.get("base")
    return str(manifest.get("sources") or ""), None if base is None else str(base)


@lru_cache(maxsize=8)
def _policy_set(manifest: bytes, sources: bytes, digest: str, environment: str) -> PolicySet:
    """A set without its base: many decisions share one."""
    profile, modules = parse_json_object(manifest, where=digest).get("profile"), _modules(sources)
    if not isinstance(profile, dict) or modules is None:
        raise MalformedInput("not a kept policy set", code="NOT_A_POLICY_SET", where=digest)
    return PolicySet(
        environment=environment,
        modules=modules,
        rules=tuple(str(rule) for rule in profile.get("rules", ())),
        profile=profile,
    )


@lru_cache(maxsize=4)
def _modules(data: bytes) -> tuple[tuple[str, str], ...] | None:
    """Path and source of each module, None where the document is something else; many decisions share one."""
    sources = parse_json(data, where="the sources of a policy set")
    if not isinstance(sources, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in sources):
        return None
    return tuple((str(path), str(source)) for path, source in sources)


def _warning(value: Mapping[str, Any]) -> Violation:
    return Violation(
        **{key: value[key] for key in ("rule", "kind", "code", "message", "fix")}, evidence=value["evidence"]
    )


def _document(digest: object, kept: Kept, read: Read, code: str) -> bytes:
    if not digest:
        reasons = "; ".join(str(v.get("message")) for v in kept.record.get("violations", ()) if isinstance(v, dict))
        raise NothingToCheck(
            "the policies could not be loaded when it was decided, so there is nothing to decide again",
            code=code,
            where=kept.name,
            found=reasons,
            hint="mend the policies, and decide anew: supplychain gate",
        )
    data = read(Digest.parse(str(digest), where=kept.name))
    if data is None:
        raise NothingToCheck(
            "what it takes to decide again is not kept",
            code=code,
            where=kept.name,
            expected=f"the document {digest} in the store",
            hint="decisions made before 0.2 keep no input; decide anew: supplychain gate",
        )
    return data

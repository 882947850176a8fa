"""Trust: who we know, and who may claim what about which artifacts (DESIGN section 5). Policy is something else: Rego.

`trust.yaml`:

    version: 1
    identities:
      release:
        key: |                       # PEM public key
          -----BEGIN PUBLIC KEY-----
        from: 2026-01-01T00:00:00Z   # optional: not believed before
        until: 2027-01-01T00:00:00Z  # optional: not believed from then on
        revoked: 2026-06-01T00:00:00Z  # optional: not believed from then on, whenever it signed
    rules:
      - claims: [provenance]         # kinds or predicate type URIs
        signers: [release]
        threshold: 1                 # so many different keys must have signed
        artifacts: ["*"]             # names, the signer's and the asker's: `*` and `?`, matched whole
        builders: {"urn:example:builder": 2}   # provenance: the highest SLSA build level each builder's word is worth

A signature by a key carries no trusted time, so validity and revocation are judged at the time of the decision.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from supplychain.encoding import format_time, parse_time, parse_yaml
from supplychain.errors import MalformedInput, UsageError, VerificationFailed
from supplychain.signing.identity import PublicKey
from supplychain.statement.predicates.registry import KINDS, TYPES

ANY_CLAIM = "*"
_MAX_IDENTITIES = 1000
_IDENTITY_FIELDS = frozenset({"key", "from", "until", "revoked", "description"})
_RULE_FIELDS = frozenset({"claims", "signers", "threshold", "artifacts", "builders", "environments", "description"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody we know by a key."""

    name: str
    key: PublicKey
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked: datetime | None = None

    def check_time(self, at: datetime) -> None:
        """Refuse a key that is not valid at a time.

        Raises:
            VerificationFailed: `KEY_REVOKED`, `KEY_EXPIRED` or `KEY_NOT_YET_VALID`.
        """
        if self.revoked is not None and at >= self.revoked:
            raise self._outside("KEY_REVOKED", "the key was revoked", f"before {format_time(self.revoked)}", at)
        if self.valid_until is not None and at >= self.valid_until:
            raise self._outside("KEY_EXPIRED", "the key has expired", f"before {format_time(self.valid_until)}", at)
        if self.valid_from is not None and at < self.valid_from:
            raise self._outside(
                "KEY_NOT_YET_VALID", "the key is not valid yet", f"from {format_time(self.valid_from)}", at
            )

    def _outside(self, code: str, message: str, expected: str, at: datetime) -> VerificationFailed:
        return VerificationFailed(
            message,
            code=code,
            where=f"identity {self.name}",
            expected=expected,
            found=format_time(at),
            hint="sign again with a current key and name that key in the trust file",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may make which claims about which artifacts."""

    claims: tuple[str, ...]
    """Predicate type URIs, or ANY_CLAIM."""
    signers: frozenset[str]
    threshold: int
    artifacts: tuple[str, ...]
    builders: tuple[tuple[str, int], ...] = ()
    """Builder id pattern and the highest SLSA build level believed of it."""
    environments: tuple[str, ...] = ("*",)
    """For verification summaries and waivers: the environments these signers may decide about."""

    def covers(self, predicate_type: str, subject_name: str) -> bool:
        """Whether the rule is about this kind of claim and this artifact."""
        about = ANY_CLAIM in self.claims or predicate_type in self.claims
        return about and any(matches(pattern, subject_name) for pattern in self.artifacts)

    def lets_waive_in(self, environments: Sequence[str]) -> bool:
        """Whether these signers may decide about every environment of a waiver; none named means all there are."""
        asked = environments or ("*",)
        return all(any(matches(pattern, name) for pattern in self.environments) for name in asked)

    def level_of(self, builder_id: str) -> int:
        """The SLSA build level believed of a builder; 0 for one the rule does not name."""
        return max((level for pattern, level in self.builders if matches(pattern, builder_id)), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A whole trust file."""

    identities: Mapping[str, Identity]
    rules: tuple[Rule, ...]
    where: str = ""

    @staticmethod
    def parse(data: bytes, *, where: str) -> Trust:
        """Read a trust file.

        Raises:
            MalformedInput: Not YAML, an unknown field, a rule that names nobody, or a name nobody has.
        """
        body = _mapping(parse_yaml(data, where=where), where, frozenset({"version", "identities", "rules"}))
        if body.get("version") != 1:
            raise _bad(where, "the version is not supported", "version: 1", repr(body.get("version")))
        given = body.get("identities")
        if not isinstance(given, dict) or not given or len(given) > _MAX_IDENTITIES:
            raise _bad(where, "no identities", f"1 to {_MAX_IDENTITIES} identities by name", repr(given)[:60])
        identities = {name: _identity(name, value, where) for name, value in given.items()}
        rules = body.get("rules")
        if not isinstance(rules, list) or not rules:
            raise _bad(where, "no rules: nobody may claim anything", "a list of at least one rule", repr(rules)[:60])
        return Trust(
            identities=identities,
            rules=tuple(_rule(value, identities, f"{where}: rules[{i}]") for i, value in enumerate(rules)),
            where=where,
        )

    @staticmethod
    def of_key(key: PublicKey, *, name: str = "key") -> Trust:
        """Trust one key for every claim about every artifact, and no builder's word (`verify --key`)."""
        rule = Rule(claims=(ANY_CLAIM,), signers=frozenset({name}), threshold=1, artifacts=("*",))
        return Trust(identities={name: Identity(name=name, key=key)}, rules=(rule,), where="--key")

    def by_keyid(self, keyid: str) -> Identity | None:
        """The identity a key id hints at."""
        return next((identity for identity in self.identities.values() if identity.key.keyid == keyid), None)


def matches(pattern: str, text: str) -> bool:
    """Match a whole text: `*` stands for any characters, `?` for one; nothing else is special."""
    return _compiled(pattern).fullmatch(text) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in re.sub(r"\*+", "*", pattern))
    return re.compile("".join(parts), re.DOTALL)


def _identity(name: str, value: object, where: str) -> Identity:
    place = f"{where}: identities.{name}"
    body = _mapping(value, place, _IDENTITY_FIELDS)
    pem = body.get("key")
    if not isinstance(pem, str):
        raise _bad(place, "no key", "key: a PEM public key", repr(pem)[:60])
    times = {
        field: parse_time(body[field], where=f"{place}.{field}")
        for field in ("from", "until", "revoked")
        if field in body
    }
    return Identity(
        name=name,
        key=PublicKey.parse(pem.encode(), where=place),
        valid_from=times.get("from"),
        valid_until=times.get("until"),
        revoked=times.get("revoked"),
    )


def _rule(value: object, identities: Mapping[str, Identity], where: str) -> Rule:
    body = _mapping(value, where, _RULE_FIELDS)
    signers = _texts(body, "signers", where)
    unknown = sorted(set(signers) - set(identities))
    if unknown:
        raise _bad(where, f"nobody is named {unknown[0]!r}", ", ".join(sorted(identities)), unknown[0])
    threshold = body.get("threshold", 1)
    keys = {identities[name].key.keyid for name in signers}
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= len(keys):
        raise _bad(
            where, "the threshold cannot be met", f"1 to {len(keys)} (the number of different keys)", repr(threshold)
        )
    return Rule(
        claims=tuple(_claim(text, where) for text in _texts(body, "claims", where)),
        signers=frozenset(signers),
        threshold=threshold,
        artifacts=_texts(body, "artifacts", where),
        builders=_builders(body.get("builders", {}), where),
        environments=_texts(body, "environments", where) if "environments" in body else ("*",),
    )


def _claim(text: str, where: str) -> str:
    if text in TYPES:
        return TYPES[text]
    if text == ANY_CLAIM or text in KINDS or ":" in text:
        return text
    raise _bad(where, "not a kind of claim", ", ".join(sorted(TYPES)) + ", a predicate type URI or '*'", text)


def _builders(value: object, where: str) -> tuple[tuple[str, int], ...]:
    if not isinstance(value, dict) or not all(
        isinstance(v, int) and not isinstance(v, bool) and 0 <= v <= 3 for v in value.values()
    ):
        raise _bad(where, "builders is no mapping of builder id to level", "builder id: 0 to 3", repr(value)[:80])
    return tuple(sorted(value.items()))


def _texts(body: Mapping[str, Any], field: str, where: str) -> tuple[str, ...]:
    value = body.get(field)
    if not isinstance(value, list) or not value or not all(isinstance(item, str) and item for item in value):
        raise _bad(where, f"{field} is missing or empty", "a list of at least one text", repr(value)[:80])
    return tuple(value)


def _mapping(value: object, where: str, allowed: frozenset[str]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(where, "not a mapping", ", ".join(sorted(allowed)), repr(value)[:60])
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise _bad(where, f"the field {unknown[0]!r} is not known", ", ".join(sorted(allowed)), unknown[0])
    return value


def _bad(where: str, message: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="BAD_TRUST", where=where, expected=expected, found=found)


def no_trust(where: str) -> UsageError:
    """The error for a trust file that is not there: without trust nothing can be verified."""
    return UsageError(
        "there is no trust file, so no signature can be believed",
        code="TRUST_MISSING",
        where=where,
        expected="a trust file that names keys and what they may claim",
        hint="`supplychain init` writes one; or give --trust FILE or --key PEM",
    )

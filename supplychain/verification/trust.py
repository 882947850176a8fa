"""Trust: who we know, and who may claim what about which artifacts (DESIGN section 5). Policy is something else: Rego.

`trust.yaml` (read by `trust_file`; `docs/trust.md` explains every field):

    version: 1
    trusted_root: embedded           # whose certificates, logs and times are believed: or {file: PATH, sha256: HEX}
    identities:
      release:
        key: |                       # a PEM public key
          -----BEGIN PUBLIC KEY-----
        from: 2026-01-01T00:00:00Z   # optional: not believed before
        until: 2027-01-01T00:00:00Z  # optional: not believed from then on
        revoked: 2026-06-01T00:00:00Z  # optional: what it signed from then on is not believed
      workflow:
        issuer: https://token.actions.githubusercontent.com
        subject_pattern: https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v#.#.#
        claims: {runner_environment: github-hosted}
    rules:
      - claims: [provenance]         # kinds or predicate type URIs
        signers: [release]
        threshold: 1                 # so many different signers must have signed
        artifacts: ["*"]             # names, the signer's and the asker's: `*` and `?`, matched whole
        builders: {"urn:example:builder": 2}   # provenance: the highest SLSA build level each builder's word is worth
    public_builders:                 # provenance by builders whose identities are built in
      generator: {builder: "https://…", level: 3, source: github.com/example/shop, tag: "v*", artifacts: ["*"]}

Validity and revocation are judged at the trusted time of a signature where a log or timestamp authority of the trusted
root gives one, else at the time of the decision: a signature without trusted time may be younger than it says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from supplychain.encoding import format_time
from supplychain.errors import UsageError, VerificationFailed
from supplychain.signing.identity import PublicKey
from supplychain.verification.certificates import CertificateRule
from supplychain.verification.root_choice import RootChoice

ANY_CLAIM = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Somebody we know, by a key or by the certificates that somebody vouches for."""

    name: str
    key: PublicKey | None = None
    certificate: CertificateRule | None = None
    person: str = ""
    """Who it is, where one person has several identities: approvals count persons. An e-mail address is best."""
    log: bool = False
    """A signature counts only when a transparency log of the trusted root has it."""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    revoked: datetime | None = None

    @property
    def anchor(self) -> str:
        """What the identity is known by: two names for one anchor are one signer."""
        return self.key.keyid if self.key else str(self.certificate)

    def check_time(self, at: datetime, *, signed_at: datetime | None = None, why: str = "") -> None:
        """Refuse what was signed outside of the identity's time.

        Args:
            at: Time of the decision: what counts when nobody trusted says when the signature was made.
            signed_at: Trusted time of the signature.
            why: Why there is no trusted time, for the message.

        Raises:
            VerificationFailed: `KEY_REVOKED`, `KEY_EXPIRED` or `KEY_NOT_YET_VALID`.
        """
        judged = signed_at or at
        told = (
            "when it was signed" if signed_at else why or "the time of the decision: the signature has no trusted time"
        )
        if self.revoked is not None and judged >= self.revoked:
            raise self._outside("KEY_REVOKED", "was revoked", f"before {format_time(self.revoked)}", judged, told)
        if self.valid_until is not None and judged >= self.valid_until:
            raise self._outside("KEY_EXPIRED", "has expired", f"before {format_time(self.valid_until)}", judged, told)
        if self.valid_from is not None and judged < self.valid_from:
            until = f"from {format_time(self.valid_from)}"
            raise self._outside("KEY_NOT_YET_VALID", "is not valid yet", until, judged, told)

    def _outside(self, code: str, message: str, expected: str, judged: datetime, told: str) -> VerificationFailed:
        return VerificationFailed(
            f"the {'key' if self.key else 'identity'} {message}",
            code=code,
            where=f"identity {self.name}",
            expected=expected,
            found=f"{format_time(judged)}, {told}",
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
    """For verification summaries, waivers and approvals: the environments these signers may decide about."""

    def covers(self, predicate_type: str, subject_name: str) -> bool:
        """Whether the rule is about this kind of claim and this artifact."""
        return (predicate_type in self.claims or ANY_CLAIM in self.claims) and self.names(subject_name)

    def names(self, subject_name: str) -> bool:
        """Whether the rule is about this artifact."""
        return _any_matches(self.artifacts, subject_name)

    def decides_in(self, environment: str) -> bool:
        """Whether these signers may decide about an environment."""
        return _any_matches(self.environments, environment)

    def lets_waive_in(self, environments: Sequence[str]) -> bool:
        """Whether these signers may decide about every environment of a waiver; none named means all there are."""
        asked = environments or ("*",)
        return all(self.decides_in(name) for name in asked)

    def level_of(self, builder_id: str) -> int:
        """The SLSA build level believed of a builder; 0 for one the rule does not name."""
        best = 0
        for pattern, level in self.builders:
            if level > best and matches(pattern, builder_id):
                best = level
        return best


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicBuilder:
    """A builder that publishes its own identity, and what it must have built to be believed."""

    name: str
    builder: str
    """Builder id, with or without version."""
    level: int
    """The highest SLSA build level believed of it; what the builder publishes about itself is the other limit."""
    source: str
    """The only repository."""
    artifacts: tuple[str, ...]
    branch: str | None = None
    """Pattern (`matches`); of `branch`, `tag` and `versioned_tag` those that are given must hold."""
    tag: str | None = None
    versioned_tag: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A whole trust file."""

    identities: Mapping[str, Identity]
    rules: tuple[Rule, ...]
    public: Mapping[str, PublicBuilder] = field(default_factory=dict)
    root: RootChoice = field(default_factory=RootChoice)
    """Whose certificates, logs and timestamps are believed."""
    where: str = ""
    _by_keyid: Mapping[str, tuple[Identity, ...]] = field(init=False, repr=False, compare=False)
    """Every identity of a key, revoked ones first."""
    _people: Mapping[str, tuple[str, str]] = field(init=False, repr=False, compare=False)
    """Key id to the person behind the key, as far as the file says, and the first of its names."""
    _by_claim: Mapping[str, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    """The rules about a predicate type that a rule names, and under ANY_CLAIM those about every other."""

    def __post_init__(self) -> None:
        found: dict[str, list[Identity]] = {}
        for identity in sorted(self.identities.values(), key=lambda i: i.revoked is None):
            if identity.key is not None:
                found.setdefault(identity.key.keyid, []).append(identity)
        object.__setattr__(self, "_by_keyid", {keyid: tuple(names) for keyid, names in found.items()})
        object.__setattr__(self, "_people", {keyid: _person(same) for keyid, same in found.items()})
        about: dict[str, list[Rule]] = {kind: [] for rule in self.rules for kind in (ANY_CLAIM, *rule.claims)}
        for rule in self.rules:
            for kind in about if ANY_CLAIM in rule.claims else dict.fromkeys(rule.claims):
                about[kind].append(rule)
        object.__setattr__(self, "_by_claim", {kind: tuple(rules) for kind, rules in about.items()})

    @staticmethod
    def parse(data: bytes, *, where: str) -> Trust:
        """Read a trust file; a trusted root in a file of its own is read by `pipeline.trust`.

        Raises:
            MalformedInput: Not YAML, an unknown field, a rule that names nobody, or a name nobody has.
        """
        from supplychain.verification.trust_file import parse_trust

        return parse_trust(data, where=where)

    @staticmethod
    def of_key(key: PublicKey, *, name: str = "key") -> Trust:
        """Trust one key for every claim about every artifact, and no builder's word (`verify --key`)."""
        rule = Rule(claims=(ANY_CLAIM,), signers=frozenset({name}), threshold=1, artifacts=("*",))
        return Trust(identities={name: Identity(name=name, key=key)}, rules=(rule,), where="--key")

    @property
    def knows_certificates(self) -> bool:
        """Whether evidence without a key of the user's can be believed at all."""
        return bool(self.public) or any(identity.certificate for identity in self.identities.values())

    def rules_about(self, predicate_type: str) -> tuple[Rule, ...]:
        """The rules about a kind of claim, whatever the artifact, by order of the file."""
        return self._by_claim.get(predicate_type) or self._by_claim.get(ANY_CLAIM, ())

    def by_keyid(self, keyid: str) -> Identity | None:
        """The identity a key id hints at; the first by order of the file where a key has several names."""
        return next(iter(self.holders(keyid)), None)

    def person_of(self, identity: Identity, subject: str = "") -> str:
        """Who stands behind an identity: one text for all that are the same person's, as far as the file says.

        Args:
            identity: Of this file.
            subject: Of the certificate that signed: one pattern may stand for many people.
        """
        said, name = self._people[identity.key.keyid] if identity.key else (identity.person, identity.name)
        return said or subject or name

    def holders(self, keyid: str) -> tuple[Identity, ...]:
        """Every identity of a key, revoked ones first: a key is revoked under all of its names."""
        return self._by_keyid.get(keyid, ())


def _person(same: Sequence[Identity]) -> tuple[str, str]:
    """The person behind several identities of one key, empty where none is said, and the first of their names."""
    return min((i.person for i in same if i.person), default=""), min(i.name for i in same)


def matches(pattern: str, text: str) -> bool:
    """Match a whole text: `*` stands for any characters, `?` for one; nothing else is special."""
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None


def _any_matches(patterns: Sequence[str], text: str) -> bool:
    for pattern in patterns:  # noqa: SIM110 - this is on the path of every verification, and a loop is quick
        if matches(pattern, text):
            return True
    return False


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = (".*" if c == "*" else "." if c == "?" else re.escape(c) for c in re.sub(r"\*+", "*", pattern))
    return re.compile("".join(parts), re.DOTALL)


def no_trust(where: str) -> UsageError:
    """The error for a trust file that is not there: without trust nothing can be verified."""
    return UsageError(
        "there is no trust file, so no signature can be believed",
        code="TRUST_MISSING",
        where=where,
        expected="a trust file that names keys and what they may claim",
        hint="`supplychain init` writes one; or give --trust FILE or --key PEM",
    )

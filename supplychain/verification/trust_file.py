"""Reading `trust.yaml` into `Trust`: every field is checked, an unknown one is refused (see `trust` for its shape)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from supplychain.encoding import parse_time, parse_yaml
from supplychain.errors import MalformedInput
from supplychain.signing.identity import PublicKey
from supplychain.statement.predicates.registry import KINDS, TYPES
from supplychain.verification.certificates import CLAIMS, CertificateRule
from supplychain.verification.root_choice import RootChoice
from supplychain.verification.trust import ANY_CLAIM, Identity, PublicBuilder, Rule, Trust

MAX_IDENTITIES = 1000
TOP_FIELDS = frozenset({"version", "trusted_root", "identities", "rules", "public_builders"})
IDENTITY_FIELDS = frozenset(
    {
        "key",
        "issuer",
        "subject",
        "subject_pattern",
        "claims",
        "log",
        "from",
        "until",
        "revoked",
        "person",
        "description",
    }
)
RULE_FIELDS = frozenset({"claims", "signers", "threshold", "artifacts", "builders", "environments", "description"})
BUILDER_FIELDS = frozenset({"builder", "level", "source", "artifacts", "branch", "tag", "versioned_tag", "description"})
_CERTIFICATE = ("issuer", "subject", "subject_pattern", "claims")


def parse_trust(data: bytes, *, where: str) -> Trust:
    """Read a trust file; raises as `Trust.parse`."""
    body = _mapping(parse_yaml(data, where=where), where, TOP_FIELDS)
    if body.get("version") != 1:
        raise _bad(where, "the version is not supported", "version: 1", repr(body.get("version")))
    public = _public(body.get("public_builders", {}), f"{where}: public_builders")
    needed = "public_builders" not in body
    given = body.get("identities") if needed or "identities" in body else {}
    if not isinstance(given, dict) or (needed and not given) or len(given) > MAX_IDENTITIES:
        raise _bad(where, "no identities", f"1 to {MAX_IDENTITIES} identities by name", repr(given)[:60])
    identities = {name: _identity(name, value, where) for name, value in given.items()}
    if twice := sorted(set(identities) & set(public)):
        raise _bad(f"{where}: public_builders.{twice[0]}", "the name is an identity's", "a name of its own", twice[0])
    rules = body.get("rules") if given or "rules" in body else []
    if not isinstance(rules, list) or (given and not rules):
        raise _bad(where, "no rules: nobody may claim anything", "a list of at least one rule", repr(rules)[:60])
    return Trust(
        identities=identities,
        rules=tuple(_rule(value, identities, f"{where}: rules[{i}]") for i, value in enumerate(rules)),
        public=public,
        root=_root(body.get("trusted_root", "embedded"), f"{where}: trusted_root"),
        where=where,
    )


def _identity(name: str, value: object, where: str) -> Identity:
    place = f"{where}: identities.{name}"
    body = _mapping(value, place, IDENTITY_FIELDS)
    by_certificate = [field for field in _CERTIFICATE if field in body]
    if "key" in body and by_certificate:
        raise _bad(place, "a key and a certificate", "one of key and issuer", f"key, {', '.join(by_certificate)}")
    times = {
        field: parse_time(body[field], where=f"{place}.{field}")
        for field in ("from", "until", "revoked")
        if field in body
    }
    log = body.get("log", bool(by_certificate))
    if not isinstance(log, bool):
        raise _bad(f"{place}.log", "log is neither true nor false", "true or false", repr(log)[:60])
    return Identity(
        name=name,
        key=None if by_certificate else _key(body, place),
        certificate=_certificate(body, place) if by_certificate else None,
        person=_text(body, "person", place) if "person" in body else "",
        log=log,
        valid_from=times.get("from"),
        valid_until=times.get("until"),
        revoked=times.get("revoked"),
    )


def _key(body: Mapping[str, Any], where: str) -> PublicKey:
    pem = body.get("key")
    if not isinstance(pem, str):
        raise _bad(where, "no key", "key: a PEM public key, or issuer and subject of certificates", repr(pem)[:60])
    return PublicKey.parse(pem.encode(), where=where)


def _certificate(body: Mapping[str, Any], where: str) -> CertificateRule:
    subjects = [field for field in ("subject", "subject_pattern") if field in body]
    if len(subjects) != 1:
        raise _bad(where, "whose certificates is not said", "one of subject and subject_pattern", ", ".join(subjects))
    issuer = _text(body, "issuer", where)
    if not issuer.startswith("https://"):
        raise _bad(f"{where}.issuer", "the issuer is no address", "https://…, compared whole", issuer[:80])
    return CertificateRule(
        issuer=issuer,
        subject=_text(body, subjects[0], where),
        pattern=subjects == ["subject_pattern"],
        claims=_claims(body.get("claims", {}), f"{where}.claims"),
    )


def _claims(value: object, where: str) -> dict[str, tuple[str, ...]]:
    body = _mapping(value, where, frozenset(CLAIMS))
    return {name: (v,) if isinstance(v, str) and v else _texts(body, name, where) for name, v in body.items()}


def _rule(value: object, identities: Mapping[str, Identity], where: str) -> Rule:
    body = _mapping(value, where, RULE_FIELDS)
    signers = _texts(body, "signers", where)
    unknown = sorted(set(signers) - set(identities))
    if unknown:
        raise _bad(where, f"nobody is named {unknown[0]!r}", ", ".join(sorted(identities)), unknown[0])
    threshold = body.get("threshold", 1)
    most = len({identities[name].anchor for name in signers})
    if not isinstance(threshold, int) or isinstance(threshold, bool) or not 1 <= threshold <= most:
        raise _bad(
            where, "the threshold cannot be met", f"1 to {most} (the number of different signers)", repr(threshold)
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
    if not isinstance(value, dict) or not all(_is_level(v) for v in value.values()):
        raise _bad(where, "builders is no mapping of builder id to level", "builder id: 0 to 3", repr(value)[:80])
    return tuple(sorted(value.items()))


def _public(value: object, where: str) -> dict[str, PublicBuilder]:
    if not isinstance(value, dict) or len(value) > MAX_IDENTITIES:
        raise _bad(where, "not builders by name", "name: {builder, level, source, artifacts}", repr(value)[:60])
    return {name: _public_builder(name, item, f"{where}.{name}") for name, item in value.items()}


def _public_builder(name: str, value: object, where: str) -> PublicBuilder:
    body = _mapping(value, where, BUILDER_FIELDS)
    if not _is_level(body.get("level")):
        raise _bad(where, "the level is missing or none", "level: 0 to 3", repr(body.get("level"))[:60])
    refs = {field: _text(body, field, where) for field in ("branch", "tag", "versioned_tag") if field in body}
    return PublicBuilder(
        name=name,
        builder=_text(body, "builder", where),
        level=body["level"],
        source=_text(body, "source", where),
        artifacts=_texts(body, "artifacts", where),
        **refs,
    )


def _root(value: object, where: str) -> RootChoice:
    if value == "embedded":
        return RootChoice()
    body = _mapping(value, where, frozenset({"file", "sha256"}))
    sha256 = _text(body, "sha256", where)
    if not re.fullmatch(r"[0-9a-f]{64}", sha256):
        raise _bad(where, "the digest that pins the root is none", "sha256: 64 lower-case hexadecimal digits", sha256)
    return RootChoice(file=_text(body, "file", where), sha256=sha256)


def _is_level(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 3


def _text(body: Mapping[str, Any], field: str, where: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise _bad(where, f"{field} is missing or no text", f"{field}: text", repr(value)[:80])
    return value


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

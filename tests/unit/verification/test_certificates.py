"""Whose certificates a trust file means: the pattern language, and every claim that can be demanded."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from supplychain.verification.certificates import CLAIMS, CertificateRule, fits, is_pattern
from supplychain.verification.sigstore.claims import Claims
from tests.simulator.keyless import ISSUER, REPOSITORY, SUBJECT

RELEASE = f"{REPOSITORY}/.github/workflows/release.yml"
SAID = Claims(
    identity=SUBJECT,
    identity_kind="uri",
    issuer=ISSUER,
    github_workflow_repository="example/shop",
    source_repository_uri=REPOSITORY,
    source_repository_ref="refs/tags/v1.2.3",
    github_workflow_ref="refs/tags/v1.2.3",
    runner_environment="github-hosted",
    build_trigger="push",
)


@pytest.mark.parametrize(
    ("pattern", "text", "fit"),
    [
        (f"{RELEASE}@refs/tags/v1", f"{RELEASE}@refs/tags/v1", True),
        (f"{RELEASE}@refs/tags/v1", f"{RELEASE}@refs/tags/v1.evil", False),
        (f"{RELEASE}@refs/tags/v1", f"x{RELEASE}@refs/tags/v1", False),
        (f"{RELEASE}@refs/tags/v#.#.#", f"{RELEASE}@refs/tags/v10.0.23", True),
        (f"{RELEASE}@refs/tags/v#.#.#", f"{RELEASE}@refs/tags/v1.2.3.evil", False),
        (f"{RELEASE}@refs/tags/v#.#.#", f"{RELEASE}@refs/tags/v1.2.", False),
        (f"{RELEASE}@refs/tags/v#.#.#", f"{RELEASE}@refs/tags/v1x2x3", False),
        (f"{RELEASE}@refs/heads/*", f"{RELEASE}@refs/heads/main", True),
        (f"{RELEASE}@refs/heads/*", f"{RELEASE}@refs/heads/main/evil", False),
        (f"{RELEASE}@refs/heads/**", f"{RELEASE}@refs/heads/main/evil", True),
        # A branch is named by whoever pushes it: a subject that ends like an honest one.
        (
            "https://github.com/example/*/.github/workflows/release.yml@refs/tags/v1",
            "https://github.com/example/evil/.github/workflows/x.yml@refs/heads/a/.github/workflows/release.yml@refs/tags/v1",
            False,
        ),
        ("https://github.com/example/*/x", "https://github.com/example/a/b/x", False),
        ("*@example.com", "ada@example.com", True),
        ("*@example.com", "ada@example.com.evil", False),
        ("*@example.com", "eve@evil/ada@example.com", False),
        ("v?", "v1", True),
        ("v?", "v/", False),
        ("v?", "v", False),
        ("#", "", False),
        ("#", "12", True),
        ("#", "١٢", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a|b", "a", False),
        ("**", "a\nb", True),
        ("v1", "v1\n", False),
    ],
)
def test_patterns_are_matched_whole(pattern: str, text: str, fit: bool) -> None:
    assert fits(pattern, text) is fit


def test_what_is_a_pattern() -> None:
    assert all(is_pattern(text) for text in ("v*", "v?", "v#"))
    assert not is_pattern(SUBJECT)


def rule(**more: object) -> CertificateRule:
    return CertificateRule(**{"issuer": ISSUER, "subject": SUBJECT, **more})


def test_issuer_and_subject_are_compared_whole() -> None:
    assert rule().refuses(SAID) == ""
    assert "vouched for by" in rule(issuer=f"{ISSUER}.evil").refuses(SAID)
    assert "vouched for by" in rule(issuer="https://*").refuses(SAID)
    assert "the subject is not" in rule(subject=SUBJECT[:-1]).refuses(SAID)
    assert "the subject is not" in rule(subject=f"{RELEASE}@refs/tags/*").refuses(SAID), "no pattern unless it says so"
    assert rule(subject=f"{RELEASE}@refs/tags/*", pattern=True).refuses(SAID) == ""


def test_claims_name_fields_that_are_there() -> None:
    known = {field.name for field in fields(Claims)}
    assert {name for new, old, _ in CLAIMS.values() for name in (new, old) if name} <= known
    left = known - {name for new, old, _ in CLAIMS.values() for name in (new, old)}
    assert left == {"identity", "identity_kind", "issuer"}


@pytest.mark.parametrize("name", sorted(CLAIMS))
def test_each_claim_can_be_demanded(name: str) -> None:
    new, _, _ = CLAIMS[name]
    wanted = rule(claims={name: ("right", "also-#")})
    bare = replace(SAID, **{field: "" for field in (new, CLAIMS[name][1]) if field})
    assert wanted.refuses(replace(bare, **{new: "right"})) == ""
    assert wanted.refuses(replace(bare, **{new: "also-7"})) == ""
    assert name in wanted.refuses(replace(bare, **{new: "right.evil"}))
    assert "not stated" in wanted.refuses(bare), "what the certificate does not say is not met"


def test_an_empty_claim_does_not_match_a_pattern_for_anything() -> None:
    assert "not stated" in rule(claims={"deployment_environment": ("**",)}).refuses(SAID)


def test_older_certificates_say_it_in_older_words() -> None:
    wanted = rule(claims={"repository": (REPOSITORY,), "ref": ("refs/tags/v#.#.#",)})
    old = replace(SAID, source_repository_uri="", source_repository_ref="")
    assert wanted.refuses(SAID) == wanted.refuses(old) == ""
    assert "repository" in wanted.refuses(replace(SAID, github_workflow_repository="example/other"))

"""attestations/trust: every example is a trust file, and says what its comments promise."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from supplychain.errors import VerificationFailed
from supplychain.pipeline.build import BUILDER
from supplychain.pipeline.sign import RELEASE_TYPE
from supplychain.statement.predicates.policy import SUBJECT
from supplychain.statement.predicates.registry import TYPES
from supplychain.verification.provenance.builders import CLOUD_BUILD, NPM_BUILDERS, WORKFLOW_BUILDERS
from supplychain.verification.trust import Trust
from supplychain.verification.trust_review import review

FOLDER = Path(__file__).resolve().parents[3] / "attestations" / "trust"
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))


def load(name: str) -> Trust:
    return Trust.parse((FOLDER / name).read_bytes(), where=name)


def signers_of(trust: Trust, kind: str, environment: str = "dev") -> set[str]:
    name = SUBJECT if kind == "policy" else "shop-1.0.whl"
    rules = [rule for rule in trust.rules if rule.covers(TYPES[kind], name)]
    return {name for rule in rules if {"*", environment} & set(rule.environments) for name in rule.signers}


def test_the_readme_lists_every_file() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    assert [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")] != []
    assert {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")} == set(FILES)


@pytest.mark.parametrize("name", FILES)
def test_example_is_a_trust_file_for_every_kind_of_claim(name: str) -> None:
    trust = load(name)
    for kind in TYPES:
        assert signers_of(trust, kind), kind
    assert max(rule.level_of(BUILDER) for rule in trust.rules) >= 1
    assert "*" not in {claim for rule in trust.rules for claim in rule.claims}


def test_no_key_stands_in_two_examples() -> None:
    keys = [i.key.keyid for name in FILES for i in load(name).identities.values() if i.key]
    assert len(keys) == len(set(keys))


def test_separate_identities_have_separate_jobs() -> None:
    trust = load("example.yaml")
    assert signers_of(trust, "provenance") == {"builder"}
    assert signers_of(trust, "vulns") == signers_of(trust, "scan") == {"scanner"}
    assert signers_of(trust, "vsa", "staging") == {"gate"}
    assert signers_of(trust, "vsa", "production") == {"release-gate"}
    assert not any(rule.covers(TYPES["provenance"], "other.whl") for rule in trust.rules)


def test_threshold_asks_for_two_of_three() -> None:
    rule = next(rule for rule in load("threshold.yaml").rules if RELEASE_TYPE in rule.claims)
    assert (rule.threshold, len(rule.signers)) == (2, 3)


@pytest.mark.parametrize(
    ("name", "day", "code"),
    [
        ("release-2026", "2025-12-31", "KEY_NOT_YET_VALID"),
        ("release-2026", "2026-12-31", ""),
        ("release-2026", "2027-01-01", "KEY_EXPIRED"),
        ("release-2027", "2026-12-31", ""),
        ("lost-laptop", "2026-06-14", ""),
        ("lost-laptop", "2026-06-15", "KEY_REVOKED"),
    ],
)
def test_rotation_overlaps_and_revocation_holds(name: str, day: str, code: str) -> None:
    identity, at = load("rotation.yaml").identities[name], datetime.fromisoformat(day).replace(tzinfo=UTC)
    if not code:
        identity.check_time(at)
        return
    with pytest.raises(VerificationFailed) as caught:
        identity.check_time(at)
    assert caught.value.code == code


def test_keyless_demands_what_a_stranger_cannot_have() -> None:
    trust = load("keyless.yaml")
    rule = trust.identities["release-workflow"].certificate
    assert rule is not None
    assert rule.claims["runner_environment"] == ("github-hosted",)
    assert signers_of(trust, "waiver") == {"ada"}


def test_public_builders_are_known_ones() -> None:
    trust = load("public-builders.yaml")
    assert set(trust.public) == {"slsa-generator", "github-attestation", "cloud-build", "npm"}
    assert trust.public["slsa-generator"].builder in WORKFLOW_BUILDERS
    assert trust.public["cloud-build"].builder == CLOUD_BUILD
    assert trust.public["npm"].builder in NPM_BUILDERS


EXPECTED_WARNINGS = {
    "example.yaml": set(),
    "single-maintainer.yaml": {"ONE_PERSON_DECIDES"},
    "rotation.yaml": {"ONE_PERSON_DECIDES", "IDENTITY_REVOKED"},
    "threshold.yaml": set(),
    "keyless.yaml": set(),
    "public-builders.yaml": {"ONE_PERSON_DECIDES"},
}


@pytest.mark.parametrize("name", FILES)
def test_what_trust_check_says_of_it(name: str) -> None:
    found = {remark.code for remark in review(load(name), at=datetime(2026, 10, 1, tzinfo=UTC))}
    assert found == EXPECTED_WARNINGS[name]

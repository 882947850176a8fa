"""Provenance by public builders in the store: what the trust file allows becomes evidence for the gate."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.errors import ExitCode, MalformedInput
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.trust import open_trust
from supplychain.policy.document import build_document
from supplychain.verification.dossier import Dossier
from supplychain.verification.trust import Trust
from tests.simulator.keyless import NOW, trust_also
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, World
from tests.unit.verification.provenance.made import (
    DELEGATOR,
    GENERIC,
    MAVEN,
    RELEASE,
    SHA,
    SHOP,
    attestation,
    changed,
    claims,
    delegated,
    generic,
    sign,
)  # fmt: skip

NAME = GENERIC.partition("@")[0]
ENTRY: dict[str, Any] = {
    "builder": NAME,
    "level": 3,
    "source": "github.com/example/shop",
    "tag": "v*",
    "artifacts": ["shop*"],
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The honest world, where nobody has stated provenance."""
    made = World(tmp_path / "world")
    made.forget("provenance")
    allow(made)
    return made


def allow(world: World, **changes: Any) -> None:
    entry = {name: value for name, value in {**ENTRY, **changes}.items() if value is not None}
    trust_also(world, public={"generator": entry})


def about(world: World, statement: dict[str, Any]) -> dict[str, Any]:
    """The sample statement, about the world's artifact."""
    done = copy.deepcopy(statement)
    done["subject"] = [{"name": world.artifact.name, "digest": {"sha256": world.artifact.digest.hex}}]
    return done


def dossier(world: World, value: object, **more: Any) -> Dossier:
    world.put_raw(value if isinstance(value, bytes) else json.dumps(value).encode(), name="public-1")
    return collect_dossier(world.artifact, world.store, open_trust(world.project / "trust.yaml"), at=AT, **more)


def proved(world: World, value: object) -> Any:
    (found,) = [s for s in dossier(world, value).statements if s.kind == "provenance"]
    return found


def refused(world: World, value: object) -> str:
    (found,) = dossier(world, value).rejected
    return found.code


def test_through_the_gate(world: World) -> None:
    assert "PROVENANCE_MISSING" in world.gate().codes
    world.put_raw(json.dumps(sign(about(world, generic()))).encode(), name="public-1")
    assert_told(world.gate(), ExitCode.OK)
    assert_told(world.verify("--predicate", "provenance"), ExitCode.OK)
    older = world.verify("--predicate", "https://slsa.dev/provenance/v1")
    assert_told(older, ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
    assert "level 3" in world.run("history", str(world.file)).stdout


def test_policy_sees_what_was_verified_and_nothing_else(world: World) -> None:
    statement = about(world, generic())
    statement["predicate"]["materials"].append({"uri": "git+https://evil.example", "digest": {"sha1": "9" * 40}})
    found = dossier(world, sign(statement))
    (entry,) = [
        s
        for s in build_document(found, environment="dev", previous=None, at=AT)["statements"]
        if s["kind"] == "provenance"
    ]
    assert (entry["builder_level"], entry["signers"], entry["time"]) == (3, ["generator"], "2026-03-01T12:00:00Z")
    (source,) = entry["predicate"]["buildDefinition"]["resolvedDependencies"]
    assert source == {"uri": f"git+{SHOP}@refs/tags/v1.2.3", "digest": {"gitCommit": SHA}}
    assert entry["predicate"]["runDetails"]["builder"]["id"] == GENERIC
    assert "evil" not in json.dumps(entry["predicate"])


@pytest.mark.parametrize(
    ("statement", "by", "entry", "level"),
    [
        (generic(), GENERIC, {}, 3),
        (generic(), GENERIC, {"level": 1}, 1),
        (generic(), GENERIC, {"builder": GENERIC}, 3),
        (delegated(), DELEGATOR, {"builder": MAVEN.partition("@")[0]}, 3),
        (attestation(), f"{RELEASE}@refs/tags/v1.2.3", {"builder": RELEASE}, 2),
        (attestation(), f"{RELEASE}@refs/tags/v1.2.3", {"builder": RELEASE, "level": 0}, 0),
    ],
)
def test_builders_and_levels(world: World, statement: Any, by: str, entry: dict[str, Any], level: int) -> None:
    """The lower one of what the file grants and what the builder publishes."""
    allow(world, **entry)
    found = proved(world, sign(about(world, statement), by=by))
    assert (found.builder_level, found.signed_at, found.public) == (level, NOW, True)


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({"source": "github.com/example/other"}, "SOURCE_MISMATCH"),
        ({"tag": "v1.2.4"}, "TAG_MISMATCH"),
        ({"tag": "v2*"}, "TAG_MISMATCH"),
        ({"tag": None, "versioned_tag": "v2"}, "VERSIONED_TAG_MISMATCH"),
        ({"tag": None, "branch": "stable"}, "BRANCH_MISMATCH"),
        ({"tag": None, "branch": "rel*"}, "BRANCH_MISMATCH"),
        ({"builder": RELEASE}, "UNTRUSTED_REUSABLE_WORKFLOW"),
        ({"builder": f"{NAME}@v9.0.0"}, "UNTRUSTED_REUSABLE_WORKFLOW"),
        ({"artifacts": ["bank-*"]}, "NOT_ALLOWED"),
    ],
)
def test_every_expectation_is_held(world: World, entry: dict[str, Any], code: str) -> None:
    allow(world, **entry)
    assert refused(world, sign(about(world, generic()))) == code


@pytest.mark.parametrize(
    "entry", [{"tag": None}, {"tag": "v1.2.3"}, {"tag": None, "versioned_tag": "v1"}, {"branch": "main"}]
)
def test_expectations_that_are_met(world: World, entry: dict[str, Any]) -> None:
    allow(world, **entry)
    assert proved(world, sign(about(world, generic()))).builder_level == 3


def test_other_wrappings(world: World) -> None:
    good = sign(about(world, generic()))
    lines = json.dumps(good).encode() + b"\n" + json.dumps(good).encode()
    for value in (good, {"attestations": [{"bundle": good}]}, lines):
        assert proved(world, value).signers == ("generator",)


def test_no_entry_no_evidence(world: World) -> None:
    trust_also(world)
    assert refused(world, sign(about(world, generic()))) == "UNKNOWN_SIGNER"


def test_another_artifact_and_forged_bytes(world: World) -> None:
    assert refused(world, sign(generic())) == "WRONG_ARTIFACT"
    bad = changed(
        sign(about(world, generic())),
        "dsseEnvelope.payload",
        sign(about(world, generic("refs/heads/x")))["dsseEnvelope"]["payload"],
    )
    assert refused(world, bad) == "SIGNATURE_MISMATCH"


def test_a_self_hosted_runner_is_worth_less(world: World) -> None:
    allow(world, builder=RELEASE)
    statement = about(world, attestation())
    statement["predicate"]["buildDefinition"]["internalParameters"]["github"]["runner_environment"] = "self-hosted"
    value = sign(statement, by=f"{RELEASE}@refs/tags/v1.2.3", said=claims(c11="self-hosted"))
    assert proved(world, value).builder_level == 1


def test_a_forged_copy_beside_it_hides_nothing(world: World) -> None:
    good = sign(about(world, generic()))
    bad = changed(good, "dsseEnvelope.signatures.0.sig", "AAAA")
    world.put_raw(json.dumps(bad).encode(), name="public-0")
    assert proved(world, good).signers == ("generator",)


def test_the_nearest_reason_is_told(world: World) -> None:
    """Of several entries, not that of one that is about another builder."""
    trust_also(world, public={"a": {**ENTRY, "builder": RELEASE}, "b": {**ENTRY, "source": "github.com/example/other"}})
    assert refused(world, sign(about(world, generic()))) == "SOURCE_MISMATCH"


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "level": 4},
        {**ENTRY, "level": True},
        {**ENTRY, "level": None},
        {**ENTRY, "source": ""},
        {**ENTRY, "artifacts": []},
        {**ENTRY, "tag": 1},
        {**ENTRY, "public": True},
        {name: value for name, value in ENTRY.items() if name != "source"},
        {name: value for name, value in ENTRY.items() if name != "level"},
        None,
    ],
)
def test_every_field_is_checked(entry: object) -> None:
    body = {"version": 1, "public_builders": {"generator": entry}}
    with pytest.raises(MalformedInput) as caught:
        Trust.parse(yaml.safe_dump(body).encode(), where="trust.yaml")
    assert caught.value.code == "BAD_TRUST"


def test_a_file_of_public_builders_alone(world: World) -> None:
    trust = Trust.parse(yaml.safe_dump({"version": 1, "public_builders": {"generator": ENTRY}}).encode(), where="x")
    assert (dict(trust.identities), trust.rules) == ({}, ())
    assert trust.knows_certificates


def test_a_name_is_taken_once(world: World) -> None:
    allow(world)
    body = yaml.safe_load((world.project / "trust.yaml").read_text())
    body["public_builders"] = {"release": ENTRY}
    with pytest.raises(MalformedInput, match="identity"):
        Trust.parse(yaml.safe_dump(body).encode(), where="x")


def test_digests_by_other_algorithms(world: World) -> None:
    """npm's evidence knows SHA-512 only; the gate knows it of a file."""
    statement = about(world, generic())
    statement["subject"][0]["digest"] = {"sha512": hashlib.sha512(world.file.read_bytes()).hexdigest()}
    world.put_raw(json.dumps(sign(statement)).encode(), name="public-1")
    assert_told(world.gate(), ExitCode.OK)
    assert "PROVENANCE_MISSING" in world.gate(artifact=str(world.artifact.digest)).codes
    told = [entry["told"] for entry in world.run("history", world.file, "--format", "json").json["history"]]
    assert any("level 3" in text for text in told), told
    assert not any("public-1" in text for text in told), told
    level = world.run("report", world.file, "--format", "json")
    assert level.json["levels"][0]["level"] == 3, level.stdout


def test_digests_by_other_algorithms_at_the_door(world: World) -> None:
    """What verifies is not told as evidence that does not."""
    statement = about(world, generic())
    statement["subject"][0]["digest"] = {"sha512": hashlib.sha512(world.file.read_bytes()).hexdigest()}
    world.put_raw(json.dumps(sign(statement)).encode())
    refused = world.admit("production").json["decisions"][0]["violations"]
    assert [(v["code"], "did not verify" in v["message"]) for v in refused] == [("SUMMARY_MISSING", False)]
    other = world.admit("production", artifact=str(world.artifact.digest)).json["decisions"][0]["violations"]
    assert "WRONG_ARTIFACT" in other[0]["message"]


@pytest.mark.shared
@pytest.mark.parametrize(
    ("prov", "artifact", "builder", "source"),
    [
        (
            "gha_generic/v2.1.0/binary-linux-amd64-workflow_dispatch.intoto.jsonl",
            "gha_generic/v2.1.0/binary-linux-amd64-workflow_dispatch",
            NAME,
            "github.com/slsa-framework/example-package",
        )
    ],
)
def test_real_provenance(shared: Path, tmp_path: Path, prov: str, artifact: str, builder: str, source: str) -> None:
    """By the embedded root, as it lies in the store of somebody who uses the package."""
    table = json.loads((shared / "provenance" / "artifact_digests.json").read_text())
    world = World(tmp_path / "world")
    entry = {"builder": builder, "level": 3, "source": source, "artifacts": ["*"]}
    trust_also(world, public={"generator": entry})
    path = world.project / "trust.yaml"
    body = yaml.safe_load(path.read_text())
    del body["trusted_root"]
    path.write_text(yaml.safe_dump(body))
    stated = table[artifact]
    digest = stated if isinstance(stated, str) else stated["sha256"]
    digest = digest if digest.startswith("sha256:") else f"sha256:{digest}"
    evidence = shared / "provenance" / "files" / prov
    done = world.verify("--bundle", evidence, "--trust", "trust.yaml", artifact=digest)
    assert_told(done, ExitCode.OK)
    assert "level 3" in done.stdout


def test_evidence_by_a_key_never_asks_the_public_builders(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("a public builder was asked about a key's signature")

    monkeypatch.setattr("supplychain.verification.dossier.verify_public", asked)
    value = json.loads(world.signers["attacker"].sign(world.honest(at=NOW)["vulns"]).to_bundle())
    assert refused(world, value) == "UNKNOWN_SIGNER"

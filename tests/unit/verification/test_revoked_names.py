"""Certificates of one workflow, or one key, under two names of the trust file: revoked under one is revoked under both."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from supplychain.encoding import format_time
from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, sign, trust_also
from tests.simulator.runner import Outcome, assert_told
from tests.simulator.world import World

WORKFLOW = {"issuer": ISSUER, "subject": SUBJECT}
REVOKED = {"revoked": format_time(NOW)}


def verified(tmp_path: Path, *identities: dict[str, Any]) -> Outcome:
    world = World(tmp_path / "world")
    world.rules = []
    named = {f"name{number}": one for number, one in enumerate(identities)}
    trust_also(world, identities=named, rules=[{"claims": ["*"], "signers": list(named), "artifacts": ["*"]}])
    path = world.folder / "evidence.json"
    path.write_bytes(sign(evidence.sast([world.artifact], at=NOW)))
    return world.verify_file(path)


@pytest.mark.parametrize("first", [0, 1])
def test_the_same_certificates(tmp_path: Path, first: int) -> None:
    both = [WORKFLOW, WORKFLOW | REVOKED]
    assert_told(verified(tmp_path, both[first], both[1 - first]), ExitCode.VERIFICATION_FAILED, "KEY_REVOKED")


def test_other_demands_are_another_identity(tmp_path: Path) -> None:
    """How an identity is replaced: the old one ends, and the new one asks for more."""
    stricter = WORKFLOW | {"claims": {"runner_environment": "github-hosted"}}
    assert_told(verified(tmp_path / "a", WORKFLOW | REVOKED, stricter), ExitCode.OK)
    assert_told(verified(tmp_path / "b", WORKFLOW, stricter | REVOKED), ExitCode.OK)


def test_ended_is_not_revoked(tmp_path: Path) -> None:
    assert_told(verified(tmp_path, WORKFLOW | {"until": format_time(NOW)}, WORKFLOW), ExitCode.OK)


@pytest.mark.parametrize("revoked", [0, 1])
def test_the_same_certificates_where_one_name_needs_no_log(tmp_path: Path, revoked: int) -> None:
    """The one that needs a log entry cannot have signed this; its certificates are revoked all the same."""
    world = World(tmp_path / "world")
    names: list[dict[str, Any]] = [WORKFLOW, WORKFLOW | {"log": False}]
    for times, code in ({}, ""), (REVOKED, "KEY_REVOKED"):
        names[revoked] = names[revoked] | times
        rule = {"claims": ["*"], "signers": ["a", "b"], "artifacts": ["*"]}
        trust_also(world, identities=dict(zip("ab", names, strict=True)), rules=[rule])
        body = json.loads(sign(evidence.sast([world.artifact], at=NOW), stamp_at=NOW))
        body["verificationMaterial"]["tlogEntries"] = []
        path = world.folder / "evidence.json"
        path.write_text(json.dumps(body))
        assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED if code else ExitCode.OK, code)


@pytest.mark.parametrize("revoked", [0, 1])
def test_the_same_key_where_one_name_needs_no_log(tmp_path: Path, revoked: int) -> None:
    world = World(tmp_path / "world")
    key = {"key": world.signers["scanner"].public_key.pem}
    names: list[dict[str, Any]] = [key | {"log": True}, key]
    data = world.signers["scanner"].sign(world.honest()["vulns"])
    for times, code in ({}, ""), (REVOKED, "KEY_REVOKED"):
        names[revoked] = names[revoked] | times
        trust_also(world, identities={"again": names[0], "scanner": names[1]})
        for number, form in enumerate((data.to_bundle(), json.dumps(data.to_json()).encode())):
            path = world.folder / f"{number}.json"
            path.write_bytes(form)
            assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED if code else ExitCode.OK, code)


def test_a_name_that_needs_a_log_has_not_signed_without_one(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    rule = {"claims": ["*"], "signers": ["strict"], "artifacts": ["*"]}
    identities = {"strict": WORKFLOW, "other-name": WORKFLOW | {"log": False}}
    trust_also(world, identities=identities, rules=[rule])
    body = json.loads(sign(evidence.sast([world.artifact], at=NOW), stamp_at=NOW))
    path = world.folder / "evidence.json"
    path.write_text(json.dumps(body))
    assert_told(world.verify_file(path), ExitCode.OK)
    body["verificationMaterial"]["tlogEntries"] = []
    path.write_text(json.dumps(body))
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_ALLOWED")


def test_an_expired_key_that_needs_a_log_is_told_of_the_log(tmp_path: Path) -> None:
    world = World(tmp_path / "world")
    key = {"key": world.signers["scanner"].public_key.pem, "log": True, "until": format_time(NOW)}
    trust_also(world, identities={"scanner": key})
    path = world.folder / "evidence.json"
    path.write_bytes(world.signers["scanner"].sign(world.honest()["vulns"]).to_bundle())
    assert_told(world.verify_file(path), ExitCode.VERIFICATION_FAILED, "NOT_IN_LOG")

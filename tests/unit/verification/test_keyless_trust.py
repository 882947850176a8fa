"""What certificates signed, believed by a trust file: through `verify`, `verify()` and the gate."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.encoding import canonical_json, format_time
from supplychain.errors import ExitCode, MalformedInput, UsageError, VerificationFailed
from supplychain.pipeline.trust import open_trust
from supplychain.signing.envelope import Envelope
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import verify
from tests.simulator import evidence
from tests.simulator.keyless import ISSUER, NOW, REPOSITORY, SUBJECT, root_bytes, said, sign, stamp, trust_also
from tests.simulator.runner import assert_told
from tests.simulator.world import AT, HOUR, World

WORKFLOW = {
    "issuer": ISSUER,
    "subject": SUBJECT,
    "claims": {"repository": REPOSITORY, "runner_environment": "github-*"},
}
RULE = {"claims": ["provenance"], "signers": ["ci"], "artifacts": ["shop-*"], "builders": {SUBJECT: 3}}
SECOND = timedelta(seconds=1)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """The honest world, whose provenance is signed by a workflow's certificate."""
    made = World(tmp_path / "world")
    made.forget("provenance")
    trust_also(made, identities={"ci": WORKFLOW}, rules=[RULE])
    return made


def built(world: World, **more: Any) -> bytes:
    return sign(evidence.provenance([world.artifact], at=NOW, builder=SUBJECT), **more)


def refused(world: World, data: bytes, **more: Any) -> str:
    with pytest.raises((VerificationFailed, MalformedInput)) as caught:
        accept(world, data, **more)
    return caught.value.code


def accept(world: World, data: bytes, **more: Any) -> Any:
    trust = open_trust(world.project / "trust.yaml")
    return verify([("x", Envelope.parse(data, where="x"))], trust, artifact=world.artifact.digest, at=AT, **more)


def identity(world: World, **changes: Any) -> None:
    trust_also(world, identities={"ci": {**WORKFLOW, **changes}}, rules=[RULE])


@pytest.mark.parametrize(
    "options", [{}, {"media": "0.1"}, {"media": "0.2"}, {"kind": "hashedrekord", "version": "0.0.2"}]
)
def test_a_keyless_bundle_of_each_version(world: World, options: dict[str, Any]) -> None:
    found = accept(world, built(world, **options))
    assert (found.signers, found.builder_level, found.signed_at) == (("ci",), 3, NOW)


def test_from_the_store_through_the_gate(world: World) -> None:
    assert "PROVENANCE_MISSING" in world.gate().codes
    world.put_raw(built(world))
    outcome = world.gate()
    assert_told(outcome, ExitCode.OK)
    told = world.verify("--predicate", "provenance", "--format", "json").json
    assert [(one["signers"], one["builder_level"]) for one in told["verified"]] == [(["ci"], 3)]


def test_a_file_by_trust(world: World) -> None:
    path = world.project / "built.json"
    path.write_bytes(built(world))
    assert_told(world.verify_file(path, "--trust", "trust.yaml"), ExitCode.OK)
    (world.project / "other.json").write_bytes(root_bytes(certificateAuthorities={"start": "2026-06-01T00:00:00Z"}))
    other = world.verify_file(path, "--trust", "trust.yaml", "--trusted-root", "other.json")
    assert_told(other, ExitCode.VERIFICATION_FAILED, "CERTIFICATE_UNTRUSTED")


def test_it_must_be_the_identity_and_every_claim(world: World) -> None:
    good = built(world)
    for changes in (
        {"subject": f"{SUBJECT}x"},
        {"issuer": "https://gitlab.com"},
        {"claims": {"runner_environment": "self-hosted"}},
        {"claims": {"repository": ["https://github.com/example/other", "https://github.com/exampl?/other"]}},
        {"claims": {"deployment_environment": "**"}},
    ):
        identity(world, **changes)
        assert refused(world, good) == "UNKNOWN_SIGNER", changes
    identity(
        world,
        claims={
            "repository_id": "1001",
            "repository_owner_id": "2002",
            "trigger": ["push", "release"],
            "sha": "1" * 40,
        },
    )
    accept(world, good)


def test_a_pattern_is_anchored(world: World) -> None:
    pattern = {name: value for name, value in WORKFLOW.items() if name != "subject"}
    wide = {**RULE, "builders": {"*": 3}}
    for text, by, good in (
        ("v1", "v1.evil", False),
        ("v#.#.#", "v1.2.3", True),
        ("v#.#.#", "v1.2.3-evil", False),
        ("v*", "v1/evil", False),
    ):
        subject, ref = f"{SUBJECT.partition('@')[0]}@refs/tags/{by}", f"refs/tags/{by}"
        data = sign(evidence.provenance([world.artifact], at=NOW, builder=subject), by=subject, claims=said(ref))
        entry = {**pattern, "subject_pattern": f"{SUBJECT.partition('@')[0]}@refs/tags/{text}"}
        trust_also(world, identities={"ci": entry}, rules=[wide])
        if good:
            assert accept(world, data).signers == ("ci",)
        else:
            assert refused(world, data) == "UNKNOWN_SIGNER"


def test_the_same_fields_for_gitlab(world: World) -> None:
    issuer, project = "https://gitlab.com", "https://gitlab.com/example/shop"
    by = f"{project}//.gitlab-ci.yml@refs/heads/main"
    claims = {1: issuer, 8: issuer, 11: "gitlab-hosted", 12: project, 14: "refs/heads/main", 18: by, 20: "push"}
    entry = {"issuer": issuer, "subject": by, "claims": {"repository": project, "runner_environment": "gitlab-hosted"}}
    trust_also(world, identities={"ci": entry}, rules=[{**RULE, "builders": {by: 2}}])
    data = sign(evidence.provenance([world.artifact], at=NOW, builder=by), by=by, claims=claims)
    assert accept(world, data).builder_level == 2
    assert refused(world, built(world)) == "UNKNOWN_SIGNER"


def test_a_workflow_cannot_name_another_builder(world: World) -> None:
    """The level is granted to a builder's name, which stands in the payload: it must be the certificate's."""
    trusted = "https://github.com/example/builders/.github/workflows/isolated.yml@refs/tags/v1"
    identity(world)
    world.rules[0] |= {"builders": {"*": 3}}
    trust_also(world, identities={"ci": WORKFLOW}, rules=[{**RULE, "builders": {"*": 3}}])
    data = sign(evidence.provenance([world.artifact], at=NOW, builder=trusted))
    assert refused(world, data) == "BUILDER_MISMATCH"
    without = sign(evidence.provenance([world.artifact], at=NOW, builder=SUBJECT.partition("@")[0]))
    assert accept(world, without).builder_level == 3


@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"revoked": NOW + SECOND}, None),
        ({"revoked": NOW}, "KEY_REVOKED"),
        ({"revoked": NOW - SECOND}, "KEY_REVOKED"),
        ({"until": NOW + SECOND}, None),
        ({"until": NOW}, "KEY_EXPIRED"),
        ({"from": NOW}, None),
        ({"from": NOW + SECOND}, "KEY_NOT_YET_VALID"),
    ],
)
def test_periods_are_held_against_the_trusted_time(world: World, times: dict[str, Any], code: str | None) -> None:
    identity(world, **{field: format_time(at) for field, at in times.items()})
    if code is None:
        accept(world, built(world))
    else:
        assert refused(world, built(world)) == code


def test_a_log_entry_is_needed_unless_the_identity_says_otherwise(world: World) -> None:
    value = json.loads(built(world, kind="hashedrekord", version="0.0.2"))
    value["verificationMaterial"]["tlogEntries"] = []
    bare = json.dumps(value).encode()
    assert refused(world, bare) == "NOT_IN_LOG"
    identity(world, log=False)
    assert accept(world, bare).signed_at == NOW
    del value["verificationMaterial"]["timestampVerificationData"]
    assert refused(world, json.dumps(value).encode()) == "NO_TRUSTED_TIME"


def test_a_threshold_of_people_not_of_certificates(world: World) -> None:
    """One workflow at two references is one signer, and one certificate under two names too."""
    statement = evidence.provenance([world.artifact], at=NOW, builder="urn:example:builder")
    first, second = (f"{SUBJECT.partition('@')[0]}@refs/heads/{name}" for name in ("a", "b"))
    pattern = {"issuer": ISSUER, "subject_pattern": f"{SUBJECT.partition('@')[0]}@refs/heads/*"}
    people = {
        "ci": pattern,
        "again": {"issuer": ISSUER, "subject": first},
        "ada": {"issuer": ISSUER, "subject": "https://ada.example"},
    }
    rule = {**RULE, "signers": ["ci", "again", "ada"], "threshold": 2}
    world.rules = [r for r in world.rules if r["claims"] != ["provenance"]]
    trust_also(world, identities=people, rules=[rule])
    trust = open_trust(world.project / "trust.yaml")

    def signed(*subjects: str) -> Any:
        parts = [(by, Envelope.parse(sign(statement, by=by, claims=said()), where=by)) for by in subjects]
        return verify(parts, trust, artifact=world.artifact.digest, at=AT)

    for subjects in ((first,), (first, second), (first, first)):
        with pytest.raises(VerificationFailed) as caught:
            signed(*subjects)
        assert caught.value.code == "THRESHOLD"
    assert signed(first, second, "https://ada.example").signers == ("ada", "again", "ci")


def test_the_trusted_root_is_pinned(world: World) -> None:
    path = world.project / "root.json"
    changed = path.read_bytes() + b" "
    path.write_bytes(changed)
    with pytest.raises(VerificationFailed) as caught:
        open_trust(world.project / "trust.yaml")
    assert caught.value.code == "TRUSTED_ROOT_CHANGED"
    assert hashlib.sha256(changed).hexdigest() in caught.value.found
    assert_told(world.gate(), ExitCode.VERIFICATION_FAILED, "TRUSTED_ROOT_CHANGED")
    path.unlink()
    with pytest.raises(UsageError):
        open_trust(world.project / "trust.yaml")


def test_a_root_that_nobody_read_is_no_root(world: World) -> None:
    trust = Trust.parse((world.project / "trust.yaml").read_bytes(), where="trust.yaml")
    with pytest.raises(UsageError) as caught:
        trust.root.load()
    assert caught.value.code == "TRUSTED_ROOT_MISSING"


@pytest.mark.parametrize(
    "value", ["staging", "root.json", {"file": "root.json"}, {"sha256": "0" * 64}, {"file": "x", "sha256": "0"}, None]
)
def test_a_root_that_is_not_named_well(world: World, value: object) -> None:
    body = yaml.safe_load((world.project / "trust.yaml").read_text()) | {"trusted_root": value}
    with pytest.raises(MalformedInput) as caught:
        Trust.parse(yaml.safe_dump(body).encode(), where="trust.yaml")
    assert caught.value.code == "BAD_TRUST"


@pytest.mark.parametrize(
    "entry",
    [
        {"issuer": ISSUER},
        {"subject": SUBJECT},
        {"issuer": ISSUER, "subject": SUBJECT, "subject_pattern": "*"},
        {"issuer": "token.actions.githubusercontent.com", "subject": SUBJECT},
        {**WORKFLOW, "key": "x"},
        {**WORKFLOW, "claims": {"repositori": "x"}},
        {**WORKFLOW, "claims": {"repository": []}},
        {**WORKFLOW, "claims": {"repository": ""}},
        {**WORKFLOW, "claims": {"repository": 5}},
        {**WORKFLOW, "claims": []},
        {**WORKFLOW, "log": "no"},
    ],
)
def test_a_certificate_identity_is_checked(world: World, entry: dict[str, Any]) -> None:
    trust_also(world, identities={"ci": entry}, rules=[RULE])
    with pytest.raises(MalformedInput) as caught:
        open_trust(world.project / "trust.yaml")
    assert caught.value.code == "BAD_TRUST"


# Keys, with witnesses


@pytest.mark.parametrize("options", [{}, {"kind": "hashedrekord", "version": "0.0.2"}], ids=["log", "timestamp"])
@pytest.mark.parametrize(
    ("offset", "code"),
    [(-SECOND, "KEY_REVOKED"), (timedelta(), "KEY_REVOKED"), (SECOND, None)],
    ids=["revoked before", "revoked then", "revoked after"],
)
def test_a_revoked_key_and_trusted_time(
    world: World, options: dict[str, Any], offset: timedelta, code: str | None
) -> None:
    """What it signed before its revocation, by a trusted time, stays good; the second of the revocation does not."""
    world.times["scanner"] = {"revoked": NOW + offset}
    trust_also(world)
    data = stamp(world.honest()["vulns"], "scanner", **options)
    if code is None:
        assert accept(world, data).signed_at == NOW
    else:
        assert refused(world, data) == code


def test_a_revoked_key_without_trusted_time_is_refused_whatever_it_says(world: World) -> None:
    world.times["scanner"] = {"revoked": NOW + SECOND}
    trust_also(world)
    old = evidence.dependencies([world.artifact], at=NOW - 100 * HOUR)
    with pytest.raises(VerificationFailed) as caught:
        accept(world, world.signers["scanner"].sign(old).to_bundle())
    assert caught.value.code == "KEY_REVOKED"
    assert "no trusted time" in caught.value.found


def test_a_time_by_nobody_we_trust_is_none(world: World) -> None:
    world.times["scanner"] = {"revoked": NOW + SECOND}
    trust_also(world)
    data = stamp(world.honest()["vulns"], "scanner")
    accept(world, data)
    body = yaml.safe_load((world.project / "trust.yaml").read_text())
    del body["trusted_root"]
    (world.project / "trust.yaml").write_text(yaml.safe_dump(body))
    with pytest.raises(VerificationFailed) as caught:
        accept(world, data)
    assert caught.value.code == "KEY_REVOKED"
    assert "UNKNOWN_LOG" in caught.value.found


def test_an_expired_key_and_trusted_time(world: World) -> None:
    data = stamp(world.honest()["vulns"], "scanner")
    for until, code in ((NOW + SECOND, None), (NOW, "KEY_EXPIRED")):
        world.times["scanner"] = {"until": until}
        trust_also(world)
        if code is None:
            accept(world, data)
        else:
            assert refused(world, data) == code


def test_a_key_may_have_to_be_in_the_log(world: World) -> None:
    key = {"key": world.signers["scanner"].public_key.pem, "log": True}
    trust_also(world, identities={"scanner": key})
    statement = world.honest()["vulns"]
    bundle = world.signers["scanner"].sign(statement).to_bundle()
    assert refused(world, bundle) == "NOT_IN_LOG"
    bare = json.dumps(world.signers["scanner"].sign(statement).to_json()).encode()
    assert refused(world, bare) == "NOT_IN_LOG"
    assert accept(world, stamp(statement, "scanner")).signed_at == NOW
    other = json.loads(stamp(evidence.dependencies([world.artifact], at=NOW), "scanner"))
    mixed = json.loads(bundle)
    mixed["verificationMaterial"]["tlogEntries"] = other["verificationMaterial"]["tlogEntries"]
    assert refused(world, json.dumps(mixed).encode()) == "LOG_ENTRY_MISMATCH"


def test_a_key_revoked_under_one_name_is_revoked_under_all(world: World) -> None:
    pem = world.signers["scanner"].public_key.pem
    again = {"key": pem, "revoked": format_time(NOW)}
    trust_also(world, identities={"zz-again": again})
    data = world.signers["scanner"].sign(world.honest()["vulns"]).to_bundle()
    assert refused(world, data) == "KEY_REVOKED"


def by_bundle(world: World) -> list[object]:
    return ["--bundle", world.put(world.honest()["vulns"], by="scanner")]


def by_bare_envelope(world: World) -> list[object]:
    path = world.folder / "bare.json"
    path.write_bytes(canonical_json(world.signers["scanner"].sign(world.honest()["vulns"]).to_json()))
    return ["--bundle", path]


def by_several_kinds(world: World) -> list[object]:
    files = [world.put(world.honest()["vulns"], by="scanner"), world.put(world.honest()["provenance"])]
    return ["--bundle", files[0], "--bundle", files[1], "--source-uri", "git+https://git.example/shop"]


def by_store(world: World) -> list[object]:
    return []


def by_summary(world: World) -> list[object]:
    return ["--env", "dev", "--predicate", "vsa"]


def by_key(world: World) -> list[object]:
    path = world.folder / "scanner.pub"
    path.write_text(world.signers["scanner"].public_key.pem)
    return ["--key", path, *by_bundle(world)]


def over_the_file(world: World) -> list[object]:
    path = world.folder / "file.sigstore.json"
    path.write_bytes(world.signers["scanner"].sign_blob(world.file.read_bytes()).to_bundle())
    return [*by_key(world)[:2], "--bundle", path]


def over_the_file_as_cosign_did(world: World) -> list[object]:
    path = world.folder / "cosign.json"
    made = world.signers["scanner"].sign_blob(world.file.read_bytes())
    path.write_bytes(canonical_json({"base64Signature": base64.b64encode(made.signature).decode()}))
    return [*by_key(world)[:2], "--bundle", path]


KEYED = [
    by_bundle,
    by_bare_envelope,
    by_several_kinds,
    by_store,
    by_summary,
    by_key,
    over_the_file,
    over_the_file_as_cosign_did,
]


@pytest.mark.parametrize("words", KEYED, ids=lambda words: words.__name__)
@pytest.mark.parametrize("named", [True, False], ids=["named trust", "the project's trust"])
def test_keyed_evidence_imports_nothing_of_sigstore(
    world: World, words: Callable[[World], list[object]], named: bool
) -> None:
    """From the shell, with a trust file that also knows certificates and public builders."""
    public = {
        "gen": {
            "builder": "https://github.com/x/y/.github/workflows/z.yml",
            "level": 3,
            "source": "github.com/x/y",
            "artifacts": ["*"],
        }
    }
    trust_also(world, identities={"ci": WORKFLOW}, rules=[RULE], public=public)
    asked = [str(word) for word in words(world)]
    asked += ["--at", format_time(AT)]
    asked += ["--trust", "trust.yaml"] if named and "--key" not in asked else []
    script = (
        "import sys; from supplychain.cli.main import main\n"
        f"sys.argv = ['supplychain', 'verify', {str(world.file)!r}, *{asked!r}]\n"
        "try:\n    main()\nexcept SystemExit as leaving:\n    assert not leaving.code, leaving.code\n"
        "heavy = ('sigstore', 'in_toto', 'cryptography.x509', 'supplychain.verification.sigstore', 'httpx', 'regorus',"
        " 'supplychain.verification.keyless', 'supplychain.verification.public_claims', 'msgspec')\n"
        "print([m for m in sys.modules if m in heavy or m.startswith(tuple(h + '.' for h in heavy))])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=world.project, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_an_old_name_of_a_key_does_not_spoil_the_new_one(world: World) -> None:
    pem = world.signers["scanner"].public_key.pem
    trust_also(world, identities={"a-year-ago": {"key": pem, "until": format_time(NOW)}})
    found = accept(world, world.signers["scanner"].sign(world.honest()["vulns"]).to_bundle())
    assert found.signers == ("scanner",)


def test_without_words_the_projects_trust_file_is_asked(world: World) -> None:
    path = world.project / "built.json"
    path.write_bytes(built(world))
    assert_told(world.verify_file(path), ExitCode.OK)
    assert_told(world.verify_file(path, "--source-uri", REPOSITORY), ExitCode.VERIFICATION_FAILED, "UNKNOWN_LOG")
    world.write_trust()
    assert_told(world.verify_file(path), ExitCode.USAGE, "SOURCE_EXPECTED")

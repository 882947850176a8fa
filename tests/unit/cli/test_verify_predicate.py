"""`verify --predicate` tells about the kind that was asked for, and nothing else."""

from __future__ import annotations

from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.keyless import ISSUER, NOW, SUBJECT, root_bytes, sign
from tests.simulator.runner import assert_told
from tests.simulator.world import World


def test_only_the_kind_asked_for(tmp_path: Path) -> None:
    world = World(tmp_path)
    everything = world.run("verify", world.file, "--format", "json")
    provenance = world.run("verify", world.file, "--predicate", "provenance", "--format", "json")
    assert len(everything.json["verified"]) > 1
    assert [one["kind"] for one in provenance.json["verified"]] == ["provenance"]


def test_a_kind_that_is_not_there(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.forget("provenance")
    outcome = world.run("verify", world.file, "--predicate", "provenance")
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")


def test_a_file_that_holds_other_kinds_too(tmp_path: Path) -> None:
    """As `gh attestation download` writes it: a line for each attestation."""
    world = World(tmp_path)
    honest = world.honest(at=NOW)
    path, root = world.folder / "all.jsonl", world.folder / "root.json"
    path.write_bytes(sign(honest["provenance"]) + b"\n" + sign(honest["scan-sast"]) + b"\n")
    root.write_bytes(root_bytes())
    who = ("--certificate-identity", SUBJECT, "--certificate-oidc-issuer", ISSUER, "--trusted-root", root)
    for kind in ("provenance", "scan", "https://slsa.dev/provenance/v1"):
        outcome = world.verify("--bundle", path, *who, "--predicate", kind, "--format", "json")
        assert_told(outcome, ExitCode.OK)
        assert [kind in (one["kind"], one["predicate_type"]) for one in outcome.json["verified"]] == [True]
    outcome = world.verify("--bundle", path, *who, "--predicate", "sbom")
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")
    other = world.folder / "other.json"
    other.write_bytes(sign(honest["scan-sast"]))
    outcome = world.verify("--bundle", path, "--bundle", other, *who, "--predicate", "provenance")
    assert_told(outcome, ExitCode.VERIFICATION_FAILED, "WRONG_PREDICATE")

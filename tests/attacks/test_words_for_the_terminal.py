"""Words for the terminal: evidence that nobody believes must not speak to the terminal, nor command the build service.

A line that begins with `::` is a command to GitHub Actions, wherever it is printed; an escape sequence is one to a terminal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from supplychain.errors import ExitCode
from tests.simulator import evidence
from tests.simulator.layouts import Chain
from tests.simulator.runner import Outcome
from tests.simulator.world import AT, World

WORDS = "x\n::error::pwned\n\x1b[2J\x1b]0;title\x07\r\u202e"


def assert_quiet(outcome: Outcome) -> None:
    for text in (outcome.stdout, outcome.stderr):
        assert "\n::" not in text
        assert not [character for character in text if character != "\n" and not character.isprintable()]


def test_honest_words(world: World) -> None:
    outcome = world.verify_file(world.lies("provenance"))
    assert outcome.exit_code == ExitCode.OK
    assert_quiet(outcome)


def test_in_a_key_id(world: World) -> None:
    path = world.put(world.honest()["provenance"], by="attacker")

    def change(envelope: dict[str, Any]) -> None:
        envelope["signatures"][0]["keyid"] = WORDS

    world.tamper_envelope(path, change)
    outcome = world.verify_file(path)
    assert outcome.error == "UNKNOWN_SIGNER"
    assert_quiet(outcome)


def test_in_a_field_name(world: World) -> None:
    path = world.put_raw(json.dumps({WORDS: 1}).encode())
    outcome = world.verify_file(path)
    assert outcome.error == "NOT_AN_ENVELOPE"
    assert_quiet(outcome)


def test_in_a_file_name(world: World) -> None:
    path = world.project / WORDS.replace("/", "")
    path.write_bytes(b"{}")
    outcome = world.verify_file(path)
    assert outcome.error == "NOT_AN_ENVELOPE"
    assert_quiet(outcome)


def test_in_the_name_of_an_artifact(world: World) -> None:
    path = world.project / WORDS
    path.write_bytes(b"evil")
    for words in (("gate", path, "--env", "dev"), ("admit", path, "--env", "dev"), ("history", path)):
        assert_quiet(world.run(*words, "--at", "2026-11-21T00:00:00Z"))


def test_in_the_name_of_a_link(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    (chain.links / f"{WORDS}.link").write_bytes(b"{}")
    outcome = chain.verify()
    assert outcome.exit_code == ExitCode.OK
    assert "LINK_MALFORMED" in outcome.stderr
    assert_quiet(outcome)


def test_in_a_note_about_a_log_entry(world: World) -> None:
    """A checkout may bring a folder of notes along."""
    folder = world.project / ".supplychain" / "pending"
    folder.mkdir(parents=True)
    bundle = json.loads(world.lies("sbom").read_bytes())
    target = {"file": f"{WORDS}.sigstore.json"}
    note = {"version": 1, "log": WORDS, "pem": "", "reason": WORDS, "bundle": bundle, "target": target}
    (folder / "one.json").write_text(json.dumps(note))
    for words in (("log", "list"), ("log", "flush")):
        outcome = world.run(*words)
        assert (outcome.stdout + outcome.stderr).count("pwned") >= 1
        assert_quiet(outcome)


def test_in_the_name_of_a_file_in_the_store(world: World) -> None:
    """Whoever may write to the store writes no line of `verify`, and commands nothing."""
    folder = world.store.folder(world.artifact.digest)
    (folder / f"{WORDS}.sigstore.json".replace("/", "")).write_bytes(b"{}")
    outcome = world.verify()
    assert outcome.exit_code == 0
    assert "refused   [NOT_AN_ENVELOPE]" in outcome.stderr
    assert_quiet(outcome)


def test_in_what_a_known_signer_states(world: World) -> None:
    path = world.put(evidence.provenance([world.artifact], at=AT, builder=WORDS))
    outcome = world.verify_file(path)
    assert outcome.exit_code == 0
    assert_quiet(outcome)

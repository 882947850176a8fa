"""Words for the terminal: evidence that nobody believes must not speak to the terminal, nor command the build service.

A line that begins with `::` is a command to GitHub Actions, wherever it is printed; an escape sequence is one to a terminal.
"""

from __future__ import annotations

import json
from typing import Any

from supplychain.errors import ExitCode
from tests.simulator.runner import Outcome
from tests.simulator.world import World

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

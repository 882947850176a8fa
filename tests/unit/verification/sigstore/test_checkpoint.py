"""Signed notes: what is read, and what is refused."""

from __future__ import annotations

import pytest

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.checkpoint import Checkpoint
from tests.conformance.forge import b64

GOOD = f"log.example\n5\n{b64(b'r' * 32)}\n\n\u2014 log.example {b64(b'hintsignature')}\n"


def test_reads_origin_size_root_and_signatures() -> None:
    checkpoint = Checkpoint.parse(GOOD)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root_hash) == ("log.example", 5, b"r" * 32)
    assert checkpoint.text == f"log.example\n5\n{b64(b'r' * 32)}\n".encode()
    assert checkpoint.signatures[0].key_hint == b"hint"
    assert checkpoint.signatures[0].signature == b"signature"


def test_further_lines_are_signed_too() -> None:
    note = GOOD.replace("\n\n", "\nTimestamp: 1\n\n")
    assert Checkpoint.parse(note).text.endswith(b"Timestamp: 1\n")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        GOOD.replace("\n\n", "\n"),
        GOOD.removesuffix("\n"),
        GOOD.replace("log.example\n5", "\n5"),
        GOOD.replace("\n5\n", "\n05\n"),
        GOOD.replace("\n5\n", "\n-5\n"),
        GOOD.replace("\n5\n", "\nfive\n"),
        GOOD.replace("\u2014", "-"),
        GOOD.replace(b64(b"hintsignature"), b64(b"hint")),
        GOOD.replace(b64(b"hintsignature"), "aGludHNpZ25hdHVyZB=="),
        GOOD.split("\u2014")[0],
        GOOD + "\n",
        GOOD + GOOD.split("\n\n")[1] * 200,
        "x" * 100_000,
    ],
)
def test_what_is_no_checkpoint_is_refused(note: str) -> None:
    with pytest.raises(VerificationFailed) as caught:
        Checkpoint.parse(note)
    assert caught.value.code == "CHECKPOINT_INVALID"

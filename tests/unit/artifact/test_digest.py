"""Digests: one spelling, trusted algorithms only."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from supplychain.artifact.digest import LENGTHS, Digest, parse_digest_set
from supplychain.errors import MalformedInput, UsageError

HEX = "a" * 64


@pytest.mark.parametrize("algorithm", LENGTHS)
def test_the_text_survives(algorithm: str) -> None:
    text = f"{algorithm}:{'0' * LENGTHS[algorithm]}"
    digest = Digest.parse(text)
    assert str(digest) == text
    assert digest.to_set() == {algorithm: "0" * LENGTHS[algorithm]}


@pytest.mark.parametrize(
    "text",
    [
        "", HEX, "sha256:", f"sha256:{HEX}0", f"sha256:{HEX[1:]}", f"sha256:{HEX.upper()}", f"sha256:{HEX[1:]}\n",
        f"sha1:{'a' * 40}", f"md5:{'a' * 32}", f"SHA256:{HEX}", f" sha256:{HEX}", f"sha512:{HEX}", f"sha256:{HEX[1:]}g",
        f"sha256:{HEX[2:]}\u0661\u0661", "sha256:../../etc/passwd", f"sha256:{'/' * 64}", f"sha256:{HEX}:",
    ],
)  # fmt: skip
def test_what_is_no_digest(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        Digest.parse(text, where="there")
    assert caught.value.code == "NOT_A_DIGEST"


def test_of_bytes_and_files(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"abc" * 1_000_000)
    assert Digest.of_file(path) == Digest.of_bytes(path.read_bytes())
    assert Digest.of_bytes(b"").hex == hashlib.sha256().hexdigest()
    for wrong in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError):
            Digest.of_file(wrong)


def test_a_set_keeps_only_what_can_be_trusted() -> None:
    found = parse_digest_set({"sha512": "b" * 128, "sha1": "c" * 40, "gitCommit": "d" * 40, "sha256": HEX}, where="")
    assert [digest.algorithm for digest in found] == ["sha256", "sha512"]
    assert parse_digest_set({"md5": "x"}, where="") == ()


@pytest.mark.parametrize("value", [None, [], "sha256:" + HEX, {"sha256": None}, {"sha256": "short"}, {"sha256": 5}])
def test_what_is_no_set(value: object) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_digest_set(value, where="there")
    assert caught.value.code == "NOT_A_DIGEST"

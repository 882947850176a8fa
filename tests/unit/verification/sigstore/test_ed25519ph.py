"""Ed25519ph against RFC 8032 section 7.3, and against what a forger would try."""

from __future__ import annotations

import hashlib

import pytest

from supplychain.verification.sigstore.ed25519ph import verify_ed25519ph

PUBLIC = bytes.fromhex("ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf")
SIGNATURE = bytes.fromhex(
    "98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae41"
    "31f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406"
)
DIGEST = hashlib.sha512(b"abc").digest()
ORDER = 2**252 + 27742317777372353535851937790883648493


def test_the_vector_of_the_rfc() -> None:
    assert verify_ed25519ph(PUBLIC, SIGNATURE, DIGEST)


@pytest.mark.parametrize("position", range(0, 64, 7))
def test_a_changed_byte_is_refused(position: int) -> None:
    changed = SIGNATURE[:position] + bytes([SIGNATURE[position] ^ 1]) + SIGNATURE[position + 1 :]
    assert not verify_ed25519ph(PUBLIC, changed, DIGEST)
    assert not verify_ed25519ph(PUBLIC, SIGNATURE, DIGEST[:position] + b"?" + DIGEST[position + 1 :])


def test_the_same_scalar_spelled_larger_is_refused() -> None:
    larger = int.from_bytes(SIGNATURE[32:], "little") + ORDER
    assert not verify_ed25519ph(PUBLIC, SIGNATURE[:32] + larger.to_bytes(32, "little"), DIGEST)


def test_wrong_lengths_and_points_off_the_curve_are_refused() -> None:
    assert not verify_ed25519ph(PUBLIC[:31], SIGNATURE, DIGEST)
    assert not verify_ed25519ph(PUBLIC, SIGNATURE + b"\0", DIGEST)
    assert not verify_ed25519ph(PUBLIC, SIGNATURE, DIGEST[:32])
    assert not verify_ed25519ph(b"\xff" * 32, SIGNATURE, DIGEST)
    assert not verify_ed25519ph((2).to_bytes(32, "little"), SIGNATURE, DIGEST)

"""Inclusion proofs: every leaf of every small tree, and the ways to break them."""

from __future__ import annotations

import hashlib

import pytest

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.merkle import leaf_hash, node_hash, verify_inclusion


def tree(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, written from its definition."""
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(tree(leaves[:split]), tree(leaves[split:]))


def path(index: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    split = 1 << (len(leaves) - 1).bit_length() - 1
    if index < split:
        return [*path(index, leaves[:split]), tree(leaves[split:])]
    return [*path(index - split, leaves[split:]), tree(leaves[:split])]


SIZES = range(1, 20)


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_small_tree_is_proven_at_its_own_place_only(size: int) -> None:
    leaves = [b"%d" % number for number in range(size)]
    root = tree(leaves)
    for index in range(size):
        proof = path(index, leaves)
        verify_inclusion(leaves[index], index=index, size=size, path=proof, root=root)
        for wrong in {*range(size)} - {index}:
            with pytest.raises(VerificationFailed):
                verify_inclusion(leaves[index], index=wrong, size=size, path=proof, root=root)


def test_known_answers_of_rfc_6962() -> None:
    # The leaf hash of the empty entry, and a tree of two, from the test data of certificate-transparency.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert (
        node_hash(leaf_hash(b""), leaf_hash(b"\0"))
        == hashlib.sha256(b"\1" + hashlib.sha256(b"\0").digest() + hashlib.sha256(b"\0\0").digest()).digest()
    )


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (9, 4), (0, 0)])
def test_a_place_outside_of_the_tree_is_refused(index: int, size: int) -> None:
    leaves = [b"a", b"b", b"c", b"d"]
    with pytest.raises(VerificationFailed) as caught:
        verify_inclusion(b"a", index=index, size=size, path=path(0, leaves), root=tree(leaves))
    assert caught.value.code == "LOG_PROOF_INVALID"


def test_a_path_too_long_too_short_or_of_short_hashes_is_refused() -> None:
    leaves = [b"a", b"b", b"c", b"d", b"e"]
    root, proof = tree(leaves), path(1, leaves)
    for wrong in (proof[:-1], [*proof, proof[0]], [], [proof[0][:31], *proof[1:]], list(reversed(proof))):
        with pytest.raises(VerificationFailed):
            verify_inclusion(b"b", index=1, size=5, path=wrong, root=root)


def test_an_inner_node_is_no_leaf() -> None:
    leaves = [b"a", b"b"]
    inner = b"\1" + leaf_hash(b"a") + leaf_hash(b"b")
    with pytest.raises(VerificationFailed):
        verify_inclusion(inner, index=0, size=1, path=[], root=tree(leaves))

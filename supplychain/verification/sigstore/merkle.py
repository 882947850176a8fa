"""Merkle inclusion proofs (RFC 9162 section 2.1.3.2; the same tree as RFC 6962)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from supplychain.errors import VerificationFailed


def leaf_hash(entry: bytes) -> bytes:
    """Hash of a leaf: the prefix keeps leaves and nodes apart (section 2.1.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def verify_inclusion(entry: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Verify that an entry is leaf `index` of the tree of `size` leaves with this root hash.

    Raises:
        VerificationFailed: `LOG_PROOF_INVALID`.
    """
    # 1. The index must lie in the tree.
    if not 0 <= index < size:
        raise _refuse("the index lies outside of the tree", f"less than {size}", str(index))
    # 2. and 3. Start at the leaf and at the last leaf of the tree.
    node, last, value = index, size - 1, leaf_hash(entry)
    # 4. Walk up: a node that is a right child, or the last of its level, has its sibling on the left.
    for sibling in path:
        if len(sibling) != 32 or last == 0:
            raise _refuse("the proof has hashes too many, or of a wrong length", f"a path in a tree of {size}", "")
        if node & 1 or node == last:
            value = node_hash(sibling, value)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            value = node_hash(value, sibling)
        node, last = node >> 1, last >> 1
    # 5. The walk must end at the root.
    if last != 0 or value != root:
        raise _refuse("the log entry does not lead to the root of the tree", root.hex(), value.hex())


def _refuse(message: str, expected: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="LOG_PROOF_INVALID", expected=expected, found=found)

"""Opening a trust file: the file itself, and the trusted root it names beside it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from supplychain.files import MIB, read_bytes
from supplychain.verification.trust import Trust

MAX_ROOT = 4 * MIB


def open_trust(path: Path) -> Trust:
    """Read a trust file, and the trusted root it pins; nothing of the root is parsed before evidence needs it.

    Raises:
        UsageError: One of the files is missing.
        MalformedInput: The trust file is none.
        VerificationFailed: `TRUSTED_ROOT_CHANGED`: the root is not the one the trust file pins.
    """
    trust = Trust.parse(read_bytes(path, max_bytes=MIB, what="a trust file"), where=str(path))
    if not trust.root.file:
        return trust
    file = path.parent / trust.root.file
    return replace(trust, root=trust.root.with_data(read_bytes(file, max_bytes=MAX_ROOT, what="a trusted root")))

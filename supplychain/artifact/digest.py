"""Digests: the names everything hangs on (in-toto DigestSet, SLSA "ResourceDescriptor").

Only collision-resistant algorithms are digests here. SHA-1 appears in git revisions and only there
(`artifact.source`), because a git commit is named by nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from supplychain.errors import MalformedInput, UsageError

Algorithm = Literal["sha256", "sha384", "sha512"]
LENGTHS: Mapping[str, int] = {"sha256": 64, "sha384": 96, "sha512": 128}
"""Algorithm to length in hexadecimal digits."""
_HEX = re.compile(r"[0-9a-f]+")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Digest:
    """One digest of some bytes. Text form: `sha256:<64 lower-case hexadecimal digits>`."""

    algorithm: Algorithm
    hex: str

    @staticmethod
    def parse(text: str, *, where: str = "") -> Digest:
        """Parse `algorithm:hex`.

        Raises:
            MalformedInput: Unknown algorithm, wrong length, or anything but lower-case hexadecimal digits.
        """
        algorithm, _, digits = text.partition(":")
        return digest_of(algorithm, digits, where)

    @staticmethod
    def of_bytes(data: bytes) -> Digest:
        """SHA-256 of bytes in memory."""
        return Digest(algorithm="sha256", hex=hashlib.sha256(data).hexdigest())

    @staticmethod
    def of_file(path: Path) -> Digest:
        """SHA-256 of a file, read in pieces (constant memory).

        Raises:
            UsageError: The file is missing or unreadable.
        """
        try:
            with path.open("rb") as handle:
                return Digest(algorithm="sha256", hex=hashlib.file_digest(handle, "sha256").hexdigest())
        except OSError as error:
            raise UsageError(
                f"cannot read the artifact: {error.strerror or error}", code="FILE_MISSING", where=str(path)
            ) from error

    def to_set(self) -> dict[str, str]:
        """The in-toto DigestSet with this one digest."""
        return {self.algorithm: self.hex}

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def parse_digest_set(value: object, *, where: str) -> tuple[Digest, ...]:
    """Parse an in-toto DigestSet; algorithms this package does not trust are left out.

    Raises:
        MalformedInput: No object of text to text, or a trusted algorithm with a malformed value.
    """
    found: list[Digest] = []
    for algorithm, digits in value.items() if isinstance(value, dict) else [("", None)]:
        if not isinstance(digits, str):
            raise MalformedInput("not a digest set", code="NOT_A_DIGEST", where=where, expected='{"sha256": "…"}')
        if algorithm in LENGTHS:
            found.append(digest_of(algorithm, digits, where))
    if len(found) > 1:
        found.sort()
    return tuple(found)


def digest_of(algorithm: str, digits: str, where: str) -> Digest:
    """The digest of these parts. Raises MalformedInput as `Digest.parse`."""
    if len(digits) != LENGTHS.get(algorithm) or not _HEX.fullmatch(digits):
        raise MalformedInput(
            "not a digest",
            code="NOT_A_DIGEST",
            where=where,
            expected="sha256:<64 hexadecimal digits> (or sha384, sha512)",
            found=f"{algorithm}:{digits}".removesuffix(":")[:160],
        )
    return Digest(algorithm=algorithm, hex=digits)  # type: ignore[arg-type]  # it has a length

"""Which trusted root a trust file means: the embedded one, or a file that its SHA-256 pins.

The root is read and its parser imported only when evidence needs it: certificates, log entries or timestamps.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from supplychain.errors import UsageError, VerificationFailed

if TYPE_CHECKING:
    from supplychain.verification.sigstore.trusted_root import TrustedRoot


@dataclass(frozen=True, slots=True, kw_only=True)
class RootChoice:
    """The embedded root of the public Sigstore instance (no file), or a file."""

    file: str = ""
    """Path as the trust file gives it, relative to the trust file."""
    sha256: str = ""
    """Hexadecimal; what the file must be. Empty: any (a root given on the command line)."""
    data: bytes | None = field(default=None, repr=False)
    """The file's content, once somebody has read it."""

    def with_data(self, data: bytes) -> RootChoice:
        """The choice with the file's content.

        Raises:
            VerificationFailed: `TRUSTED_ROOT_CHANGED`: it is not the file that the trust file pins.
        """
        found = hashlib.sha256(data).hexdigest()
        if self.sha256 and found != self.sha256:
            raise VerificationFailed(
                "the trusted root is not the one the trust file pins",
                code="TRUSTED_ROOT_CHANGED",
                where=self.file,
                expected=f"sha256:{self.sha256}",
                found=f"sha256:{found}",
                hint="compare it with its publisher's; then write the new digest into the trust file",
            )
        return replace(self, data=data)

    def load(self) -> TrustedRoot:
        """The root itself.

        Raises:
            UsageError: `TRUSTED_ROOT_MISSING`: the file was never read.
            MalformedInput: `NOT_A_TRUSTED_ROOT`.
        """
        if self.file and self.data is None:
            raise UsageError("the trusted root was not read", code="TRUSTED_ROOT_MISSING", where=self.file)
        return _parsed(self.data, self.file)


@lru_cache(maxsize=8)
def _parsed(data: bytes | None, where: str) -> TrustedRoot:
    from supplychain.verification.sigstore.roots import load_root
    from supplychain.verification.sigstore.trusted_root import TrustedRoot

    return load_root("production") if data is None else TrustedRoot.parse(data, where=where)

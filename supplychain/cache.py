"""Results kept by the digest of everything that went into them: tool, version, configuration, input digests.

The cache is a convenience that an attacker may reach (a restored CI cache, a shared folder), so an entry is believed
only when its authentication code (HMAC-SHA256 under a key that lies outside the cache folder) covers both key and
content. Anything else is a miss, and is counted in `refused` so that callers can say it aloud.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from supplychain.encoding import canonical_json
from supplychain.errors import MalformedInput, SupplychainError
from supplychain.files import read_bytes, write_atomic, write_new

_MAC = 32
_MAX = 256 * 1024 * 1024


class Cache:
    """A folder of authenticated results.

    Args:
        home: The user's folder; entries go to `home/cache`, the key to `home/cache.key` (mode 0600).
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / "cache"
        self._key_file = home / "cache.key"
        self._key: bytes | None = None
        self.refused: list[str] = []
        """Keys of entries that were there but did not authenticate."""

    def get(self, parts: Mapping[str, object]) -> bytes | None:
        """The content kept under these parts, or None. Never raises for a damaged entry."""
        name = _name(parts)
        path = self._folder / name[:2] / name
        if not path.exists():
            return None
        try:
            data = read_bytes(path, max_bytes=_MAX, what="a cache entry")
        except SupplychainError:
            self.refused.append(name)
            return None
        mac, content = data[:_MAC], data[_MAC:]
        if not hmac.compare_digest(mac, self._mac(name, content)):
            self.refused.append(name)
            return None
        return content

    def put(self, parts: Mapping[str, object], content: bytes) -> None:
        """Keep content under these parts. Raises ToolFailed when the folder cannot be written."""
        name = _name(parts)
        write_atomic(self._folder / name[:2] / name, self._mac(name, content) + content, mode=0o600)

    def _mac(self, name: str, content: bytes) -> bytes:
        if self._key is None:
            write_new(self._key_file, secrets.token_bytes(_MAC), mode=0o600)
            key = read_bytes(self._key_file, max_bytes=_MAC, what="the cache key (32 bytes)")
            if len(key) != _MAC:
                hint = "delete it: a new one is made, and every result anew"
                raise MalformedInput("not a cache key", code="NOT_A_KEY", where=str(self._key_file), hint=hint)
            self._key = key
        return hmac.digest(self._key, name.encode() + b"\0" + content, "sha256")


def _name(parts: Mapping[str, object]) -> str:
    return hashlib.sha256(canonical_json(dict(parts))).hexdigest()

"""What is remembered of a server's file that `db update` took up."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """What a server said about a file when it was last fetched and imported."""

    etag: str
    modified: str
    """The header `Last-Modified` as given."""
    label: str
    """Of the feed it became."""

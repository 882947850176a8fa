"""Files that hold several envelopes, or one in another wrapping: taken apart into what `Envelope.parse` reads.

- JSON lines, which in-toto calls a bundle (https://github.com/in-toto/attestation/blob/main/spec/v1/bundle.md);
- attestation lists, `{"attestations": [{"bundle": …}]}`, as GitHub and npm's registry give them;
- the Python package index's attestations and provenance (PEP 740).
Nothing here is verified, and nothing here says who has to have signed.
"""

from __future__ import annotations

import json
from typing import Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput
from supplychain.signing.envelope import MAX_ENVELOPE

MAX_PIECES = 1000


def unwrapped(data: bytes, *, where: str) -> tuple[tuple[str, bytes], ...]:
    """The pieces in a file, and where each stands; empty for a file in none of these wrappings, or with too many."""
    try:
        found = _inside(parse_json_object(data, where=where, max_bytes=MAX_ENVELOPE))
        if len(found) > MAX_PIECES:  # what is left out may be a no
            return ()
        return tuple((f"{where}: {n}", json.dumps(piece).encode()) for n, piece in enumerate(found))
    except MalformedInput as error:
        lines = [(n, line) for n, line in enumerate(data.splitlines(), 1) if line.strip()]
        if error.code != "NOT_JSON" or not 2 <= len(lines) <= MAX_PIECES:
            return ()
        return tuple((f"{where}:{n}", line) for n, line in lines if line.strip().startswith(b"{"))


def _inside(body: dict[str, Any]) -> list[Any]:
    listed = body.get("attestations")
    if isinstance(listed, list):
        return [item.get("bundle") for item in listed if isinstance(item, dict)]
    from supplychain.verification.sigstore.pypi import is_pypi, pypi_bundles

    try:
        return list(pypi_bundles(body)) if is_pypi(body) else []
    except ValueError:
        return []

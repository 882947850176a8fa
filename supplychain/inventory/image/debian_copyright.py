"""Licences from `/usr/share/doc/*/copyright` of Debian packages.

Machine-readable files (https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/, "DEP-5") name them in
`License:` fields. The others only mention the common texts they refer to. A name is brought to SPDX where Debian's
short name has exactly one meaning there, and kept as it is otherwise.
"""

from __future__ import annotations

import re

_FIELD = re.compile(rb"^License:[ \t]*([^\n]{1,200})", re.MULTILINE | re.IGNORECASE)
_COMMON = re.compile(rb"/usr/share/common-licenses/([A-Za-z0-9][A-Za-z0-9.+-]{0,60})")
_SPLIT = re.compile(r"\s*(?:,\s*(?:and|or)\s+|,|\s+and/or\s+|\s+and\s+|\s+or\s+|\|)\s*", re.IGNORECASE)
_GNU = re.compile(r"(A|L)?GPL-?v?([123](?:\.[0-9])?)(?:\.0)?(\+|-only|-or-later)?", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9.+ _-]{1,80}")
_SPDX = {
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsl-1.0": "BSL-1.0",
    "cc0": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "curl": "curl",
    "expat": "MIT",
    "isc": "ISC",
    "mit": "MIT",
    "mpl-1.1": "MPL-1.1",
    "mpl-2": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "openssl": "OpenSSL",
    "psf-2": "PSF-2.0",
    "zlib": "Zlib",
}
_MAX = 40


def licenses_of(data: bytes) -> tuple[str, ...]:
    """The licences that a copyright file names, in its order, at most 40."""
    fields = _FIELD.findall(data)
    if fields:
        texts = [name for field in fields for name in _SPLIT.split(field.decode("utf-8", "replace").strip())]
    else:
        texts = [match.decode("ascii").rstrip(".+-") for match in _COMMON.findall(data)]
    names = (spdx_of(text) for text in texts if _PLAIN.fullmatch(text.strip()))
    return tuple(dict.fromkeys(names))[:_MAX]


def condensed(data: bytes) -> bytes:
    """Only the lines that `licenses_of` reads: copyright files are large and many."""
    fields = _FIELD.findall(data)
    if fields:
        return b"".join(b"License: %b\n" % field for field in dict.fromkeys(fields))
    return b"".join(b"/usr/share/common-licenses/%b\n" % name for name in dict.fromkeys(_COMMON.findall(data)))


def spdx_of(text: str) -> str:
    """A licence by Debian's short name as an SPDX identifier; a name without one meaning there stays as it is."""
    text = text.strip().removeprefix("the ").strip()
    known = _SPDX.get(text.lower())
    if known:
        return known
    match = _GNU.fullmatch(text)
    if not match:
        return text
    family, number, suffix = match.groups()
    name = f"{(family or '').upper()}GPL-{number if '.' in number else number + '.0'}"
    # Debian writes `GPL-2` for exactly version 2, and `GPL-2+` for it or a later one.
    return f"{name}-or-later" if suffix in ("+", "-or-later") else f"{name}-only"

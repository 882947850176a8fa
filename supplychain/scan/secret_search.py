"""Searches one file for secrets: for shapes in every file, for passwords under their names where people keep them."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from supplychain.encoding import parse_json
from supplychain.errors import MalformedInput
from supplychain.files import MIB
from supplychain.scan.secret_patterns import MAX_FOUND, Secret, mark_of, named_secrets, shaped_secrets

PATTERNS_VERSION = 3
"""Raised with every change of what is found, because results are kept by it."""
_MAX_SIZE = 32 * MIB
"""Largest file that is searched for shapes; larger bundles of scripts hardly exist."""
_MAX_NAMED = 2 * MIB
"""Largest file of passwords under names, which take a hundred times as long to find."""
_NPM = re.compile(r"^\s*(?:\S*:)?(_authToken|_auth|_password)\s*=\s*([^\s${]\S{5,})", re.MULTILINE)
_PYPI = re.compile(r"^\s*(password)\s*[=:]\s*([^\s${%]\S{3,})", re.MULTILINE)
_NETRC = re.compile(r"\b(password)\s+([^\s${]\S{3,})")

_WIDE = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}

_Reader = Callable[[str], Iterable[tuple[str, Secret]]]


def size_limit(path: str) -> int:
    """The largest size in bytes of a file of this name that is searched."""
    return _MAX_SIZE if _reader_of(path, path[path.rfind("/") + 1 :]) is None else _MAX_NAMED


def secrets_in(path: str, content: bytes) -> list[tuple[str, Secret]]:
    """The first secrets in a file (`MAX_FOUND`), each with the name it stands under; in a binary file only shapes.

    UTF-16 counts as text: it is what some editors and shells write, and a secret in it is one.
    """
    encoding = next((name for mark, name in _WIDE.items() if content.startswith(mark)), None)
    if encoding:
        content = content.decode(encoding, "replace").encode("utf-8", "replace")
    found = [("", secret) for secret in shaped_secrets(content)]
    reader = _reader_of(path, path[path.rfind("/") + 1 :])
    if reader is not None and b"\0" not in content[:4096]:
        shapes = {secret.line for _, secret in found}
        text = content.decode("utf-8", "replace")
        found += [(key, secret) for key, secret in reader(text) if secret.line not in shapes]
    return found[:MAX_FOUND]


def _reader_of(path: str, name: str) -> _Reader | None:
    """What else a file of this name holds, apart from shapes: passwords under their names."""
    if name.startswith(".env") or name.endswith(".env") or name in (".bash_history", "credentials", "Dockerfile"):
        return named_secrets
    if name in (".npmrc", ".yarnrc"):
        return partial(_by_pattern, "npm-credentials", _NPM)
    if name == ".pypirc":
        return partial(_by_pattern, "pypi-credentials", _PYPI)
    if name == ".netrc":
        return partial(_by_pattern, "netrc-password", _NETRC)
    if name == ".git-credentials":
        return named_secrets
    if name in (".dockercfg", ".dockerconfigjson") or path.endswith(".docker/config.json"):
        return _docker_logins
    return None


def _by_pattern(kind: str, pattern: re.Pattern[str], text: str) -> Iterator[tuple[str, Secret]]:
    for match in pattern.finditer(text):
        line = text.count("\n", 0, match.start(2)) + 1
        mark = mark_of(match[2].encode("utf-8", "replace"))
        yield match[1], Secret(kind=kind, line=line, mark=mark, certain=True)


def _docker_logins(text: str) -> Iterator[tuple[str, Secret]]:
    try:
        value = parse_json(text.encode("utf-8", "replace"), where="config.json")
    except MalformedInput:
        return  # shapes were looked for all the same
    logins = value.get("auths", value) if isinstance(value, dict) else {}
    for registry, login in logins.items() if isinstance(logins, dict) else ():
        parts = (login.get(key) for key in ("auth", "identitytoken", "password")) if isinstance(login, dict) else ()
        for part in parts:
            if isinstance(part, str) and part:
                line = text.count("\n", 0, max(text.find(part), 0)) + 1
                yield (
                    registry[:100],
                    Secret(kind="registry-login", line=line, mark=mark_of(part.encode()), certain=True),
                )

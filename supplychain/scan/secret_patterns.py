"""What a secret looks like: shapes of tokens that their makers chose to be recognisable, and names people give secrets.

Only shapes that hardly anything else has, so that a finding is worth a look. A secret is never shown: a finding names
its kind, its place, and the first bytes of its digest, by which two places of one secret can be told to be one.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice

MAX_FOUND = 50
"""Secrets reported of one file; the next one shows nothing new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """One secret in a text."""

    kind: str
    """Id of the pattern, for example `github-token`."""
    line: int
    mark: str
    """Eight hexadecimal digits of its SHA-256."""
    certain: bool
    """Its shape says so (True), or only the name it stands under (False)."""


# Possessive and bounded throughout: the text comes from the image, and must not make the search slow.
_KEY_BODY = (
    rb"(?:\s|\\[nr])*+(?:[A-Za-z-]{1,40}+: [^\r\n]{0,200}+[\r\n]++){0,5}+(?:[A-Za-z0-9+/=]{16,80}+(?:\s|\\[nr])*+){2}"
)
_SHAPES: dict[str, bytes] = {
    "private-key": rb"-----BEGIN (?:(?:RSA|EC|DSA|OPENSSH) )?PRIVATE KEY-----" + _KEY_BODY,
    "pgp-private-key": rb"-----BEGIN PGP PRIVATE KEY BLOCK-----" + _KEY_BODY,
    "aws-access-key": rb"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b",
    "google-api-key": rb"\bAIza[0-9A-Za-z_-]{35}(?![0-9A-Za-z_-])",
    "github-token": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{82})\b",
    "gitlab-token": rb"\bglpat-[A-Za-z0-9_-]{20,}",
    "slack-token": rb"\bxox[baprs]-\d{8,}-[A-Za-z0-9-]{10,}",
    "slack-webhook": rb"hooks\.slack\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/[A-Za-z0-9]{20,}",
    "stripe-key": rb"\b[sr]k_live_[A-Za-z0-9]{24,}",
    "npm-token": rb"\bnpm_[A-Za-z0-9]{36}\b",
    "pypi-token": rb"\bpypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}",
    "sendgrid-key": rb"\bSG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}",
    "azure-storage-key": rb"\bAccountKey=[A-Za-z0-9+/]{86}==",
    "anthropic-key": rb"\bsk-ant-[a-z]{3}\d\d-[A-Za-z0-9_-]{80,}",
}
_STARTS: dict[str, tuple[bytes, ...]] = {
    "private-key": (b"-----BEGIN ",),
    "pgp-private-key": (b"-----BEGIN PGP ",),
    "aws-access-key": (b"AKIA", b"ASIA"),
    "google-api-key": (b"AIza",),
    "github-token": (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_"),
    "gitlab-token": (b"glpat-",),
    "slack-token": (b"xox",),
    "slack-webhook": (b"hooks.slack.com/services/T",),
    "stripe-key": (b"sk_live_", b"rk_live_"),
    "npm-token": (b"npm_",),
    "pypi-token": (b"pypi-AgEIcHlwaS5vcmc",),
    "sendgrid-key": (b"SG.",),
    "azure-storage-key": (b"AccountKey=",),
    "anthropic-key": (b"sk-ant-",),
}
"""How each shape begins: finding these is ten times as fast as trying every shape at every byte."""
_SEARCHED = tuple((name, re.compile(shape), start) for name, shape in _SHAPES.items() for start in _STARTS[name])
_NAME = (
    r"(?:[A-Za-z0-9_.-]{0,60}(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API[_.-]?KEY|PRIVATE[_.-]?KEY|ACCESS[_.-]?KEY|CREDENTIALS?)"
    r"[A-Za-z0-9_.-]{0,60})"
)
_ASSIGNED = re.compile(
    rf"""(?i)(?<![A-Za-z0-9_.-])(?P<name>{_NAME})\s*[=:]\s*(?P<value>"[^"\n]*"|'[^'\n]*'|[^\s"',;]+)"""
)
_NO_SECRET_NAME = re.compile(
    r"(?i)(?:_|\b)(?:FILE|PATH|DIR|URL|URI|ID|NAME|TYPE|LENGTH|LEN|TTL|EXPIRY|EXPIRES_IN|HEADER|PUBLIC|ALGORITHM|COUNT)$"
    r"|PUBLIC|GPG_KEY"
)
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]{1,20}://[^/\s:@]{1,100}:(?P<value>[^/\s:@${}<>%]{3,200})@[A-Za-z0-9.-]+")
_PLACEHOLDER = re.compile(
    r"(?i)[$%]|<.*>|\{\{|\*{3}|^x+$|^\.+$|^(?:true|false|yes|no|on|off|none|null|nil|undefined|unset|empty|todo|string)$"
    r"|example|placeholder|changeit|change[_-]?me|your[_-]|redacted|dummy"
)
_PATH = re.compile(r"(?:\.{0,2}/|[A-Za-z]:\\).*")
_MIN_LENGTH = 6
_MIN_ENTROPY = 2.5


def shaped_secrets(content: bytes) -> Iterator[Secret]:
    """The first secrets in some bytes (`MAX_FOUND`) that are recognised by their shape."""
    found = sorted(chain.from_iterable(islice(_matches(content, *one), MAX_FOUND) for one in _SEARCHED))
    line, counted, end = 1, 0, 0
    for start, stop, kind in found[:MAX_FOUND]:
        if start < end:
            continue  # inside of another one
        line += content.count(b"\n", counted, start)
        counted, end = start, stop
        yield Secret(kind=kind, line=line, mark=mark_of(content[start:stop]), certain=True)


def _matches(content: bytes, kind: str, shape: re.Pattern[bytes], start: bytes) -> Iterator[tuple[int, int, str]]:
    """Where secrets of one shape with one beginning stand."""
    at = content.find(start)
    while at >= 0:
        match = shape.match(content, at)
        # The makers' own documentation has keys with this word.
        if match and b"EXAMPLE" not in match[0]:
            yield match.start(), match.end(), kind
        at = content.find(start, match.end() if match else at + 1)


def named_secrets(text: str) -> Iterator[tuple[str, Secret]]:
    """Values under a name such as `DB_PASSWORD`, and passwords in addresses, with that name; the first of each."""
    return chain(islice(_assigned(text), MAX_FOUND), islice(_in_addresses(text), MAX_FOUND))


def _assigned(text: str) -> Iterator[tuple[str, Secret]]:
    line, counted = 1, 0
    for match in _ASSIGNED.finditer(text):
        value = match["value"].strip("\"'")
        if is_secret(match["name"], value):
            line += text.count("\n", counted, match.start())
            counted = match.start()
            yield match["name"], Secret(kind="password", line=line, mark=mark_of(value.encode()), certain=False)


def _in_addresses(text: str) -> Iterator[tuple[str, Secret]]:
    line, counted = 1, 0
    for match in _ADDRESS.finditer(text):
        if not _PLACEHOLDER.search(match["value"]):
            line += text.count("\n", counted, match.start())
            counted = match.start()
            mark = mark_of(match["value"].encode("utf-8", "replace"))
            yield "the password of an address", Secret(kind="password-in-address", line=line, mark=mark, certain=False)


def is_secret(name: str, value: str) -> bool:
    """Tell whether a value under a name is a secret: the name says so, and the value is no path, switch or stand-in."""
    if not re.fullmatch(_NAME, name, re.IGNORECASE) or _NO_SECRET_NAME.search(name):
        return False
    if len(value) < _MIN_LENGTH or _PLACEHOLDER.search(value) or _PATH.fullmatch(value):
        return False
    return "://" not in value and entropy(value) >= _MIN_ENTROPY


def entropy(text: str) -> float:
    """Shannon entropy of the characters of a text, in bits for each."""
    counts = Counter(text)
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts.values())


def mark_of(value: bytes) -> str:
    """By what a secret is told from others without being shown."""
    return hashlib.sha256(value).hexdigest()[:8]

"""The artifact that somebody names on the command line: a file, a digest, or an image by name and digest."""

from __future__ import annotations

from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import UsageError


def artifact_of(text: str) -> Artifact:
    """An artifact by file, by digest (`sha256:…`), or by the name and digest of an image (`NAME@sha256:…`).

    Raises:
        UsageError: It is none of them. A tag is no artifact: it may mean another one a moment later.
        MalformedInput: It looks like a digest and is none.
    """
    if text.startswith(("sha256:", "sha384:", "sha512:")):
        return Artifact(name="", digest=Digest.parse(text, where="the artifact"))
    path = Path(text)
    if path.is_file():
        return Artifact.of_file(path)
    name, at, digest = text.rpartition("@")
    if at and digest.startswith("sha256:"):
        from supplychain.artifact.image.reference import parse_reference

        parse_reference(text)
        return Artifact(name=_without_tag(name), digest=Digest.parse(digest, where=text))
    raise UsageError(
        "no such artifact",
        code="ARTIFACT_MISSING",
        where=text,
        expected="a file, a digest such as sha256:<64 hexadecimal digits>, or an image as NAME@sha256:…",
        found="a folder" if path.is_dir() else "nothing",
    )


def _without_tag(name: str) -> str:
    host, slash, last = name.rpartition("/")
    return f"{host}{slash}{last.partition(':')[0]}"

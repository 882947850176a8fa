"""Git references, repository addresses, builder ids, package URLs and versioned tags, as provenance spells them.

A versioned tag is semantic versioning with a leading `v`, as Go modules use it: `v14` means v14.0.0, and an expected
`v13` or `v13.0` covers v13.0.30. Build metadata is ignored, a prerelease must be the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from supplychain.errors import MalformedInput, VerificationFailed

BRANCHES = "refs/heads/"
TAGS = "refs/tags/"
_NUMBER = r"(0|[1-9][0-9]{0,17})"
_PRERELEASE = (
    r"(?:-((?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
)
_VERSION = re.compile(
    rf"v{_NUMBER}(?:\.{_NUMBER}(?:\.{_NUMBER}{_PRERELEASE}(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?)?)?"
)
_RELEASE = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}")
_CANDIDATE = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}{_PRERELEASE}")
_JAVA = re.compile(rf"v{_NUMBER}\.{_NUMBER}\.{_NUMBER}-java")
_JRELEASER = "https://github.com/jreleaser/release-action/"


@dataclass(frozen=True, slots=True, kw_only=True)
class BuilderId:
    """A builder: its name, and the version behind `@`, which may be a full reference."""

    name: str
    version: str
    """Empty text where none is given."""

    @staticmethod
    def parse(text: str, *, where: str) -> BuilderId:
        """Read `name` or `name@version`.

        Raises:
            VerificationFailed: `INVALID_BUILDER_ID`: no name, an empty version, or more than one `@`.
        """
        name, at, version = text.partition("@")
        if not name or (at and not version) or "@" in version:
            raise VerificationFailed(
                "not a builder id",
                code="INVALID_BUILDER_ID",
                where=where,
                expected="NAME or NAME@VERSION",
                found=text[:160] or "nothing",
            )
        return BuilderId(name=name, version=version)

    def covers(self, other: BuilderId) -> bool:
        """Whether this expected id is met: same name, and the same version where one is expected (short or long)."""
        return self.name == other.name and self.version in ("", other.version, other.version.removeprefix(TAGS))

    def __str__(self) -> str:
        return f"{self.name}@{self.version}" if self.version else self.name


def check_release(builder: BuilderId, *, where: str, head: bool = False) -> None:
    """Hold a builder to a released version: a branch or a short tag moves, and with it what the builder does.

    Args:
        builder: Name and reference.
        where: For the message.
        head: Accept the branch main and prereleases too.

    Raises:
        VerificationFailed: `INVALID_REF`.
    """
    if head and builder.version == f"{BRANCHES}main":
        return
    wanted = _JAVA if builder.name.startswith(_JRELEASER) else _CANDIDATE if head else _RELEASE
    if not builder.version.startswith(TAGS) or not wanted.fullmatch(builder.version.removeprefix(TAGS)):
        raise VerificationFailed(
            "the builder was not used at a released version",
            code="INVALID_REF",
            where=where,
            expected=f"{builder.name}@refs/tags/vX.Y.Z",
            found=str(builder),
            hint="a branch or moving tag can be another builder tomorrow; pin the builder by a full version",
        )


def split_git(uri: str, *, where: str) -> tuple[str, str]:
    """Repository and reference of `git+https://HOST/PATH[@REF]`; the reference may be empty.

    Raises:
        MalformedInput: `MALFORMED_URI`.
    """
    repository, _, ref = uri.partition("@")
    if not repository.startswith("git+"):
        raise MalformedInput(
            "not the address of a git repository", code="MALFORMED_URI", where=where, expected="git+…", found=uri[:160]
        )
    return repository, ref


def as_git(source: str) -> str:
    """An expected source as provenance spells it: `git+https://…`; scheme and `git+` may be left out."""
    address = source if "://" in source else f"https://{source.removeprefix('git+')}"
    address = address.rstrip("/").removesuffix(".git")
    return address if address.startswith("git+") else f"git+{address}"


def name_of(ref: str, kind: str, *, where: str) -> str:
    """The name behind `refs/heads/` or `refs/tags/`.

    Raises:
        VerificationFailed: `INVALID_REF`: the reference is of another kind, or there is none.
    """
    name = ref.removeprefix(kind)
    if not ref.startswith(kind) or not name:
        raise VerificationFailed(
            f"not built from a {'branch' if kind == BRANCHES else 'tag'}",
            code="INVALID_REF",
            where=where,
            expected=f"{kind}NAME",
            found=ref or "nothing",
        )
    return name


def check_versioned_tag(tag: str, expected: str, *, where: str) -> None:
    """Hold a tag against an expected version, of which minor and patch may be left out.

    Raises:
        VerificationFailed: `INVALID_SEMVER` when one of them is no version, `VERSIONED_TAG_MISMATCH` when they differ.
    """
    wanted, found = _VERSION.fullmatch(expected), _VERSION.fullmatch(tag)
    if wanted is None or found is None:
        raise VerificationFailed(
            "not a version",
            code="INVALID_SEMVER",
            where=where,
            expected="vMAJOR[.MINOR[.PATCH[-PRERELEASE]]]",
            found=expected if wanted is None else tag,
        )
    major, minor, patch, prerelease = found.groups()
    parts = [major, minor or "0", patch or "0"]
    asked = [number for number in wanted.groups()[:3] if number is not None]
    same = asked == parts[: len(asked)]
    if not same or (len(asked) == len(parts) and (wanted.group(4) or "") != (prerelease or "")):
        raise VerificationFailed(
            "built from a tag of another version",
            code="VERSIONED_TAG_MISMATCH",
            where=where,
            expected=expected,
            found=tag,
        )


def package_of(subject: str) -> tuple[str, str]:
    """Name (with namespace) and version of the package a package URL names; empty text for what names none."""
    scheme, _, rest = subject.partition(":")
    _, _, path = rest.partition("#")[0].partition("?")[0].partition("/")
    if scheme != "pkg" or not path:
        return "", ""
    name, _, version = path.rpartition("@")
    return (unquote(name), unquote(version)) if name else (unquote(path), "")

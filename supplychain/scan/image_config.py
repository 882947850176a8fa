"""How an image is set up: who it runs as, what its configuration gives away, which files are open to whom.

The checks follow what hardening guides agree on (CIS Docker Benchmark, section 4; OWASP Docker Security Cheat Sheet).
The age of an image counts against the time the caller gives, so a scan can be run again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from typing_extensions import override

from supplychain import __version__
from supplychain.artifact.image.tree import Image, ImageTree
from supplychain.encoding import format_time, parse_time
from supplychain.errors import MalformedInput
from supplychain.inventory.image.base_image import Base, find_base
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Brought, Finding, Level
from supplychain.scan.image_files import check_caches, check_files
from supplychain.scan.image_secrets import lost, shown
from supplychain.scan.interface import Scanner, ScanResult
from supplychain.scan.secret_patterns import is_secret, mark_of, named_secrets, shaped_secrets

CHECKS_VERSION = 2
"""Raised with every change of what is found, because results are kept by it."""
MAX_AGE = timedelta(days=180)
"""An image older than this has missed the security updates of half a year."""
_NEVER_OLD = 1980
"""Reproducible builds set the time to the beginning of some epoch; such a time is no age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """What a check is given."""

    image: Image
    tree: ImageTree
    at: datetime
    max_age: timedelta
    base: Base


class ImageConfigScanner(Scanner):
    """Looks at the configuration of an image and at the permissions in it.

    Args:
        image: From `ImageSource.images`.
        tree: From `ImageSource.read`; with `image_wanted.image_wanted` caches are seen too.
        at: The time the age of the image is counted at.
        max_age: From which age on an image is old.
        base: What is known of its base; None: what its history says.
    """

    kind = "image"
    name = "supplychain-image"

    def __init__(
        self, image: Image, tree: ImageTree, *, at: datetime, max_age: timedelta = MAX_AGE, base: Base | None = None
    ) -> None:
        base = base or find_base(image)
        self._given = ImageSettings(image=image, tree=tree, at=at, max_age=max_age, base=base)

    @override
    def version(self) -> str:
        return f"{__version__}+checks.{CHECKS_VERSION}"

    @override
    def fingerprint(self) -> dict[str, object]:
        given = self._given
        return {
            "tool": self.name,
            "version": self.version(),
            "image": str(given.image.digest),
            "reference": given.image.reference,
            "at": format_time(given.at),
            "max_age_days": given.max_age.days,
            "base": given.base.to_json(),
        }

    @override
    def _scan(self) -> ScanResult:
        given = self._given
        findings: list[Finding] = []
        skipped: list[Skip] = list(lost(given.tree))
        # A root file system has no configuration, so nothing about one can be asked.
        checks = (*(_OF_CONFIG if given.image.config else ()), *_OF_FILES)
        broken = 0
        for check in checks:
            try:
                findings += check(given)
            except MalformedInput as error:
                broken += 1
                skipped.append(Skip(what="image configuration", reason=Reason.UNREADABLE, detail=error.message))
        coverage = Coverage(
            asked=len(checks) + len(skipped) - broken, looked_at=len(checks) - broken, skipped=tuple(sorted(skipped))
        )
        named = (replace(finding, title=shown(finding.title), seen_by=(self.name,)) for finding in findings)
        ordered = tuple(sorted(dict.fromkeys(named), key=lambda finding: (finding.id, finding.title)))
        return ScanResult(
            kind=self.kind, scanner=self.name, version=self.version(), findings=ordered, coverage=coverage
        )


def _runs_as_root(given: ImageSettings) -> Iterator[Finding]:
    user = _text(given.image, "User").partition(":")[0]
    if user in ("", "root", "0"):
        why = "names no user" if not user else f"names the user {user!r}"
        yield Finding(
            id="image-runs-as-root",
            title=f"the image runs as root: its configuration {why}",
            level=Level.MEDIUM,
            help="create a user in the image and name it with USER, by number so that Kubernetes can check it",
        )


def _secrets_in_environment(given: ImageSettings) -> Iterator[Finding]:
    for entry in _list(given.image, "Env"):
        name, _, value = entry.partition("=")
        yield from _secret("environment", "the environment variable", name, value)


def _secrets_in_labels(given: ImageSettings) -> Iterator[Finding]:
    for name, value in _table(given.image, "Labels").items():
        yield from _secret("label", "the label", name, value if isinstance(value, str) else "")


def _secrets_in_history(given: ImageSettings) -> Iterator[Finding]:
    history = given.image.config.get("history")
    for entry in history if isinstance(history, list) else ():
        command = entry.get("created_by") if isinstance(entry, dict) else None
        if not isinstance(command, str):
            continue
        known = {secret.mark for secret in shaped_secrets(command.encode("utf-8", "replace"))}
        for secret in shaped_secrets(command.encode("utf-8", "replace")):
            yield _given_away("history", f"a build command holds a {secret.kind.replace('-', ' ')}", secret.mark)
        for name, secret in named_secrets(command):
            if secret.mark not in known:
                yield _given_away("history", f"a build command sets {name}", secret.mark)


def _secret(where: str, what: str, name: str, value: str) -> Iterator[Finding]:
    shapes = list(shaped_secrets(value.encode("utf-8", "replace")))
    for secret in shapes:
        yield _given_away(where, f"{what} {name} holds a {secret.kind.replace('-', ' ')}", secret.mark)
    if shapes:
        return
    if is_secret(name, value):
        yield _given_away(where, f"{what} {name} holds what its name calls a secret", mark_of(value.encode()))
    for _, secret in named_secrets(value):
        yield _given_away(where, f"{what} {name} holds a {secret.kind.replace('-', ' ')}", secret.mark)


def _given_away(where: str, title: str, mark: str) -> Finding:
    return Finding(
        id=f"image-secret-in-{where}",
        title=f"{title[:300]} [{mark}]",
        level=Level.HIGH,
        help="withdraw the secret; give it at run time, or mount it as a build secret (RUN --mount=type=secret)",
    )


def _no_health_check(given: ImageSettings) -> Iterator[Finding]:
    check = _table(given.image, "Healthcheck").get("Test")
    if not check or check == ["NONE"]:
        yield Finding(
            id="image-no-healthcheck",
            title="the image says nothing about how to tell that it works",
            level=Level.LOW,
            help="add HEALTHCHECK, unless the platform has probes of its own (Kubernetes has)",
        )


def _base_not_named(given: ImageSettings) -> Iterator[Finding]:
    if not given.base.name:
        yield Finding(
            id="image-base-unknown",
            title="the image does not name the base image it was built on",
            level=Level.LOW,
            help="set the annotations org.opencontainers.image.base.name and .digest when building",
        )


def _old(given: ImageSettings) -> Iterator[Finding]:
    stated = given.image.config.get("created")
    if stated and (age := _age(stated, given)):
        yield Finding(
            id="image-old",
            title=f"the image was built {age}",
            level=Level.MEDIUM,
            help="build it again on a current base image",
        )


def _base_old(given: ImageSettings) -> Iterator[Finding]:
    base = given.base
    if base.created and (age := _age(base.created, given)):
        name = f" {base.name}" if base.name else ""
        yield Finding(
            id="image-base-old",
            title=f"the base image{name} was built {age}; that is known by evidence of: {base.evidence.value}",
            level=Level.MEDIUM,
            image=Brought(index=base.layers - 1) if base.layers else None,
            help="build on a current base image; a rebuild on the same one brings no security update",
        )


def _age(stated: object, given: ImageSettings) -> str:
    """How long ago, if that is too long. Raises MalformedInput for what is no time."""
    created = parse_time(stated, where="created")
    age = given.at - created
    if created.year <= _NEVER_OLD or age <= given.max_age:
        return ""
    return f"{age.days} days ago ({format_time(created)})"


def _moving_tag(given: ImageSettings) -> Iterator[Finding]:
    reference = given.image.reference
    if not given.image.from_registry or "@" in reference:
        return
    tag = reference.rpartition("/")[2].partition(":")[2]
    if tag in ("", "latest"):
        yield Finding(
            id="image-latest-tag",
            title=f"{reference} is named by a tag that moves",
            level=Level.LOW,
            help="name the image by its digest, or at least by a version",
        )


_Check = Callable[[ImageSettings], Iterator[Finding]]
_OF_CONFIG: tuple[_Check, ...] = (
    _runs_as_root,
    _secrets_in_environment,
    _secrets_in_labels,
    _secrets_in_history,
    _no_health_check,
    _base_not_named,
    _base_old,
    _old,
    _moving_tag,
)
_OF_FILES: tuple[_Check, ...] = (
    lambda given: check_files(given.tree),
    lambda given: check_caches(given.tree),
)


def _settings(image: Image) -> dict[str, object]:
    value = image.config.get("config")
    if value is not None and not isinstance(value, dict):
        raise MalformedInput("the image configuration has a `config` that is no object", code="IMAGE_CONFIG")
    return value or {}


def _text(image: Image, key: str) -> str:
    value = _settings(image).get(key) or ""
    if not isinstance(value, str):
        raise MalformedInput(f"{key} of the image configuration is no text", code="IMAGE_CONFIG")
    return value


def _list(image: Image, key: str) -> list[str]:
    value = _settings(image).get(key) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise MalformedInput(f"{key} of the image configuration is no list of texts", code="IMAGE_CONFIG")
    return value


def _table(image: Image, key: str) -> dict[str, object]:
    value = _settings(image).get(key) or {}
    if not isinstance(value, dict):
        raise MalformedInput(f"{key} of the image configuration is no object", code="IMAGE_CONFIG")
    return value

"""Links for a layout: whoever offers them, each counts for the step its signed content names and for whoever signed it.

A file's name decides nothing; where it contradicts the content, the file is refused. Both forms of link are read:
in-toto's classic one (`"_type": "link"`) and a statement with the predicate `link` v0.3. Nothing is read out of either
before one of the layout's functionaries has been found to have signed it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Literal, Protocol

from supplychain.artifact.digest import LENGTHS, Digest
from supplychain.errors import MalformedInput, SupplychainError
from supplychain.statement.predicates import link
from supplychain.statement.predicates.link import Link
from supplychain.statement.statement import Statement
from supplychain.verification.layout_keys import LayoutKey
from supplychain.verification.layout_metadata import SignedMetadata

MAX_LINKS = 2_000
"""More files than this are not looked through: checking them all would cost the verifier, not the forger."""
FILE_NAME = re.compile(r"(?P<step>.+)\.(?P<keyid>[0-9a-f]{8})\.link")
"""in-toto's name for the link of a step by a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """Something offered as a link: raw, unverified."""

    ref: str
    data: bytes


class Offers(Protocol):
    """Where links are offered: a folder, a store."""

    def links(self) -> Iterable[Offered]:
        """Everything offered. Raises ToolFailed when it cannot be read."""

    def below(self, name: str) -> Offers:
        """The links of a sublayout, from the folder `<step>.<first 8 of the key id>`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a step took in and made: path to digests, of algorithms that can be trusted."""

    step: str
    command: tuple[str, ...]
    materials: Mapping[str, Mapping[str, str]]
    products: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """A step as one functionary has signed it: a link, or a layout of its own for it."""

    key: LayoutKey
    metadata: SignedMetadata
    work: Work | None
    """None: it is a layout."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An offered link that does not count."""

    code: Literal["LINK_UNKNOWN_SIGNER", "LINK_SIGNATURE", "LINK_NOT_ALLOWED", "LINK_RENAMED", "LINK_MALFORMED"]
    ref: str
    told: str
    step: str
    """Which step it is about, as far as that is known; never to be believed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was offered, sorted out."""

    performed: tuple[Performed, ...]
    refused: tuple[Refused, ...]
    by_step: Mapping[str, tuple[Performed, ...]]


def collect(offers: Offers, keys: Mapping[str, LayoutKey], steps: Mapping[str, frozenset[str]]) -> Collected:
    """Sort out what is offered.

    Args:
        offers: Where to look.
        keys: The layout's functionaries by key id.
        steps: Each step, and the key ids of those who may perform it.

    Raises:
        MalformedInput: `TOO_MANY_LINKS`.
        ToolFailed: What is offered cannot be read.
    """
    by_step: dict[str, list[Performed]] = {step: [] for step in steps}
    refused: list[Refused] = []
    for count, offered in enumerate(offers.links()):
        if count >= MAX_LINKS:
            raise MalformedInput(
                "too many files are offered as links",
                code="TOO_MANY_LINKS",
                where=offered.ref,
                expected=f"≤ {MAX_LINKS}",
            )
        found = _judge(offered, keys, steps)
        if isinstance(found, Refused):
            refused.append(found)
        else:
            for step, performed in found:
                by_step[step].append(performed)
    everything = tuple(one for some in by_step.values() for one in some)
    sorted_out = {step: tuple(some) for step, some in by_step.items()}
    return Collected(performed=everything, refused=tuple(refused), by_step=sorted_out)


def _judge(
    offered: Offered, keys: Mapping[str, LayoutKey], steps: Mapping[str, frozenset[str]]
) -> Refused | list[tuple[str, Performed]]:
    named = FILE_NAME.fullmatch(PurePath(offered.ref).name)
    about = named["step"] if named else ""
    try:
        metadata = SignedMetadata.parse(offered.data, where=offered.ref)
        signers = metadata.signers(keys.values())
        if not signers:
            return _unsigned(metadata, keys, about)
        work = _read(metadata)
    except SupplychainError as error:
        told = f"{error.message}: {error.found}"
        return Refused(code="LINK_MALFORMED", ref=offered.ref, told=told, step=about)
    step = work.step if work else about
    if work and named and about != step:
        told = f"its file is named for {about!r}, and it was signed for {step!r}"
        return Refused(code="LINK_RENAMED", ref=offered.ref, told=told, step=about)
    if step not in steps:
        return []
    allowed = [key for key in signers if key.keyid in steps[step]]
    if not allowed:
        told = f"{signers[0].keyid[:16]} is a functionary, and may not perform this step"
        return Refused(code="LINK_NOT_ALLOWED", ref=offered.ref, told=told, step=step)
    return [(step, Performed(key=key, metadata=metadata, work=work)) for key in allowed]


def _unsigned(metadata: SignedMetadata, keys: Mapping[str, LayoutKey], about: str) -> Refused:
    names = {key.public.keyid for key in keys.values()} | set(keys)
    if metadata.hints & names:
        told = "the signature does not match the content"
        return Refused(code="LINK_SIGNATURE", ref=metadata.ref, told=told, step=about)
    told = f"no functionary of the layout has signed it; key ids {', '.join(sorted(metadata.hints))[:80] or 'none'}"
    return Refused(code="LINK_UNKNOWN_SIGNER", ref=metadata.ref, told=told, step=about)


def _read(metadata: SignedMetadata) -> Work | None:
    """What a verified document says; None for a layout. Raises MalformedInput for anything else."""
    body = metadata.document()
    if body.get("_type") == "layout":
        return None
    if body.get("_type") == "link":
        return _classic(body, metadata.ref)
    statement = Statement.parse(metadata.payload, where=metadata.ref)
    if statement.predicate_type != link.TYPE:
        raise _malformed(metadata.ref, "another kind of claim", link.TYPE, statement.predicate_type)
    stated = Link.parse(statement.predicate, where=metadata.ref)
    products = [(subject.get("name"), subject.get("digest")) for subject in body["subject"]]
    return Work(
        step=stated.name,
        command=stated.command,
        materials=_artifacts([(m.name, m.digest) for m in stated.materials], metadata.ref),
        products=_artifacts(products, metadata.ref),
    )


def _classic(body: Mapping[str, Any], where: str) -> Work:
    name, command = body.get("name"), body.get("command", [])
    sides = [body.get("materials", {}), body.get("products", {})]
    texts = isinstance(command, list) and all(isinstance(word, str) for word in command)
    if not isinstance(name, str) or not name or not texts or not all(isinstance(side, dict) for side in sides):
        raise _malformed(where, "not a link", "name, command, materials and products", ", ".join(sorted(body)))
    materials, products = (_artifacts(list(side.items()), where) for side in sides)
    return Work(step=name, command=tuple(command), materials=materials, products=products)


def _artifacts(items: Iterable[tuple[object, object]], where: str) -> dict[str, dict[str, str]]:
    """Paths with digests. What has none that can be trusted is refused: rules would compare it by a weak one."""
    found: dict[str, dict[str, str]] = {}
    for path, digests in items:
        if not isinstance(path, str) or not path or path in found or not isinstance(digests, Mapping):
            raise _malformed(where, "not an artifact, or one that stands twice", "paths with digests", repr(path))
        strong = {name: str(value).lower() for name, value in digests.items() if name in LENGTHS}
        for name, value in strong.items():
            Digest.parse(f"{name}:{value}", where=f"{where}: {path}")
        if not strong:
            raise _malformed(where, f"{path} has no digest that can be trusted", "sha256", ", ".join(map(str, digests)))
        found[path] = strong
    return found


def _malformed(where: str, message: str, expected: str, found: str) -> MalformedInput:
    return MalformedInput(message, code="LINK_MALFORMED", where=where, expected=expected, found=found[:120])

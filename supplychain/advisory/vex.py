"""VEX: what a supplier says about a known problem in a product, as values; the two formats are one file each.

A statement names a problem, says where it stands, and for which products. Whether it fits a component is judged by
`vex_match`, what it does to findings by `scan.vex`. https://github.com/openvex/spec, CycloneDX `vulnerabilities`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from supplychain.artifact.digest import Digest
from supplychain.encoding import format_time
from supplychain.errors import MalformedInput

EXPIRES = "supplychain:expires"
"""Our own field (OpenVEX) or property (CycloneDX): from this RFC 3339 time on, the statement does not count."""


class VexStatus(StrEnum):
    """Where a problem stands in a product, in the words of OpenVEX."""

    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    AFFECTED = "affected"

    @property
    def rank(self) -> int:
        """Larger is worse: of two statements of one time the worse counts."""
        return list(VexStatus).index(self)

    @property
    def silences(self) -> bool:
        """Whether it settles a finding."""
        return self in (VexStatus.NOT_AFFECTED, VexStatus.FIXED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """A thing a statement is about, by purl, by hash or by both (then both must fit)."""

    text: str
    """As the document names it."""
    purl: str = ""
    hashes: tuple[Digest, ...] = ()
    every_version: bool = False
    """The document says in so many words that every version is meant (`@*`, `vers:pypi/*`)."""
    problem: str = ""
    """Why it cannot be compared with anything; empty: it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A product, or one part within a product."""

    product: Product
    part: Product | None = None
    """The statement holds for this part of the product only; None: for the product itself."""

    @property
    def text(self) -> str:
        """`product`, or `part in product`."""
        return f"{self.part.text} in {self.product.text}" if self.part else self.product.text


@dataclass(frozen=True, slots=True, kw_only=True)
class VexStatement:
    """One statement of one document."""

    document: str
    """The file it stands in."""
    number: int
    """Its place in the document, from 1."""
    ids: tuple[str, ...]
    """The names of the problem, the main one first."""
    status: VexStatus
    scopes: tuple[Scope, ...]
    time: datetime | None = None
    """When it was last known to be true."""
    expires: datetime | None = None
    justification: str = ""
    impact: str = ""
    problem: str = ""
    """Why it must not be believed whatever it fits; empty: nothing speaks against it."""

    def barred(self, at: datetime, max_age: timedelta | None) -> str:
        """Why the statement does not count at a time; empty: it does.

        Args:
            at: The time.
            max_age: Oldest statement that counts; None: any age.
        """
        if self.problem:
            return self.problem
        if self.expires is not None and at >= self.expires:
            return f"expired at {format_time(self.expires)}"
        if self.time is not None and self.time > at:
            return f"made at {format_time(self.time)}, which is still to come"
        if max_age is not None and self.time is None:
            return "carries no time, so its age is not known"
        if max_age is not None and self.time is not None and at - self.time >= max_age:
            return f"made at {format_time(self.time)}, more than {max_age.days} days ago"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VexDocument:
    """A whole document."""

    where: str
    format: str
    author: str
    statements: tuple[VexStatement, ...]
    notes: tuple[str, ...] = ()
    """What in it was not understood and therefore not read."""
    digest: Digest | None = None
    """Of its bytes."""


def bad_vex(where: str, message: str, *, expected: str = "", found: object = None) -> MalformedInput:
    """The error of a VEX document that does not keep to its format."""
    text = "" if found is None else repr(found)[:120]
    return MalformedInput(message, code="BAD_VEX", where=where, expected=expected, found=text)


def problem_names(name: str, *others: str) -> tuple[str, ...]:
    """All names of a problem; of one that is an address, also its last part (`…?id=CVE-2015-3193`)."""
    names = [name, *others]
    tails = [text.rstrip("/").rpartition("/")[2].rpartition("=")[2] for text in names if "://" in text]
    return tuple(dict.fromkeys(text for text in (*names, *tails) if text))

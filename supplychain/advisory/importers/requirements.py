"""Version requirements as advisories write them, into spans: Cargo's, node-semver's and RubyGems'.

- Cargo: https://doc.rust-lang.org/cargo/reference/specifying-dependencies.html; `,` means and.
- node: https://github.com/npm/node-semver#ranges; a space means and, `||` means or.
- RubyGems: `Gem::Requirement`; `,` means and.

Pre-releases lie where the order of versions puts them: `< 2.0.0` holds 2.0.0-rc.1. An upper bound that a requirement
only implies (`^1.2`, `~> 1.2`) lies before every pre-release of the next version, as in Cargo and RubyGems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from supplychain.advisory.importers.spans import ALL, Cut, Line, Span
from supplychain.advisory.versions.order import MAX_LENGTH
from supplychain.advisory.versions.registry import SEMVER
from supplychain.advisory.versions.rubygems import RubyGems

_PART = r"(?:[0-9]+|[xX*])"
_PARTIAL = re.compile(
    rf"[v=]?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?(?<!-)", re.ASCII
)
_COMPARATOR = re.compile(r"(\^|~>|~|>=|<=|!=|>|<|=)?\s*([^\s,|<>=~^!]+)")
_HYPHEN = re.compile(r"(\S+)\s+-\s+(\S+)")
_GEM = re.compile(r"[0-9]+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z.-]+)?")
_LONGEST = 2000


class RequirementError(ValueError):
    """The text is no requirement of its kind, or no version can meet it."""


def next_semver(version: str) -> str:
    """The first version after a Semantic Version."""
    plain = version.removeprefix("v").partition("+")[0]
    if "-" in plain:
        return f"{plain}.0"
    numbers = [*(int(part) for part in plain.split(".")), 0, 0][:3]
    return f"{numbers[0]}.{numbers[1]}.{numbers[2] + 1}-0"


def next_gem(version: str) -> str:
    """A version after a gem's that comes before every later one ever published (the order is dense)."""
    return f"{version}.0.0.0.1"


SEMVER_LINE = Line(SEMVER, next_semver)
GEM_ORDER = RubyGems()
GEM_LINE = Line(GEM_ORDER, next_gem)


def cargo_span(text: str) -> Span:
    """A Cargo requirement. Raises RequirementError."""
    return _all_of(SEMVER_LINE, text, [part.strip() for part in _checked(text).split(",")], _cargo)


def node_spans(text: str) -> list[Span]:
    """A node-semver range: its alternatives. Raises RequirementError."""
    return [_node_alternative(part.strip()) for part in _checked(text).split("||")]


def gem_spans(text: str) -> list[Span]:
    """A RubyGems requirement. `!=` makes several spans of it. Raises RequirementError."""
    parts = [part.strip() for part in _checked(text).split(",")]
    unequal = [GEM_LINE.complement([_exactly(_gem(p[2:]))]) for p in parts if p.startswith("!=")]
    spans = [_all_of(GEM_LINE, text, [p for p in parts if not p.startswith("!=")] or [">= 0"], _gem_comparator)]
    for pieces in unequal:
        found = [GEM_LINE.both((a, b)) for a in spans for b in pieces]
        spans = [span for span in found if span is not None]
    return spans


def _checked(text: str) -> str:
    if len(text) > _LONGEST:
        raise RequirementError(text[:60])
    return text


def _all_of(line: Line, text: str, parts: Sequence[str], comparator: Callable[[str, str], Span]) -> Span:
    spans = []
    for part in parts:
        match = _COMPARATOR.fullmatch(part)
        if match is None or len(match[2]) > MAX_LENGTH:
            raise RequirementError(text[:200])
        spans.append(comparator(match[1] or "", match[2]))
    span = line.both(spans)
    if span is None:
        raise RequirementError(f"{text[:200]}: no version can meet it")
    return span


def _node_alternative(text: str) -> Span:
    if text in ("", "*", "x", "X", "latest"):
        return ALL
    if hyphen := _HYPHEN.fullmatch(text):
        text = f">={hyphen[1]} <={hyphen[2]}"
    rest = _COMPARATOR.sub("", text)
    if rest.strip(" ,"):
        raise RequirementError(text[:200])
    return _all_of(SEMVER_LINE, text, [match[0] for match in _COMPARATOR.finditer(text)], _node)


def _cargo(operator: str, version: str) -> Span:
    # Without an operator, Cargo means a caret.
    return _semver(operator or ("" if "*" in version else "^"), version, "-0")


def _node(operator: str, version: str) -> Span:
    return _semver(operator, version, "")


def _semver(operator: str, version: str, implied: str) -> Span:
    """One comparator; `implied` is put behind an upper bound that is only implied."""
    match = _PARTIAL.fullmatch(version)
    if match is None:
        raise RequirementError(version[:200])
    numbers = [int(part) for part in _leading(match.groups()[:3])]
    if not numbers:
        return ALL
    whole = len(numbers) == 3
    low = ".".join(map(str, (*numbers, 0, 0)[:3])) + (match[4] or "" if whole else "")
    upper = partial(_bumped, numbers, implied=implied)
    before, end = Cut(low, after=False), Cut(low, after=True) if whole else upper(len(numbers) - 1)
    if operator in ("^", "~", "~>"):
        return Span(before, upper(_caret(numbers) if operator == "^" else min(1, len(numbers) - 1)))
    return _compared(operator, before, end)


def _compared(operator: str, before: Cut, after: Cut) -> Span:
    """The operators every ecosystem shares, for a version (or all that begin as it does) between two cuts."""
    spans = {
        "": Span(before, after),
        "=": Span(before, after),
        ">": Span(after, None),
        ">=": Span(before, None),
        "<": Span(None, before),
        "<=": Span(None, after),
    }
    if operator not in spans:
        raise RequirementError(f"{operator}{before.version[:200]}")
    return spans[operator]


def _leading(parts: Sequence[str | None]) -> list[str]:
    """The numbers before the first part that is missing or stands for any."""
    found = []
    for part in parts:
        if part is None or not part.isdigit():
            break
        found.append(part)
    return found


def _caret(numbers: Sequence[int]) -> int:
    """The place that may not change: the first that is not zero, or the last that is given."""
    return next((i for i, number in enumerate(numbers) if number), len(numbers) - 1)


def _bumped(numbers: Sequence[int], place: int, *, implied: str) -> Cut:
    raised = [*numbers[:place], numbers[place] + 1, 0, 0][:3]
    return Cut(".".join(map(str, raised)) + implied, after=False)


def _gem_comparator(operator: str, version: str) -> Span:
    before, after = Cut(_gem(version), after=False), Cut(_gem(version), after=True)
    if operator == "~>":
        return Span(before, Cut(_gem_bump(version), after=False))
    return _compared(operator, before, after)


def _exactly(version: str) -> Span:
    return Span(Cut(version, after=False), Cut(version, after=True))


def _gem(text: str) -> str:
    version = text.strip()
    if _GEM.fullmatch(version) is None:
        raise RequirementError(version[:200])
    return version


def _gem_bump(version: str) -> str:
    """`Gem::Version#bump`, before its pre-releases: of `1.2.3` that is `1.3.A`."""
    numbers: list[int] = []
    for part in version.partition("-")[0].split("."):
        if not part.isdigit():
            break
        numbers.append(int(part))
    kept = numbers[:-1] if len(numbers) > 1 else numbers
    kept[-1] += 1
    return ".".join(map(str, kept)) + ".A"

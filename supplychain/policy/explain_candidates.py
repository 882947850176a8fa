"""Changes that might allow, made of what the reasons themselves name. For `explain`, which decides about each.

A candidate with a span is tried at every size: the smallest that helps is what is told, as "made at … or later".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from supplychain.errors import MalformedInput
from supplychain.policy import explain_edits as edits
from supplychain.policy.decision import Violation
from supplychain.policy.explain_additions import would_be
from supplychain.policy.explain_edits import Edit, Entry

_ORDERS = {
    "pypi": "PyPI",
    "npm": "npm",
    "golang": "Go",
    "cargo": "crates.io",
    "maven": "Maven",
    "gem": "RubyGems",
    "composer": "Packagist",
    "nuget": "NuGet",
    "deb": "Debian",
    "apk": "Alpine",
    "rpm": "Red Hat",
    "hex": "Hex",
    "pub": "Pub",
}
"""Type of a purl to the ecosystem whose order of versions it has."""
_BUILT = "predicate.coverage.database.built"
_HOUR, _DAY = 3600, 86400
LONGEST_WAIT = 128 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One thing that could be otherwise, in one size or in many."""

    text: Callable[[int], str]
    path: str
    """What it touches, for machines."""
    edit: Callable[[int], Edit]
    span: tuple[int, int] = (0, 0)
    """Sizes: the first is known not to help, the last is what is tried first."""
    how: str = ""
    """What the rule says to do."""
    doubling: bool = False
    """Tried from small to large: too much may do harm again."""


def candidates(
    blocking: Sequence[Violation], document: Mapping[str, Any], profile: Mapping[str, Any]
) -> Iterator[Candidate]:
    """The cheapest first."""
    for violation in blocking:
        yield from _upgrade(violation, blocking)
    for violation in blocking:
        yield from _repairs(violation, document)
    for violation in blocking:
        yield from _mended(violation)
    if any(_passes(violation) for violation in blocking):
        yield _later(document)
    for violation in blocking:
        for text, entries in would_be(violation, document, profile):
            yield from _added(text, entries, violation.fix)


def _plain(text: str, path: str, edit: Edit) -> Candidate:
    return Candidate(text=lambda _: text, path=path, edit=lambda _: edit)


def _upgrade(violation: Violation, blocking: Sequence[Violation]) -> Iterator[Candidate]:
    facts = violation.evidence
    purl, now = str(facts.get("purl") or ""), str(facts.get("version") or "")
    findings = [v.evidence for v in blocking if v.evidence.get("purl") == purl]
    version = upgrade_of(purl, now, [list(map(str, found.get("fixed") or ())) for found in findings])
    if version is None:
        return
    ends = edits.drop(lambda f: edits.component_of(f) == purl and ends_at(purl, now, edits.fixes_of(f), version))
    yield _plain(f"raise {facts.get('name')} {now} to {version}", f"component {purl}", ends)


def upgrade_of(purl: str, now: str, fixes: Sequence[Sequence[str]]) -> str | None:
    """The lowest version that ends every finding which any version ends; None: there is none, or no order is known.

    Args:
        purl: The component.
        now: Its version.
        fixes: For each finding the versions in which it is mended.
    """
    order = _order(purl)
    if order is None:
        return None
    try:
        newer = [[text for text in fixed if order.compare(text, now) > 0] for fixed in fixes]
        known = sorted({text for fixed in newer for text in fixed}, key=order.key)
        mendable = [fixed for fixed in newer if fixed]
        return next((v for v in known if all(ends_at(purl, now, fixed, v) for fixed in mendable)), None)
    except MalformedInput:
        return None


def ends_at(purl: str, now: str, fixed: Sequence[str], version: str) -> bool:
    """Whether a version is one in which a finding is mended, or not older than the last of them."""
    order = _order(purl)
    if order is None:
        return False
    try:
        newer = [text for text in fixed if order.compare(text, now) > 0]
        last = max(newer, key=order.key, default=None)
        return version in newer or (last is not None and order.compare(version, last) >= 0)
    except MalformedInput:
        return False


def _order(purl: str) -> Any:  # noqa: ANN401 - imported late: the versions of 20 ecosystems
    from supplychain.advisory.versions.registry import order_for

    return order_for(_ORDERS.get(purl.removeprefix("pkg:").partition("/")[0], ""))


def _repairs(violation: Violation, document: Mapping[str, Any]) -> Iterator[Candidate]:
    """The statement that a reason names, made otherwise."""
    digest = violation.evidence.get("statement")
    entry = next((e for e in edits.statements_of(document) if e.get("digest") == digest), None)
    if entry is None:
        return
    kind = _called(entry)
    for size in (*_renewals(entry, kind, document), *_measures(entry)):
        yield Candidate(text=size.text, path=f"statement {digest}", edit=_on(digest, size.change), span=size.span)
    wanted = violation.evidence.get("wanted")
    plain: list[tuple[str, Callable[[Entry], bool]]] = [
        (f"a {kind} that looked at everything", edits.whole_coverage),
        ("build from a commit without changes beside it", edits.clean_sources),
    ]
    if entry.get("kind") == "provenance" and isinstance(wanted, int):
        plain.insert(0, (f"build on a builder worth level {wanted} or more", edits.put("builder_level", wanted)))
    if entry.get("kind") == "approval":
        plain.insert(0, (violation.fix, edits.put("predicate.verdict", "approve")))
    if str(entry.get("log")) in ("none", "pending"):
        plain.append(("make its entry in a transparency log", edits.put("log", "included")))
    for text, change in plain:
        yield _plain(text, f"statement {digest}", edits.on_entry(str(digest), change))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Size:
    text: Callable[[int], str]
    change: Callable[[int], Callable[[Entry], bool]]
    span: tuple[int, int]


def _on(digest: object, change: Callable[[int], Callable[[Entry], bool]]) -> Callable[[int], Edit]:
    return lambda size: edits.on_entry(str(digest), change(size))


def _renewals(entry: Entry, kind: str, document: Mapping[str, Any]) -> Iterator[_Size]:
    """The same said later: when at the earliest."""
    now = edits.seconds(document.get("at"))
    if now is None or entry.get("kind") == "vsa":
        return  # a summary has to be old enough; promoting again and waiting is among the additions
    yield _renewal(entry, "time", f"a {kind}", now)
    if edits.value_at(entry, _BUILT) is not None:
        yield _renewal(entry, _BUILT, f"a {kind} with an advisory database", now)


def _renewal(entry: Entry, path: str, what: str, now: int) -> _Size:
    made = edits.seconds(edits.value_at(entry, path))
    low = made if made is not None and made < now else 0

    def text(size: int) -> str:
        if size <= low + 1:
            return f"{what} that says when it was made, {edits.at_second(now)} or before"
        return f"{what} made at {edits.at_second(size)} or later"

    def change(size: int) -> Callable[[Entry], bool]:
        return edits.put(path, edits.at_second(size))

    return _Size(text=text, change=change, span=(low, now))


def _measures(entry: Entry) -> Iterator[_Size]:
    """What was measured, better: by how much at least."""
    about = edits.value_at(entry.get("predicate"), "urn:supplychain:quality")
    found = about.get("measured") if isinstance(about, dict) else None
    for part, whole in (("lines_covered", "lines"), ("branches_covered", "branches")):
        low, high = (found.get(part), found.get(whole)) if isinstance(found, dict) else (None, None)
        if isinstance(low, int) and isinstance(high, int) and low < high:
            yield _measure(part, whole, low, high)


def _measure(part: str, whole: str, low: int, high: int) -> _Size:
    def text(size: int) -> str:
        return f"cover {size - low} more of {high} {whole}: {size} instead of {low}"

    def change(size: int) -> Callable[[Entry], bool]:
        return _measured(part, size)

    return _Size(text=text, change=change, span=(low, high))


def _measured(part: str, size: int) -> Callable[[Entry], bool]:
    def change(entry: Entry) -> bool:
        entry["predicate"]["urn:supplychain:quality"]["measured"][part] = size
        return True

    return change


def _mended(violation: Violation) -> Iterator[Candidate]:
    """A finding gone, one by one."""
    facts = violation.evidence
    identity, purl = facts.get("id") or facts.get("rule"), facts.get("purl")
    if not identity:
        return

    def wanted(finding: Any) -> bool:  # noqa: ANN401 - a JSON value
        same = edits.id_of(finding) == identity
        return same and (not purl or edits.component_of(finding) == purl)

    yield _plain(violation.fix or f"mend {identity}", f"finding {identity}", edits.drop(wanted))


def _added(text: str, entries: list[Entry], how: str) -> Iterator[Candidate]:
    path = f"statement of kind {entries[0]['kind']}"
    yield Candidate(text=lambda _: text, path=path, edit=lambda _: edits.add(entries), how=how)
    if entries[0]["kind"] == "vsa":
        yield Candidate(
            text=lambda size: f"{text}, then ask again {_long(size)} later",
            path=path,
            edit=lambda size: edits.in_turn(edits.add(entries), edits.wait(size)),
            span=(0, LONGEST_WAIT),
            how=how,
            doubling=True,
        )


def _passes(violation: Violation) -> bool:
    """Whether time alone may end a reason."""
    return violation.rule in ("previous_environment", "freeze") or violation.code.endswith("_FROM_THE_FUTURE")


def _later(document: Mapping[str, Any]) -> Candidate:
    now = edits.seconds(document.get("at")) or 0
    return Candidate(
        text=lambda size: f"ask again at {edits.at_second(now + size)} or later",
        path="at",
        edit=edits.wait,
        span=(0, LONGEST_WAIT),
        doubling=True,
    )


def _called(entry: Entry) -> str:
    kind = str(entry.get("kind"))
    if kind == "vulns":
        return "scan of the dependencies"
    if kind == "scan":
        return f"scan of kind {edits.value_at(entry, 'predicate.scanner.kind')}"
    if kind == "test-result":
        about = edits.value_at(entry.get("predicate"), "urn:supplychain:quality")
        return f"result of {about.get('kind')}" if isinstance(about, dict) else "result"
    return {"sbom": "SBOM", "vsa": "summary"}.get(kind, kind)


def _long(size: int) -> str:
    for unit, name in ((_DAY, "day"), (_HOUR, "hour"), (60, "minute"), (1, "second")):
        if size % unit == 0 and size:
            return f"{size // unit} {name}{'s' if size // unit > 1 else ''}"
    return "0 seconds"

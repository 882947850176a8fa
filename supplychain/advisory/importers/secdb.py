"""Package databases of Alpine, Wolfi and Chainguard (`secdb`): in which version of a package which problem was fixed.

https://secdb.alpinelinux.org: one document for each release and repository, JSON or (until 2020) YAML. Every version
before the fixed one is affected. The version `0` means that the package never was. A document knows only of problems
that were fixed, and says all its distribution says about that repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from supplychain.advisory.importers.fields import Fields, cve_of
from supplychain.advisory.importers.item import Snapshot
from supplychain.advisory.record import Advisory, Affected, Event, Range
from supplychain.advisory.versions.order import MAX_LENGTH
from supplychain.advisory.versions.registry import ORDERS

_RELEASE = re.compile(r"v\d+\.\d+|edge")
_NAME = re.compile(r"[A-Z][A-Z0-9]*-[A-Za-z0-9][A-Za-z0-9.-]*")
_DISTRIBUTIONS = (("wolfi", "Wolfi"), ("chainguard", "Chainguard"), ("minimos", "MinimOS"), ("alpine", "Alpine"))
_Fixes = dict[str, dict[str, str]]
"""Problem (as written) to package to fixed version."""


def is_secdb(value: dict[str, Any]) -> bool:
    """Whether a document is meant as such a database."""
    return "packages" in value and ("apkurl" in value or "urlprefix" in value or "distroversion" in value)


def parse_secdb(value: dict[str, Any], where: str) -> Snapshot:
    """One database.

    Raises:
        MalformedInput: It breaks the form, or does not say for which distribution and release it holds.
    """
    fields = Fields(value, where, "package database (secdb)")
    distribution, release = _distribution(fields)
    repository = fields.text("reponame", optional=True) or "main"
    ecosystem = f"{distribution}:{release}" if release else distribution
    scope = f"{release}/{repository}" if release else repository
    fixes = _fixes(fields)
    return Snapshot(
        label=f"{ecosystem}/{repository}",
        format="secdb",
        ecosystems=(ecosystem,),
        pattern=f"{distribution.upper()}-*@{_literal(scope)}",
        advisories=_advisories(fixes, distribution, ecosystem, scope),
    )


def _distribution(fields: Fields) -> tuple[str, str]:
    release = fields.text("distroversion", optional=True)
    address = " ".join(fields.text(name, optional=True) for name in ("urlprefix", "apkurl", "reponame")).lower()
    name = next((name for word, name in _DISTRIBUTIONS if word in address), "Alpine" if release else "")
    if name == "Alpine" and not _RELEASE.fullmatch(release):
        raise fields.bad("distroversion names no release", release)
    if not name:
        raise fields.bad("it does not say for which distribution it holds", address[:80])
    return name, release if name == "Alpine" else ""


def _fixes(fields: Fields) -> _Fixes:
    found: _Fixes = {}
    packages = fields.value["packages"] or []
    if not isinstance(packages, list):
        raise fields.bad("packages is no list", packages)
    for entry in packages:
        if not isinstance(entry, dict):
            raise fields.bad("a package is no object", entry)
        package = Fields(entry, fields.where, "package database (secdb)").part("pkg")
        name = package.text("name")
        for version, problems in (package.part("secfixes", optional=True)).value.items():
            for problem in _problems(package, version, problems):
                before = found.setdefault(problem, {}).get(name, "0")
                found[problem][name] = _later(before, version.strip())
    return found


def _problems(package: Fields, version: str, problems: object) -> list[str]:
    if problems is None:
        return []
    if not isinstance(problems, list) or not all(isinstance(problem, str) for problem in problems):
        raise package.bad(f"the fixes of version {version} are no list of texts", problems)
    return [problem.strip() for problem in problems if problem.strip()]


def _later(first: str, second: str) -> str:
    """Of two versions said to fix one problem the later: only there it was fixed for good."""
    if first == "0" or len(second) > MAX_LENGTH or not second:
        return second or first
    return first if second == "0" or ORDERS["Alpine"].compare(first, second) > 0 else second


def _advisories(fixes: _Fixes, distribution: str, ecosystem: str, scope: str) -> Iterator[Advisory]:
    prefix = distribution.upper()
    merged: dict[str, tuple[set[str], dict[str, str]]] = {}
    for problem, packages in fixes.items():
        names = _NAME.findall(problem.replace("CVE_", "CVE-").replace("CVE ", "CVE-")) or [problem.split()[0][:200]]
        known, fixed = merged.setdefault(names[0], (set(), {}))
        known.update(alias for alias in (*names, cve_of(problem)) if alias)
        for package, version in packages.items():
            fixed[package] = _later(fixed.get(package, "0"), version)
    for name, (aliases, fixed) in sorted(merged.items()):
        affected = tuple(
            _affected(ecosystem, package, version) for package, version in sorted(fixed.items()) if version != "0"
        )
        if affected:
            yield Advisory(
                id=f"{prefix}-{name}@{scope}",
                modified=None,
                aliases=tuple(sorted(aliases)),
                summary=f"{name} in {', '.join(sorted(fixed))[:120]}",
                affected=affected,
            )


def _affected(ecosystem: str, package: str, version: str) -> Affected:
    events = (Event(kind="introduced", version="0"), Event(kind="fixed", version=version))
    return Affected(ecosystem=ecosystem, package=package, ranges=(Range(type="ECOSYSTEM", events=events),))


def _literal(text: str) -> str:
    """A text that GLOB matches as it stands."""
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)

"""Installed Python distributions: `*.dist-info/METADATA`, `*.egg-info` (a file, or a folder with PKG-INFO).

https://packaging.python.org/specifications/core-metadata/ and /recording-installed-packages/. `direct_url.json` beside
the metadata says that a distribution did not come from an index.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from supplychain.encoding import parse_json
from supplychain.errors import MalformedInput
from supplychain.inventory.catalogers.python_requirement import without_password
from supplychain.inventory.component import Component, package_url, pypi_name
from supplychain.inventory.image.interface import Found, View, unreadable
from supplychain.inventory.sbom import Gap

_HEADER = re.compile(r"^([A-Za-z][A-Za-z0-9-]*):[ \t]*([^\n]*)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9!.+_~-]{1,100}")
_NEEDED = re.compile(r"[ \t]*([A-Za-z0-9][A-Za-z0-9._-]*)")
_EXTRA = re.compile(r"\bextra\s*==")
_CLASSIFIER = re.compile(r"License ::(?: OSI Approved ::)?\s*(.+)")
_SHORT = 80
_NO_LICENSE = frozenset({"unknown", "none", "license", ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Distribution:
    component: Component
    folder: str
    """The folder it is installed in: needs are looked for there first."""
    needs: tuple[str, ...]


def read_python(view: View) -> Found:
    """List the installed Python distributions of an image."""
    return read_metadata(view.of("python"), view)


def read_metadata(files: Iterable[tuple[str, bytes]], view: View) -> Found:
    """List the distributions that files of metadata (path and content) are of."""
    listed: list[_Distribution] = []
    gaps: list[Gap] = []
    for path, data in files:
        text = data.replace(b"\r", b"").decode("utf-8", "replace").partition("\n\n")[0]
        fields: dict[str, list[str]] = {}
        for name, value in _HEADER.findall(text):
            fields.setdefault(name.lower(), []).append(value.strip())
        name, version = fields.get("name", [""])[0], fields.get("version", [""])[0]
        if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
            gaps.append(unreadable(path, f"not the metadata of a distribution: name {name!r}, version {version!r}"))
            continue
        component, gap = _component(path, fields, view)
        gaps += [gap] if gap else []
        needs = (_NEEDED.match(text) for text in fields.get("requires-dist", []) if not _EXTRA.search(text))
        listed.append(
            _Distribution(
                component=component,
                folder=_site_folder(path),
                needs=tuple(pypi_name(match[1]) for match in needs if match),
            )
        )
    return Found(components=tuple(_with_edges(listed)), gaps=tuple(gaps))


def _site_folder(path: str) -> str:
    """`…/site-packages` of `…/site-packages/x.dist-info/METADATA` and of `…/site-packages/x.egg-info`."""
    folder, _, name = path.rpartition("/")
    return folder if name.endswith(".egg-info") else folder.rpartition("/")[0]


def _component(path: str, fields: dict[str, list[str]], view: View) -> tuple[Component, Gap | None]:
    name, version = pypi_name(fields["name"][0]), fields["version"][0]
    qualifiers: dict[str, str] = {}
    address = _direct_url(path.rpartition("/")[0] + "/direct_url.json", view)
    if address:
        kind = "vcs_url" if address.partition("+")[0] in ("git", "hg", "svn", "bzr") else "download_url"
        qualifiers = {kind: address} if "://" in address else {}
    purl = package_url("pypi", name, version, qualifiers=qualifiers)
    component = Component(
        name=name,
        version=version,
        purl=purl,
        licenses=tuple(_licenses(fields)),
        origin=path,
    )
    gap = Gap(what=purl, reason="not_from_registry", detail=f"installed from {address}"[:200]) if address else None
    return component, gap


def _direct_url(path: str, view: View) -> str:
    """Where a distribution came from when it was no index (PEP 610), without passwords; empty: an index."""
    data = view.read(path) if path.endswith(".dist-info/direct_url.json") else None
    if not data:
        return ""
    try:
        value = parse_json(data, where=path)
    except MalformedInput:
        return "an unreadable address"
    if not isinstance(value, dict) or not isinstance(value.get("url"), str):
        return "an unreadable address"
    vcs = value.get("vcs_info")
    prefix = f"{vcs.get('vcs')}+" if isinstance(vcs, dict) else ""
    commit = f"@{vcs.get('commit_id')}" if isinstance(vcs, dict) and vcs.get("commit_id") else ""
    return f"{prefix}{without_password(value['url'])}{commit}"


def _licenses(fields: dict[str, list[str]]) -> Iterator[str]:
    """The expression, else the licence field when it is a name and no text, else the classifiers."""
    for key in ("license-expression", "license"):
        text = fields.get(key, [""])[0]
        if text.lower() not in _NO_LICENSE and len(text) <= _SHORT:
            yield text
            return
    for classifier in fields.get("classifier", []):
        match = _CLASSIFIER.fullmatch(classifier)
        if match:
            yield match[1]


def _with_edges(listed: list[_Distribution]) -> Iterator[Component]:
    here = {(item.folder, item.component.name): item.component.purl for item in listed}
    anywhere = {item.component.name: item.component.purl for item in listed}
    for item in listed:
        found = (here.get((item.folder, name)) or anywhere.get(name) for name in item.needs)
        edges = dict.fromkeys(purl for purl in found if purl and purl != item.component.purl)
        yield replace(item.component, depends_on=tuple(edges)) if edges else item.component

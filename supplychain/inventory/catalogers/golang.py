"""go.mod, with go.sum beside it (https://go.dev/ref/mod).

From Go 1.17 on go.mod lists every module that is needed; older ones list what is asked for, and go.sum the rest (and
sometimes more than is used, which is the safe side).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from supplychain.inventory.catalogers.interface import Catalogued, Source, malformed
from supplychain.inventory.catalogers.lock import Listing, Locked
from supplychain.inventory.catalogers.python_requirements import decode

_IGNORED = frozenset({"exclude", "retract", "tool", "godebug", "ignore"})
_VERSION = re.compile(r"v\d\S*")
_COMPLETE_SINCE = (1, 17)


@dataclass(slots=True)
class _GoMod:
    module: str = ""
    go: str = ""
    toolchain: str = ""
    requires: list[tuple[str, str, bool]] = field(default_factory=list)
    """Path, version, asked for by the module itself."""
    replaces: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)


def read_go_mod(source: Source) -> Catalogued:
    """List go.mod; a module replaced by a folder is a gap, because no registry answers for it."""
    parsed = _parse(source)
    if parsed == _GoMod():
        # An empty go.mod is a known way to keep a folder out of the module around it.
        return Catalogued(silent=True)
    listing = Listing(source=source)
    for path, version, direct in parsed.requires:
        to, to_version = parsed.replaces.get((path, version)) or parsed.replaces.get((path, "")) or (path, version)
        local = to.startswith(("./", "../", "/"))
        listing.entries.append(
            Locked(
                kind="golang",
                name=path if local else to,
                version=version if local else to_version,
                elsewhere=to if local else "",
                direct=direct,
            )
        )
    numbers = tuple(int(part) for part in re.findall(r"\d+", parsed.go)[:2])
    if parsed.requires and numbers < _COMPLETE_SINCE:
        _add_go_sum(listing, source)
    standard = parsed.toolchain.removeprefix("go") or (parsed.go if parsed.go.count(".") == 2 else "")
    if standard and standard != "default":
        listing.entries.append(Locked(kind="golang", name="stdlib", version=standard.split("-", 1)[0], direct=True))
    if parsed.module:
        listing.projects.append(Locked(kind="golang", name=parsed.module, version=None).purl)
    return listing.catalogued()


def _add_go_sum(listing: Listing, source: Source) -> None:
    data = source.read(source.path.with_suffix(".sum"))
    if data is None:
        listing.gap(str(source.path), "not_pinned", "before Go 1.17 only go.sum lists what dependencies bring in")
        return
    listed = {entry.name for entry in listing.entries}
    for line in decode(data, f"{source.where} (go.sum)").splitlines():
        words = line.split()
        if len(words) == 3 and not words[1].endswith("/go.mod") and words[0] not in listed:
            listing.entries.append(Locked(kind="golang", name=words[0], version=words[1], direct=False))


def _parse(source: Source) -> _GoMod:
    parsed = _GoMod()
    for number, words, comment in _statements(source):
        place = f"{source.where}:{number}"
        match words:
            case ["module", path]:
                parsed.module = path
            case ["go", version]:
                parsed.go = version
            case ["toolchain", version]:
                parsed.toolchain = version
            case ["require", path, version] if _VERSION.fullmatch(version):
                parsed.requires.append((path, version, not comment.startswith("indirect")))
            case ["replace", *rest] if "=>" in rest:
                _replace(parsed, rest, place)
            case [word, *_] if word in _IGNORED:
                continue
            case _:
                raise malformed(place, "not a go.mod line", found=" ".join(words))
    return parsed


def _replace(parsed: _GoMod, rest: list[str], place: str) -> None:
    arrow = rest.index("=>")
    old, new = rest[:arrow], rest[arrow + 1 :]
    if len(old) not in (1, 2) or len(new) not in (1, 2):
        raise malformed(place, "not a replace line", expected="replace OLD [VERSION] => NEW [VERSION]")
    parsed.replaces[(old[0], old[1] if len(old) == 2 else "")] = (new[0], new[1] if len(new) == 2 else "")


def _statements(source: Source) -> Iterator[tuple[int, list[str], str]]:
    """Each line with the word of its block in front."""
    block, opened = "", 0
    for number, raw in enumerate(decode(source.data, source.where).splitlines(), 1):
        line, comment = _cut_comment(raw)
        words = [word.strip('"`') for word in line.split()]
        if not words:
            continue
        if block and words == [")"]:
            block = ""
        elif not block and len(words) == 2 and words[1] == "(":
            block, opened = words[0], number
        else:
            yield number, [block, *words] if block else words, comment.strip()
    if block:
        raise malformed(f"{source.where}:{opened}", "the block is not closed: the file is cut short", expected=")")


def _cut_comment(raw: str) -> tuple[str, str]:
    """Cut a comment only where a space precedes it: `//` also stands in paths."""
    cut = re.search(r"(?:^|\s)//", raw)
    return (raw[: cut.start()], raw[cut.end() :]) if cut else (raw, "")

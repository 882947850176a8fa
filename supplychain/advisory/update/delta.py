"""What changed in one ecosystem, record by record: the list `modified_id.csv` and the files `<id>.json` beside it.

The list has one line `time,id` for each record, newest first. Where only a few are newer than what is known, fetching
those is cheaper than the whole zip; where the server has no list, or too much changed, the answer is None and the zip
is fetched. A record the list names and the server does not give is no answer either: then the zip decides.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.update.http import Server
from supplychain.encoding import parse_time
from supplychain.errors import MalformedInput

MAX_CHANGED = 200
"""More changed records than this, and the zip is fetched."""
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,199}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The records that are newer than those known."""

    ids: tuple[str, ...]


def changed_since(server: Server, folder_url: str, database: AdvisoryDatabase) -> Changed | None:
    """Which records of an ecosystem are newer than in the database; None: the zip has to tell.

    Raises:
        MalformedInput: The list is none.
        ToolFailed: It cannot be fetched, or the database is damaged.
    """
    url = f"{folder_url}/modified_id.csv"
    data = server.small(url)
    if data is None:
        return None
    found: list[str] = []
    for modified, name in _lines(data, url):
        if not database.knows(name, modified):
            found.append(name)
            if len(found) > MAX_CHANGED:
                return None
    return Changed(ids=tuple(found))


def fetch_records(server: Server, folder_url: str, changed: Changed, path: Path) -> bool:
    """Put changed records into a zip of our own; False: the server lacks one of them. Raises ToolFailed as `small`."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in changed.ids:
            data = server.small(f"{folder_url}/{quote(name, safe='')}.json")
            if data is None:
                return False
            archive.writestr(f"{name}.json", data)
    return True


def _lines(data: bytes, where: str) -> Iterator[tuple[datetime, str]]:
    text = data.decode("utf-8", "replace")
    for number, line in enumerate(text.splitlines(), 1):
        modified, comma, name = line.strip().partition(",")
        if not comma or not _ID.fullmatch(name):
            raise MalformedInput(
                "not a list of changed records",
                code="BAD_LIST",
                where=f"{where}:{number}",
                expected="time,id",
                found=repr(line[:80]),
            )
        yield parse_time(modified, where=f"{where}:{number}"), name

"""Writes `supplychain/inventory/license_texts.json` from a folder of licence texts.

The folder holds one `<SPDX identifier>.json` for each licence, with the text as `licenseText`, as the npm package
`spdx-license-list` has it. Run: `python tests/tools/license_texts.py FOLDER`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

from supplychain.inventory import license_text

TARGET = Path(license_text.__file__).with_name("license_texts.json")
MIN_WORDS = 20
"""A shorter text is no text of terms but a remark that could mean anything."""
SAME_TEXT = {
    "MPL-2.0-no-copyleft-exception": "MPL-2.0",
    "StandardML-NJ": "SMLNJ",
    "CAL-1.0-Combined-Work-Exception": "CAL-1.0",
    "Nunit": "zlib-acknowledgement",
    "OFL-1.0-RFN": "OFL-1.0",
    "OFL-1.0-no-RFN": "OFL-1.0",
    "OFL-1.1-RFN": "OFL-1.1",
    "OFL-1.1-no-RFN": "OFL-1.1",
}
"""Identifiers that share their text with a plainer one."""


def main(folder: Path) -> None:
    """Write the table, sorted by identifier."""
    names: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.glob("*.json")):
        text = json.loads(path.read_text("utf-8")).get("licenseText") or ""
        if len(license_text.words_of(text).split()) >= MIN_WORDS:
            names[license_text.digest_of(text)].add(SAME_TEXT.get(path.stem, path.stem))
    table = {digest: chosen for digest, found in names.items() if (chosen := choose(found))}
    lines = ",\n".join(f'  "{digest}": "{name}"' for digest, name in sorted(table.items(), key=lambda item: item[1]))
    TARGET.write_text(f"{{\n{lines}\n}}\n", "utf-8")


def choose(names: set[str]) -> str:
    """The identifier for a text; empty: the text alone does not tell which."""
    if len(names) == 1:
        return next(iter(names))
    only = [name for name in names if name.endswith("-only") and "invariants" not in name]
    return only[0] if len(only) == 1 else ""


if __name__ == "__main__":
    main(Path(sys.argv[1]))

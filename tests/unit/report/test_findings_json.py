"""The JSON of a scan is written fast, and byte for byte as every other JSON of this tool."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from supplychain.encoding import pretty_json
from supplychain.report.findings import scan_json

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
VALUE = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, VALUE, max_size=4))
def test_the_same_bytes(document: dict[str, object]) -> None:
    assert scan_json(document) == pretty_json(document)

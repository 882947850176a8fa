"""The minimum elements of an SBOM: each is counted where it is missing, and a value that says nothing is none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from supplychain.encoding import parse_json_object
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx import to_cyclonedx
from supplychain.inventory.minimum_elements import OF_COMPONENTS, OF_DOCUMENT, missing_elements
from supplychain.inventory.sbom import Sbom

CYCLONEDX: dict[str, Any] = {
    "metadata": {
        "timestamp": "2026-11-21T00:00:00Z",
        "authors": [{"name": "Ada"}],
        "tools": {"components": [{"name": "tool"}]},
        "lifecycles": [{"phase": "build"}],
    },
    "components": [
        {
            "bom-ref": "a",
            "name": "a",
            "version": "1",
            "purl": "pkg:pypi/a@1",
            "supplier": {"name": "A Ltd"},
            "hashes": [{"alg": "SHA-256", "content": "00"}],
            "licenses": [{"license": {"id": "MIT"}}],
            "components": [],
        }
    ],
    "dependencies": [{"ref": "a"}],
}
SPDX: dict[str, Any] = {
    "creationInfo": {
        "created": "2026-11-21T00:00:00Z",
        "creators": ["Tool: t", "Person: Ada"],
        "comment": "from build",
    },
    "packages": [
        {
            "SPDXID": "SPDXRef-a",
            "name": "a",
            "versionInfo": "1",
            "supplier": "Organization: A Ltd",
            "externalRefs": [{"referenceLocator": "pkg:pypi/a@1"}],
            "checksums": [{"checksumValue": "00"}],
            "licenseDeclared": "MIT",
        }
    ],
    "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relatedSpdxElement": "SPDXRef-a"}],
}
NONE = dict.fromkeys((*OF_COMPONENTS, *OF_DOCUMENT), 0)


def lacking(body: dict[str, Any], change: Callable[[dict[str, Any], dict[str, Any]], object]) -> set[str]:
    new = copy.deepcopy(body)
    change(new, (new.get("components") or new["packages"])[0])
    cyclonedx = "components" in new
    return {element for element, count in missing_elements(new, cyclonedx=cyclonedx).items() if count}


def test_whole_documents_lack_nothing() -> None:
    assert missing_elements(CYCLONEDX, cyclonedx=True) == NONE
    assert missing_elements(SPDX, cyclonedx=False) == NONE


@pytest.mark.parametrize(
    ("change", "element"),
    [
        (lambda b, c: c.pop("supplier"), "supplier"),
        (lambda b, c: c.update(name=""), "name"),
        (lambda b, c: c.update(version="unknown"), "version"),
        (lambda b, c: c.pop("purl"), "unique_id"),
        (lambda b, c: b.update(dependencies=[]), "dependency"),
        (lambda b, c: c.update(hashes=[{"alg": "SHA-256"}]), "hash"),
        (lambda b, c: c.update(licenses=[{"license": {}}]), "license"),
        (lambda b, c: b["metadata"].pop("authors"), "author"),
        (lambda b, c: b["metadata"].pop("timestamp"), "timestamp"),
        (lambda b, c: b["metadata"].update(tools=[]), "tool"),
        (lambda b, c: b["metadata"].pop("lifecycles"), "generation_context"),
    ],
)
def test_cyclonedx(change: Callable[[dict[str, Any], dict[str, Any]], object], element: str) -> None:
    assert lacking(CYCLONEDX, change) == {element}


@pytest.mark.parametrize(
    ("change", "element"),
    [
        (lambda b, c: c.update(supplier="NOASSERTION"), "supplier"),
        (lambda b, c: c.pop("versionInfo"), "version"),
        (lambda b, c: c.update(externalRefs=[]), "unique_id"),
        (lambda b, c: b.update(relationships=[]), "dependency"),
        (lambda b, c: c.pop("checksums"), "hash"),
        (lambda b, c: c.update(licenseDeclared="NONE"), "license"),
        (lambda b, c: b["creationInfo"].update(creators=["Tool: t", "Person: "]), "author"),
        (lambda b, c: b["creationInfo"].update(creators=["Person: Ada"]), "tool"),
        (lambda b, c: b["creationInfo"].pop("created"), "timestamp"),
        (lambda b, c: b["creationInfo"].pop("comment"), "generation_context"),
    ],
)
def test_spdx(change: Callable[[dict[str, Any], dict[str, Any]], object], element: str) -> None:
    assert lacking(SPDX, change) == {element}


def test_components_inside_components_count() -> None:
    def nest(body: dict[str, Any], component: dict[str, Any]) -> None:
        component["components"] = [{"name": "inner"}]

    new = copy.deepcopy(CYCLONEDX)
    nest(new, new["components"][0])
    assert missing_elements(new, cyclonedx=True)["version"] == 1


@pytest.mark.parametrize("odd", [None, 5, "text", [], {}, [None], [[]], {"a": None}])
def test_odd_documents_lack_and_never_crash(odd: object) -> None:
    for key in ("metadata", "components", "dependencies", "creationInfo", "packages", "relationships"):
        for cyclonedx in (True, False):
            assert set(missing_elements({key: odd}, cyclonedx=cyclonedx)) == set(NONE)


def test_what_we_write_ourselves() -> None:
    component = Component(name="a", version="1", purl="pkg:pypi/a@1", licenses=("MIT",), direct=True)
    document = to_cyclonedx(Sbom.of("shop", [component]), at=datetime(2026, 11, 21, tzinfo=UTC))
    missing = missing_elements(parse_json_object(document, where="x"), cyclonedx=True)
    present = {element for element, count in missing.items() if not count}
    assert {"name", "version", "unique_id", "dependency", "license", "timestamp", "tool"} <= present

"""SPDX written, and read in versions 2.2, 2.3 and 3.0."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput
from supplychain.inventory.component import Component
from supplychain.inventory.sbom import Gap, Sbom
from supplychain.inventory.spdx import parse_spdx, to_spdx

ONE = Digest.of_bytes(b"one")


def sample() -> Sbom:
    return Sbom.of(
        "app",
        [
            Component(
                name="a",
                version="1",
                purl="pkg:pypi/a@1",
                licenses=("MIT OR Apache-2.0",),
                hashes=(ONE,),
                depends_on=("pkg:pypi/b@1",),
                direct=True,
            ),
            Component(name="b", version="1", purl="pkg:pypi/b@1", licenses=("Own terms",), direct=False),
        ],
        subjects=(Artifact(name="app", digest=ONE),),
        gaps=(Gap(what="pkg:pypi/c", reason="not_pinned", detail="requirements.txt:1: c"),),
        sources=("requirements.txt",),
        excluded=("tests/requirements.txt",),
    )


def package(number: int, **more):
    return {"SPDXID": f"SPDXRef-{number}", "name": f"p{number}", "downloadLocation": "NOASSERTION", **more}


def purl(locator: str, kind: str = "purl"):
    return [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": kind, "referenceLocator": locator}]


def document(packages, **more) -> bytes:
    return json.dumps(
        {
            "spdxVersion": "SPDX-2.3",
            "dataLicense": "CC0-1.0",
            "SPDXID": "SPDXRef-DOCUMENT",
            "name": "doc",
            "creationInfo": {"created": "2026-01-01T00:00:00Z", "creators": ["Tool: x"]},
            "packages": packages,
            **more,
        }
    ).encode()


def test_what_is_written_reads_back_the_same(at):
    sbom = sample()
    written = to_spdx(sbom, at=at)
    assert written == to_spdx(sbom, at=at)
    back = parse_spdx(written, where="x")
    assert back == sbom


def test_the_parts_of_the_document(at):
    written = json.loads(to_spdx(replace(sample(), name="a b"), at=at))
    assert written["creationInfo"]["created"] == "2026-01-31T12:00:00Z"
    assert written["documentNamespace"].startswith("https://spdx.org/spdxdocs/a-b-")
    identifiers = [item["SPDXID"] for item in written["packages"]]
    assert len(set(identifiers)) == len(identifiers) == 3
    relations = {(r["relationshipType"], r["relatedSpdxElement"]) for r in written["relationships"]}
    assert ("DEPENDS_ON", "NOASSERTION") in relations
    assert written["hasExtractedLicensingInfos"][0]["extractedText"] == "Own terms"


def test_packages_purls_and_relationships():
    data = document(
        [
            package(0),
            package(1, versionInfo="1", externalRefs=purl("pkg:npm/%40s/a@1"), licenseDeclared="MIT"),
            package(2, versionInfo="2", externalRefs=purl("pkg:npm/b", "http://spdx.org/rdf/references/purl")),
            package(3, versionInfo="3"),
            package(4, primaryPackagePurpose="OPERATING-SYSTEM"),
            package(5, externalRefs=purl("cpe:2.3:a:x", "cpe23Type")),
        ],
        documentDescribes=["SPDXRef-0"],
        relationships=[
            {"spdxElementId": "SPDXRef-0", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "SPDXRef-1"},
            {"spdxElementId": "SPDXRef-2", "relationshipType": "DEPENDENCY_OF", "relatedSpdxElement": "SPDXRef-1"},
            {
                "spdxElementId": "SPDXRef-1",
                "relationshipType": "CONTAINS",
                "relatedSpdxElement": "DocumentRef-x:SPDXRef-9",
            },
        ],
    )
    sbom = parse_spdx(data, where="x")
    assert sbom.name == "p0"
    first, second = sbom.components
    assert (first.name, first.direct, first.depends_on, first.licenses) == ("@s/a", True, ("pkg:npm/b",), ("MIT",))
    assert (second.version, second.direct) == ("2", False)
    assert {(gap.what, gap.reason) for gap in sbom.gaps} == {
        ("p3@3", "unknown_ecosystem"),
        ("p5", "unknown_ecosystem"),
        ("DocumentRef-x:SPDXRef-9", "unreadable"),
    }


def test_a_lone_package_is_what_the_document_lists():
    data = document([package(0, externalRefs=purl("pkg:npm/a@1"))], documentDescribes=["SPDXRef-0"])
    assert [component.purl for component in parse_spdx(data, where="x").components] == ["pkg:npm/a@1"]


def test_a_dependency_on_no_assertion_says_there_may_be_more():
    relation = {"spdxElementId": "SPDXRef-0", "relationshipType": "DEPENDS_ON", "relatedSpdxElement": "NOASSERTION"}
    data = document([package(0, externalRefs=purl("pkg:npm/a@1"))], relationships=[relation])
    assert [gap.reason for gap in parse_spdx(data, where="x").gaps] == ["unreadable"]


SPDX3 = {
    "@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
    "@graph": [
        {"type": "SpdxDocument", "spdxId": "u:doc", "rootElement": ["u:app"]},
        {"type": "software_Package", "spdxId": "u:app", "name": "app", "software_packageVersion": "1"},
        {
            "type": "software_Package",
            "spdxId": "u:a",
            "name": "a",
            "software_packageUrl": "pkg:npm/a@1",
            "verifiedUsing": [{"type": "Hash", "algorithm": "sha256", "hashValue": ONE.hex}],
        },
        {
            "type": "software_Package",
            "spdxId": "u:b",
            "name": "b",
            "externalIdentifier": [{"externalIdentifierType": "packageUrl", "identifier": "pkg:npm/b"}],
        },
        {"type": "software_Package", "spdxId": "u:c", "name": "c", "software_packageVersion": "3"},
        {"type": "simplelicensing_LicenseExpression", "spdxId": "u:l", "simplelicensing_licenseExpression": "MIT"},
        {"type": "Relationship", "from": "u:app", "relationshipType": "dependsOn", "to": ["u:a"]},
        {"type": "Relationship", "from": "u:a", "relationshipType": "dependsOn", "to": ["u:b", "u:nowhere"]},
        {"type": "Relationship", "from": "u:a", "relationshipType": "hasDeclaredLicense", "to": ["u:l"]},
    ],
}


def test_version_3():
    sbom = parse_spdx(json.dumps(SPDX3).encode(), where="x")
    first, second = sbom.components
    assert (sbom.name, sbom.version) == ("app", "1")
    assert (first.purl, first.direct, first.licenses, first.hashes) == ("pkg:npm/a@1", True, ("MIT",), (ONE,))
    assert first.depends_on == ("pkg:npm/b",)
    assert second.direct is False
    assert {(gap.what, gap.reason) for gap in sbom.gaps} == {("c@3", "unknown_ecosystem"), ("pkg:npm/b", "no_version")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"spdxVersion": "SPDX-1.2"}',
        b'{"spdxVersion": "SPDX-2.3"}',
        document({}),
        document([1]),
        document([{"SPDXID": "x"}]),
        document([package(0, externalRefs="x")]),
        document([], relationships={}),
        document([])[:-5],
        b'{"@context": "https://example.org", "@graph": [{"type": "x"}]}',
        b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}',
        b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{"spdxId": "x"}]}',
        b'{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": [{"type": "software_Package"}]}',
    ],
)
def test_an_invalid_document_is_malformed(data):
    with pytest.raises(MalformedInput):
        parse_spdx(data, where="x")


@pytest.mark.shared
def test_published_examples(shared):
    found = [path for path in (shared / "sbom" / "spdx").rglob("*.json") if "context" not in path.name]
    assert found
    for path in found:
        parse_spdx(path.read_bytes(), where=path.name)

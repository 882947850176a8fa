"""TARGET on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.inventory.target import (
    DocumentTarget,
    EnvironmentTarget,
    FolderTarget,
    ImageTarget,
    inventory_of,
    parse_document,
    parse_target,
)


def test_forms(tmp_path):
    assert parse_target(str(tmp_path)) == FolderTarget(path=tmp_path)
    assert parse_target("env:/usr/bin/python3") == EnvironmentTarget(python=Path("/usr/bin/python3"))
    assert parse_target("sbom:a:b.json") == DocumentTarget(path=Path("a:b.json"))


@pytest.mark.parametrize(
    "text",
    [
        "oci:layout:v1",
        "docker-archive:x.tar",
        "rootfs:/",
        "alpine:3.19",
        "host.example/org/app",
        "app@sha256:" + "0" * 64,
    ],
)
def test_images(text, tmp_path):
    asked = parse_target(text, platform="linux/arm64", home=tmp_path)
    assert asked == ImageTarget(text=text, platform="linux/arm64", home=tmp_path)


@pytest.mark.parametrize("text", ["", "env:", "sbom:", "/no/such/folder", "./no-such", "nosuch"])
def test_what_is_not_there(text):
    with pytest.raises(UsageError):
        parse_target(text)


def test_a_file_is_told_how_to_be_named(tmp_path):
    (tmp_path / "bom.json").write_text("{}")
    with pytest.raises(UsageError, match="no target by itself") as caught:
        parse_target(str(tmp_path / "bom.json"))
    assert "sbom:" in caught.value.hint


def test_a_folder(tree):
    sbom = inventory_of(parse_target(str(tree({"requirements.txt": "six==1\n"}))))
    assert (sbom.name, len(sbom.components)) == ("project", 1)


def test_a_document_of_either_format(tmp_path):
    cyclonedx = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.4",
        "version": 1,
        "components": [{"type": "library", "name": "a", "purl": "pkg:npm/a@1"}],
    }
    spdx = {
        "spdxVersion": "SPDX-2.3",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": "x",
        "dataLicense": "CC0-1.0",
        "creationInfo": {"created": "x"},
        "packages": [
            {
                "SPDXID": "SPDXRef-1",
                "name": "a",
                "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:npm/a@1"}],
            }
        ],
    }
    for document in (cyclonedx, spdx):
        path = tmp_path / "bom.json"
        path.write_text(json.dumps(document))
        assert [c.purl for c in inventory_of(parse_target(f"sbom:{path}")).components] == ["pkg:npm/a@1"]


@pytest.mark.parametrize("content", ["{}", "[]", "x", '{"bomFormat": "CycloneDX"}', '{"spdxVersion": "SPDX-9"}'])
def test_a_document_of_no_format_is_malformed(tmp_path, content):
    path = tmp_path / "bom.json"
    path.write_text(content)
    with pytest.raises(MalformedInput):
        inventory_of(parse_target(f"sbom:{path}"))


def test_a_document_that_lists_nothing_is_nothing_to_check(tmp_path):
    path = tmp_path / "bom.json"
    path.write_text('{"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "components": []}')
    with pytest.raises(NothingToCheck):
        inventory_of(parse_target(f"sbom:{path}"))


def test_a_missing_document_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        inventory_of(parse_target(f"sbom:{tmp_path / 'missing.json'}"))


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.4"/>', "XML"),
        ("\ufeff <rdf:RDF>", "SPDX as RDF"),
        ("# a comment\nSPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "SPDX as tag and value"),
    ],
)
def test_other_forms_of_sboms_are_named(text, named):
    with pytest.raises(MalformedInput) as caught:
        parse_document(text.encode(), where="x")
    assert (caught.value.code, caught.value.found) == ("UNKNOWN_SBOM", named)

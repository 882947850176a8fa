"""Package URLs, and components that are merged."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from supplychain.inventory.component import Component, package_url, pypi_name
from supplychain.inventory.cyclonedx_reader import split_purl
from supplychain.inventory.sbom import Sbom


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (("npm", "core", "1.0+x", "@angular", {}), "pkg:npm/%40angular/core@1.0%2Bx"),
        (("golang", "v2", "v1.0.0", "github.com/Foo/bar", {}), "pkg:golang/github.com/Foo/bar/v2@v1.0.0"),
        (
            ("pypi", "a", None, "", {"vcs_url": "git+https://e.org/a@1"}),
            "pkg:pypi/a?vcs_url=git%2Bhttps:%2F%2Fe.org%2Fa%401",
        ),
        (("maven", "a", "1", "g.h", {}), "pkg:maven/g.h/a@1"),
    ],
)
def test_package_url(parts, expected):
    kind, name, version, namespace, qualifiers = parts
    assert package_url(kind, name, version, namespace=namespace, qualifiers=qualifiers) == expected


@pytest.mark.parametrize(
    ("purl", "expected"),
    [
        ("pkg:npm/%40angular/core@1.0%2Bx", ("@angular/core", "1.0+x")),
        ("pkg:maven/g.h/a@1?type=jar", ("g.h:a", "1")),
        ("pkg:pypi/a", ("a", None)),
        ("pkg:deb/debian/a@1%3A2?arch=x", ("debian/a", "1:2")),
        ("pkg:golang/a.org/b@v1#sub/path", ("a.org/b", "v1")),
    ],
)
def test_split_purl(purl, expected):
    assert split_purl(purl) == expected


def test_names_as_pypi_compares_them():
    assert pypi_name("Zope.Interface__x-y") == "zope-interface-x-y"


def test_the_same_package_from_two_files_is_one():
    narrow = ("supplychain:development", "true")
    first = Component(name="a", version="1", purl="pkg:npm/a@1", depends_on=("y", "x"), properties=(narrow, ("k", "1")))
    second = Component(
        name="a", version="1", purl="pkg:npm/a@1", depends_on=("z",), direct=True, properties=(("k", "2"),)
    )
    (only,) = Sbom.of("x", [first, second]).components
    assert only.depends_on == ("x", "y", "z")
    assert only.direct is True
    assert only.properties == (("k", "1"), ("k", "2"))


@pytest.mark.shared
def test_canonical_purls_of_the_specification(shared):
    cases = [
        case
        for path in sorted((shared / "purl" / "tests" / "types").glob("*.json"))
        for case in json.loads(path.read_text())["tests"]
        if case["test_type"] == "build" and not case["expected_failure"] and isinstance(case["expected_output"], str)
    ]
    wrong = []
    for case in cases:
        parts = case["input"]
        if parts["type"] not in ("npm", "maven", "cargo", "gem", "nuget") or parts.get("subpath"):
            continue
        built = package_url(
            parts["type"],
            parts["name"],
            parts["version"],
            namespace=parts["namespace"] or "",
            qualifiers=parts["qualifiers"],
        )
        wrong += [(built, case["expected_output"])] if built != case["expected_output"] else []
    assert not wrong


def test_importing_the_inventory_loads_no_heavy_library():
    code = (
        "import sys, supplychain.inventory.target, supplychain.inventory.collect, supplychain.inventory.cyclonedx,"
        " supplychain.inventory.spdx, supplychain.inventory.environment;"
        "print(sorted({'packaging', 'jsonschema_rs', 'cyclonedx', 'packageurl', 'yaml', 'xml.etree.ElementTree'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

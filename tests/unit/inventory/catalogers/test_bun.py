"""bun.lock: JSON with trailing commas, nested places, workspaces, and packages from elsewhere."""

from __future__ import annotations

import base64

import pytest

from supplychain.errors import MalformedInput

SHA512 = "sha512-" + base64.b64encode(b"\x01" * 64).decode()
LOCK = """{
  "lockfileVersion": 1,
  "workspaces": {
    "": {"name": "app", "dependencies": {"a": "^1.0.0", "old": "npm:a@^0.9"},},
    "packages/member": {"name": "@scope/member", "devDependencies": {"b": "^2"},},
  },
  "packages": {
    "@scope/member": ["@scope/member@workspace:packages/member"],
    "@scope/member/b": ["b@2.0.0", "", {}, "INTEGRITY"],
    "a": ["a@1.1.0", "", { "dependencies": { "@scope/c": "*", "b": "^1", }, }, "INTEGRITY"],
    "a/b": ["b@1.0.0", "", {"peerDependencies": {"@scope/c": "*"}}, "INTEGRITY"],
    "@scope/c": ["@scope/c@3.0.0", "", {}, "INTEGRITY"],
    "old": ["a@0.9.1", "", {}, "INTEGRITY"],
    "vcs": ["vcs@github:org/vcs#0123", {"dependencies": {"a": "*"}}, "org-vcs-0123"],
    "tar": ["tar@https://host.example/tar.tgz", {}],
    "here": ["here@file:packages/here", {}],
    "gone": ["gone@file:packages/gone", {}],
    "odd, ]": [7],
  },
}
""".replace("INTEGRITY", SHA512)


def by_purl(found):
    return {component.purl.split("?")[0]: component for component in found.components}


def test_packages_places_and_edges(catalog):
    found = catalog("bun.lock", LOCK, {"packages/here/package.json": "{}"})
    listed = by_purl(found)
    assert set(listed) == {
        "pkg:npm/%40scope/c@3.0.0", "pkg:npm/a@0.9.1", "pkg:npm/a@1.1.0", "pkg:npm/b@1.0.0", "pkg:npm/b@2.0.0",
        "pkg:npm/gone", "pkg:npm/tar", "pkg:npm/vcs",
    }  # fmt: skip
    assert set(listed["pkg:npm/a@1.1.0"].depends_on) == {"pkg:npm/%40scope/c@3.0.0", "pkg:npm/b@1.0.0"}
    assert listed["pkg:npm/b@1.0.0"].depends_on == ("pkg:npm/%40scope/c@3.0.0",)
    assert listed["pkg:npm/vcs"].depends_on == ("pkg:npm/a@1.1.0",)
    assert {purl for purl, component in listed.items() if component.direct} == {
        "pkg:npm/a@1.1.0", "pkg:npm/a@0.9.1", "pkg:npm/b@2.0.0",
    }  # fmt: skip
    assert listed["pkg:npm/a@1.1.0"].hashes[0].hex == "01" * 64


def test_what_is_no_package_of_a_registry_is_a_gap(catalog):
    found = catalog("bun.lock", LOCK, {"packages/here/package.json": "{}"})
    assert {(gap.what.split("?")[0], gap.reason) for gap in found.gaps} == {
        ("pkg:npm/vcs", "not_from_registry"),
        ("pkg:npm/tar", "not_from_registry"),
        ("pkg:npm/gone", "not_from_registry"),
        ("odd, ]", "unreadable"),
    }
    assert [str(folder) for folder in found.covers] == [".", "packages/member", "packages/here"]
    assert found.projects == ("pkg:npm/app", "pkg:npm/%40scope/member")


@pytest.mark.parametrize("content", ["", "{}", '{"lockfileVersion": 1}', '{"lockfileVersion": 1, "workspaces": [,]}'])
def test_cut_short_is_malformed(catalog, content):
    with pytest.raises(MalformedInput) as caught:
        catalog("bun.lock", content)
    assert "bun.lock" in caught.value.where

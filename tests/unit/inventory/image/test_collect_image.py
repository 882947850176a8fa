from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from supplychain.artifact.image.tree import Oddity
from supplychain.errors import NothingToCheck
from supplychain.inventory.cyclonedx import parse_cyclonedx, to_cyclonedx
from supplychain.inventory.image.collect_image import collect_image
from supplychain.inventory.spdx import parse_spdx, to_spdx
from tests.simulator.programs import elf, go_program, rust_program

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
OS = {"etc/os-release": "ID=debian\nVERSION_ID=12\n"}
STATUS = "var/lib/dpkg/status"
BASH = "Package: bash\nStatus: install ok installed\nVersion: 5.2\nArchitecture: amd64\n\n"
YAML = "Package: python3-yaml\nStatus: install ok installed\nVersion: 6.0-3\nArchitecture: amd64\nDepends: bash\n\n"
SITE = "usr/lib/python3/dist-packages/PyYAML-6.0.egg-info"
BASE = {**OS, STATUS: BASH, "var/lib/dpkg/info/bash.list": "/bin/bash\n"}
APP = {
    STATUS: BASH + YAML,
    "var/lib/dpkg/info/python3-yaml.list": f"/{SITE}\n",
    SITE: "Name: PyYAML\nVersion: 6.0\n",
    "app/node_modules/@s/a/package.json": '{"name": "@s/a", "version": "1.0.0", "license": "MIT"}',
    "usr/local/bin/tool": (go_program(), 0o755),
}
HISTORY = [
    {"created_by": "ADD root"},
    {"created_by": 'CMD ["bash"]', "empty_layer": True},
    {"created_by": "RUN apt-get install python3-yaml"},
]


def collected(image, tree, *layers, **rest):
    commands = [entry["created_by"] for entry in HISTORY if not entry.get("empty_layer")]
    return collect_image(image(len(layers), commands, config={"history": HISTORY}), tree(*layers, **rest))


def properties(sbom, purl: str) -> dict[str, str]:
    return dict(next(c for c in sbom.components if c.purl.startswith(purl)).properties)


def test_layers_commands_and_base(image, tree):
    sbom = collected(image, tree, BASE, APP)
    assert [properties(sbom, f"pkg:deb/debian/{name}")["supplychain:from"] for name in ("bash", "python3-yaml")] == [
        "base",
        "application",
    ]
    yaml = properties(sbom, "pkg:deb/debian/python3-yaml")
    assert yaml["supplychain:created-by"] == "RUN apt-get install python3-yaml"
    assert yaml["supplychain:layer-index"] == "1"
    assert (sbom.kind, sbom.gaps) == ("container", ())
    assert ("supplychain:distribution", "debian-12") in sbom.properties


def test_what_a_distribution_package_installed_is_marked_as_its_own(image, tree):
    sbom = collected(image, tree, BASE, APP)
    assert properties(sbom, "pkg:pypi/pyyaml")["supplychain:owned-by"].startswith("pkg:deb/debian/python3-yaml@6.0-3")


def test_a_copy_that_nobody_maintains_counts_as_such(image, tree):
    sbom = collected(image, tree, BASE, APP, {"opt/PyYAML-6.0.egg-info": "Name: PyYAML\nVersion: 6.0\n"})
    found = properties(sbom, "pkg:pypi/pyyaml")
    assert "supplychain:owned-by" not in found
    assert found["supplychain:location"] == "opt/PyYAML-6.0.egg-info"
    assert found["supplychain:layer-index"] == "1"


def test_written_as_cyclonedx_and_read_again(image, tree):
    sbom = collected(image, tree, BASE, APP)
    data = to_cyclonedx(sbom, at=AT)
    document = json.loads(data)
    assert document["metadata"]["component"]["type"] == "container"
    assert document["metadata"]["component"]["hashes"][0]["content"] == sbom.subjects[0].digest.hex
    assert [c["version"] for c in document["components"] if c["type"] == "operating-system"] == ["12"]
    names = {component["name"] for component in document["components"] if component["type"] == "library"}
    assert names == {"bash", "python3-yaml", "pyyaml", "@s/a", "golang.org/x/net", "stdlib", "example.com/app"}
    again = parse_cyclonedx(data, where="x")
    assert (again.components, again.properties, again.kind, again.subjects) == (
        sbom.components,
        sbom.properties,
        sbom.kind,
        sbom.subjects,
    )
    assert parse_spdx(to_spdx(sbom, at=AT), where="x").components


def test_nothing_to_check(image, tree):
    with pytest.raises(NothingToCheck):
        collected(image, tree, {"hello": "world"})


def test_a_distribution_without_its_database_is_a_gap(image, tree):
    sbom = collected(image, tree, OS)
    assert [(gap.what, gap.reason) for gap in sbom.gaps] == [("debian-12", "unreadable")]


def test_what_the_reader_lost_is_a_gap(image, tree):
    oddities = (Oddity(what="a.jar", reason="sparse_file", lost=True, count=3), Oddity(what="b", reason="device_node"))
    sbom = collected(image, tree, BASE, oddities=oddities)
    assert [(gap.what, gap.detail) for gap in sbom.gaps] == [("a.jar", "sparse_file:  (3 of this kind)")]


def test_files_too_large_to_read_are_gaps(image, tree):
    sbom = collected(image, tree, BASE, {"app/node_modules/a/package.json": b" " * (4 * 1024 * 1024 + 1)})
    assert [gap.what for gap in sbom.gaps] == ["app/node_modules/a/package.json"]


def test_programs_of_no_package_are_counted(image, tree):
    program = (elf({b".text": bytes(70_000)}), 0o755)
    files = {f"opt/{index:02}": program for index in range(60)}
    sbom = collected(image, tree, BASE, {"usr/bin/bash": program, **files, "x/node_modules/a/b.node": program})
    listed = [value for name, value in sbom.properties if name == "supplychain:unowned-program"]
    assert (len(listed), listed[0], listed[-1]) == (51, "opt/00", "and 10 more")


def test_gaps_of_packaged_files_are_the_distributions(image, tree):
    files = {"var/lib/dpkg/info/bash.list": "/usr/share/java/x.jar\n", "usr/share/java/x.jar": b"junk"}
    assert collected(image, tree, {**BASE, **files}).gaps == ()


def test_hostile_names_reach_the_document_as_text(image, tree):
    path = b"opt/\xff!x.jar".decode("utf-8", "surrogateescape")
    files = {path: b"junk", "a/node_modules/b/package.json": '{"name": "b", "version": "1.0.0", "license": "\\ud800"}'}
    sbom = collected(image, tree, BASE, files)
    assert parse_cyclonedx(to_cyclonedx(sbom, at=AT), where="x").gaps == sbom.gaps
    assert [gap.what for gap in sbom.gaps] == ["opt/�!x.jar"]


def test_a_component_in_a_file_whose_name_has_an_exclamation_mark(image, tree):
    sbom = collected(image, tree, BASE, {"opt/a!b": (rust_program(), 0o755)})
    assert properties(sbom, "pkg:cargo/serde")["supplychain:layer-index"] == "1"


def test_the_order_of_files_does_not_matter(image, tree):
    other = {path: APP[path] for path in reversed(APP)}
    first, second = (to_cyclonedx(collected(image, tree, BASE, layer), at=AT) for layer in (APP, other))
    assert first == second


def test_a_new_owner_of_the_same_content_is_no_new_package(image, tree):
    path = "opt/venv/lib/python3.11/site-packages/{0}-1.dist-info/METADATA"
    old, new = "Name: {0}\nVersion: 1\n", "Name: {0}\nVersion: 1\nLicense: MIT\n"
    first = {**BASE, path.format("same"): old.format("same"), path.format("changed"): old.format("changed")}
    second = {path.format("same"): old.format("same"), path.format("changed"): new.format("changed")}
    sbom = collected(image, tree, first, second)
    layers = [properties(sbom, f"pkg:pypi/{name}")["supplychain:layer-index"] for name in ("same", "changed")]
    assert layers == ["0", "1"]

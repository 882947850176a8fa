"""CycloneDX written, validated and read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, UsageError
from supplychain.inventory.component import Component
from supplychain.inventory.cyclonedx import WRITTEN_SPECS, parse_cyclonedx, to_cyclonedx, validate_cyclonedx
from supplychain.inventory.sbom import Gap, Sbom

ONE = Digest.of_bytes(b"one")
TWO = Digest.of_bytes(b"two")


def sample() -> Sbom:
    return Sbom.of(
        "app",
        [
            Component(
                name="a",
                version="1.0+x",
                purl="pkg:pypi/a@1.0%2Bx",
                licenses=("MIT OR Apache-2.0",),
                hashes=tuple(sorted((ONE, TWO))),
                depends_on=("pkg:pypi/b@1", "pkg:pypi/not-listed@1"),
                direct=True,
                origin="requirements.txt",
                properties=(("layer", "3"),),
            ),
            Component(
                name="b",
                version="1",
                purl="pkg:pypi/b@1",
                licenses=("MIT", "Own terms"),
                depends_on=("pkg:pypi/a@1.0%2Bx",),
            ),
            Component(name="@s/c", version=None, purl="pkg:npm/%40s/c", licenses=("GPL-3.0-only",), direct=False),
            Component(name="g:d", version="1", purl="pkg:maven/g/d@1", licenses=("MIT OR",)),
        ],
        version="2.0",
        subjects=(Artifact(name="app.whl", digest=ONE),),
        gaps=(
            Gap(what="pkg:npm/%40s/c", reason="not_pinned", detail="package.json: ^1"),
            Gap(what="x", reason="unreadable"),
        ),
        sources=("requirements.txt",),
        excluded=("tests/requirements.txt",),
    )


def document(**more) -> bytes:
    return json.dumps({"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, **more}).encode()


@pytest.mark.parametrize("spec", WRITTEN_SPECS)
def test_what_is_written_is_valid_and_reads_back_the_same(at, spec):
    sbom = sample()
    written = to_cyclonedx(sbom, at=at, spec=spec)
    assert validate_cyclonedx(written, where="x", spec=spec)["specVersion"] == spec
    back = parse_cyclonedx(written, where="x")
    edges = {c.purl: tuple(p for p in c.depends_on if "not-listed" not in p) for c in sbom.components}
    expected = tuple(replace(c, depends_on=edges[c.purl]) for c in sbom.components)
    assert back.components == expected
    assert (back.gaps, back.sources, back.excluded) == (sbom.gaps, sbom.sources, sbom.excluded)
    assert (back.name, back.version) == ("app", "2.0")
    assert [subject.digest for subject in back.subjects] == [ONE]


def test_the_same_inventory_at_the_same_time_gives_the_same_bytes(at):
    assert to_cyclonedx(sample(), at=at) == to_cyclonedx(sample(), at=at)
    later = json.loads(to_cyclonedx(sample(), at=at + timedelta(seconds=1)))
    first = json.loads(to_cyclonedx(sample(), at=at))
    assert first["metadata"]["timestamp"] == "2026-01-31T12:00:00Z"
    assert first["serialNumber"] != later["serialNumber"]


def test_the_parts_of_the_document(at):
    written = json.loads(to_cyclonedx(sample(), at=at))
    by_purl = {item["purl"]: item for item in written["components"]}
    assert all(item["bom-ref"] == purl for purl, item in by_purl.items())
    assert by_purl["pkg:pypi/a@1.0%2Bx"]["licenses"] == [{"expression": "MIT OR Apache-2.0"}]
    assert by_purl["pkg:pypi/b@1"]["licenses"] == [{"license": {"id": "MIT"}}, {"license": {"name": "Own terms"}}]
    assert by_purl["pkg:maven/g/d@1"]["licenses"] == [{"license": {"name": "MIT OR"}}]
    assert (by_purl["pkg:npm/%40s/c"]["group"], by_purl["pkg:npm/%40s/c"]["name"]) == ("@s", "c")
    assert (by_purl["pkg:maven/g/d@1"]["group"], by_purl["pkg:maven/g/d@1"]["name"]) == ("g", "d")
    assert "version" not in by_purl["pkg:npm/%40s/c"]
    assert written["metadata"]["component"]["hashes"] == [{"alg": "SHA-256", "content": ONE.hex}]
    assert written["compositions"] == [{"aggregate": "incomplete", "assemblies": ["root"]}]
    assert {"ref": "root", "dependsOn": ["pkg:pypi/a@1.0%2Bx"]} in written["dependencies"]


def test_without_gaps_it_is_complete(at):
    written = json.loads(to_cyclonedx(replace(sample(), gaps=()), at=at))
    assert written["compositions"][0]["aggregate"] == "complete"
    assert "supplychain:gap" not in json.dumps(written)


def test_several_subjects(at):
    subjects = (Artifact(name="a", digest=ONE), Artifact(name="b", digest=TWO))
    back = parse_cyclonedx(to_cyclonedx(replace(sample(), subjects=subjects), at=at), where="x")
    assert back.subjects == subjects


def test_an_unknown_version_is_a_usage_error(at):
    with pytest.raises(UsageError):
        to_cyclonedx(sample(), at=at, spec="1.4")


def test_nested_components_cycles_and_purls_as_written():
    purls = ["pkg:PyPI/Foo_Bar@1.0", "pkg:npm/%40s%2Fb@1%2e0", "pkg:deb/debian/c@1%3A2-3?arch=amd64&distro=debian-12"]
    inner = {"type": "library", "name": "c", "bom-ref": "3", "purl": purls[2], "version": "1:2-3"}
    outer = {"type": "library", "name": "b", "bom-ref": "2", "purl": purls[1], "components": [inner]}
    data = document(
        metadata={"component": {"type": "application", "name": "app", "bom-ref": "root"}},
        components=[{"type": "library", "name": "a", "bom-ref": "1", "purl": purls[0], "components": [outer]}],
        dependencies=[
            {"ref": "root", "dependsOn": ["1"]},
            {"ref": "1", "dependsOn": ["2", "nowhere"]},
            {"ref": "2", "dependsOn": ["1"]},
            {"ref": "gone", "dependsOn": ["1"]},
        ],
    )
    sbom = parse_cyclonedx(data, where="x")
    listed = {component.purl: component for component in sbom.components}
    assert set(listed) == set(purls)
    assert listed[purls[0]].depends_on == (purls[1],)
    assert listed[purls[1]].depends_on == (purls[0],)
    assert (listed[purls[0]].direct, listed[purls[1]].direct) == (True, False)
    assert (listed[purls[1]].name, listed[purls[1]].version) == ("@s/b", "1.0")
    assert listed[purls[2]].version == "1:2-3"
    assert not sbom.gaps


@pytest.mark.parametrize(
    ("item", "reason"),
    [
        ({"type": "library", "name": "a", "version": "1"}, "unknown_ecosystem"),
        ({"type": "library", "name": "a", "version": "1", "purl": "npm/a@1"}, "unknown_ecosystem"),
        ({"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/"}, "unknown_ecosystem"),
        ({"type": "library", "name": "a", "purl": "pkg:npm/a"}, "no_version"),
    ],
)
def test_what_cannot_be_looked_up_is_a_gap(item, reason):
    assert [gap.reason for gap in parse_cyclonedx(document(components=[item]), where="x").gaps] == [reason]


def test_files_without_a_purl_are_no_packages():
    assert not parse_cyclonedx(document(components=[{"type": "file", "name": "/etc/passwd"}]), where="x").gaps


@pytest.mark.parametrize("aggregate", ["incomplete", "incomplete_first_party_only"])
def test_the_word_of_another_tool_that_its_list_is_incomplete(aggregate):
    data = document(components=[], compositions=[{"aggregate": aggregate}])
    assert [gap.reason for gap in parse_cyclonedx(data, where="x").gaps] == ["unreadable"]


def test_the_version_beside_a_purl_without_one():
    item = {"type": "library", "name": "a", "version": "1.2", "purl": "pkg:npm/a"}
    sbom = parse_cyclonedx(document(components=[item]), where="x")
    assert sbom.components[0].version == "1.2"
    assert not sbom.gaps


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"bomFormat": "CycloneDX", "specVersion": "9.9"}',
        b'{"bomFormat": "SPDX", "specVersion": "1.6"}',
        b'{"bomFormat": "CycloneDX", "specVersion": ["1.6"]}',
        document(components=3),
        document(components=[{"type": "library"}]),
        document(components=[{"type": "library", "name": "a", "purl": 3}]),
        document(components=[{"type": "library", "name": "a", "hashes": [{"alg": "SHA-256", "content": "x"}]}]),
        document(unknown=1),
        document(components=[{"type": "library", "name": "a"}])[:-2],
        b'{"bomFormat": "CycloneDX", "bomFormat": "CycloneDX", "specVersion": "1.6"}',
        b'{"a": ' * 100_000,
        b"\xff\xfe",
    ],
)
def test_an_invalid_document_is_malformed(data):
    with pytest.raises(MalformedInput) as caught:
        parse_cyclonedx(data, where="bom.json")
    assert "bom.json" in caught.value.where


def test_an_error_names_the_place():
    data = document(components=[{"type": "library", "name": "ok"}, {"type": "no-such-type", "name": "a"}])
    with pytest.raises(MalformedInput, match="components/1/type"):
        parse_cyclonedx(data, where="x")


def test_deeply_nested_components_do_not_recurse():
    item: dict[str, object] = {"type": "library", "name": "a", "purl": "pkg:npm/a@0"}
    for number in range(1, 45):
        item = {"type": "library", "name": "a", "purl": f"pkg:npm/a@{number}", "components": [item]}
    assert len(parse_cyclonedx(document(components=[item]), where="x").components) == 45


def test_a_component_listed_twice_is_one():
    item = {"type": "library", "name": "a", "version": "1", "purl": "pkg:npm/a@1"}
    assert len(parse_cyclonedx(document(components=[item, item]), where="x").components) == 1


@pytest.mark.shared
def test_published_examples(shared):
    for path in sorted((shared / "sbom" / "cyclonedx").glob("*/*.json")):
        if path.name.startswith("valid"):
            parse_cyclonedx(path.read_bytes(), where=path.name)
        else:
            with pytest.raises(MalformedInput):
                validate_cyclonedx(path.read_bytes(), where=path.name)

from __future__ import annotations

import io
import zipfile

import pytest

from supplychain.inventory.image import java_archive
from supplychain.inventory.image.java import read_java
from supplychain.inventory.image.java_archive import archive_note, parse_note


def jar(entries: dict[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return out.getvalue()


def pom(group: str, artifact: str, version: str) -> dict[str, bytes | str]:
    text = f"#made by Maven\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text}


LOG4J = jar(pom("org.apache.logging.log4j", "log4j-core", "2.14.1"))


def purls(found) -> list[str]:
    return sorted(component.purl for component in found.components)


def test_maven_archive(view):
    found = read_java(view({"opt/log4j-core-2.14.1.jar": LOG4J}))
    assert purls(found) == ["pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1"]
    assert (found.components[0].origin, found.gaps) == ("opt/log4j-core-2.14.1.jar", ())


def test_nested_archives_and_their_edges(view):
    war = jar({**pom("com.acme", "shop", "1.0"), "WEB-INF/lib/log4j-core-2.14.1.jar": LOG4J})
    ear = jar({"META-INF/MANIFEST.MF": "Implementation-Version: 7\n", "shop.war": war})
    found = read_java(view({"srv/all-7.ear": ear}))
    edges = {component.name: component.depends_on for component in found.components}
    assert edges["com.acme:shop"] == ("pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",)
    assert edges["all"] == ("pkg:maven/com.acme/shop@1.0",)
    assert {c.origin for c in found.components if "log4j" in c.purl} == {
        "srv/all-7.ear!shop.war!WEB-INF/lib/log4j-core-2.14.1.jar"
    }


def test_projects_copied_into_one_archive(view):
    entries = {**pom("com.acme", "app", "1"), **pom("com.google.guava", "guava", "31.1-jre")}
    found = read_java(view({"app-1.jar": jar(entries)}))
    edges = {component.name: component.depends_on for component in found.components}
    assert edges["com.acme:app"] == ("pkg:maven/com.google.guava/guava@31.1-jre",)


@pytest.mark.parametrize(
    ("name", "manifest", "purl"),
    [
        (
            "commons-lang3-3.12.0.jar",
            "Bundle-SymbolicName: org.apache.commons.lang3\n",
            "org.apache.commons/commons-lang3@3.12.0",
        ),
        (
            "x.jar",
            "Implementation-Title: x\nImplementation-Version: 1.5\nImplementation-Vendor-Id: com.acme\n",
            "com.acme/x@1.5",
        ),
        ("spring-core-5.3.20.RELEASE.jar", "", "spring-core@5.3.20.RELEASE"),
    ],
)
def test_a_name_without_a_certain_group_is_a_gap_too(view, name, manifest, purl):
    found = read_java(view({name: jar({"META-INF/MANIFEST.MF": f"Manifest-Version: 1.0\r\n{manifest}\n"})}))
    assert purls(found) == [f"pkg:maven/{purl}"]
    assert [(gap.what, gap.reason) for gap in found.gaps] == [(f"pkg:maven/{purl}", "unknown_ecosystem")]


def test_the_name_of_a_link_tells_the_version(view):
    files = {
        "usr/share/java/x.jar": jar({"META-INF/MANIFEST.MF": "A: b\n"}),
        "usr/share/java/x-2.18.0.jar": "-> usr/share/java/x.jar",
    }
    assert purls(read_java(view(files))) == ["pkg:maven/x@2.18.0"]


def test_manifest_lines_that_continue():
    note = archive_note(
        jar({"META-INF/MANIFEST.MF": "Bundle-SymbolicName: org.apa\r\n che.x\r\n\r\nName: a\r\nBundle-Name: no\r\n"})
    )
    archives, _ = parse_note(note)
    assert archives[0].manifest == {"Bundle-SymbolicName": "org.apache.x"}


def bomb(levels: int) -> bytes:
    content = jar({"zeros": bytes(1000)})
    for _ in range(levels):
        content = jar({f"{index}.jar": content for index in range(3)})
    return content


BROKEN = {
    "no-version": jar({"META-INF/MANIFEST.MF": "Main-Class: x\n"}),
    "empty": b"",
    "junk": b"PK\x03\x04 junk" * 10,
    "cut": LOG4J[:-40],
    "no-group": jar({"META-INF/maven/a/b/pom.properties": "artifactId=b\nversion=1\n"}),
    "hostile-group": jar(pom("a", "b", "1?x=y")),
    "deep": bomb(8),
    "big-manifest": jar({"META-INF/MANIFEST.MF": b"A: b\n" * 500_000}),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_archives_are_named(view, content):
    found = read_java(view({"opt/broken.jar": content}))
    assert found.gaps
    assert all(gap.what.startswith("opt/broken.jar") for gap in found.gaps)


def test_a_broken_archive_inside_hides_nothing_else(view):
    found = read_java(view({"a.war": jar({**pom("g", "a", "1"), "x.jar": b"junk", "log4j-core-2.14.1.jar": LOG4J})}))
    assert len(purls(found)) == 2
    assert [gap.what for gap in found.gaps] == ["a.war!x.jar"]


def test_a_bomb_ends_at_the_limit(view, monkeypatch):
    monkeypatch.setattr(java_archive, "_MAX_NESTED", 200_000)
    inner = jar({"big.jar": bytes(10_000_000)})
    found = read_java(view({"a.jar": inner}))
    assert any("more than accepted" in gap.detail for gap in found.gaps)


def test_all_unpacked_bytes_count_together():
    reader = java_archive._Reader(left=5000)
    reader.read(bomb(3), "", 0)
    assert reader.left < 5000
    assert any("more than accepted" in problem for _, problem in reader.problems)


def test_an_encrypted_entry_is_named(view):
    data = bytearray(LOG4J)
    data[6] |= 1
    place = data.rindex(b"PK\x01\x02")
    data[place + 8] |= 1
    assert read_java(view({"a.jar": bytes(data)})).gaps

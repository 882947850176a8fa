"""The lock files and manifests of the other ecosystems."""

from __future__ import annotations

import base64
import json

import pytest

from supplychain.errors import MalformedInput

SHA512 = "sha512-" + base64.b64encode(b"\x01" * 64).decode()

PACKAGE_LOCK = {
    "lockfileVersion": 3,
    "packages": {
        "": {"name": "app", "dependencies": {"a": "^1", "alias": "npm:real@^2"}, "workspaces": ["packages/*"]},
        "packages/member": {"name": "@scope/member", "dependencies": {"a": "^1"}},
        "node_modules/@scope/member": {"resolved": "packages/member", "link": True},
        "node_modules/a": {"version": "1.0.0", "integrity": SHA512, "dependencies": {"b": "*"}, "license": "MIT"},
        "node_modules/a/node_modules/b": {"version": "1.1.0"},
        "node_modules/b": {"version": "2.0.0", "dev": True},
        "node_modules/alias": {"name": "real", "version": "2.0.0"},
        "node_modules/vcs": {"version": "3.0.0", "resolved": "git+ssh://git@github.com/org/vcs.git#0123"},
    },
}
YARN = """# yarn lockfile v1


"@scope/a@^1.0.0", "@scope/a@^1.1":
  version "1.1.0"
  resolved "https://registry.yarnpkg.com/@scope/a/-/a-1.1.0.tgz#0123"
  integrity {integrity}
  dependencies:
    b "~2.0"

alias@npm:real@^2:
  version "2.0.0"

b@~2.0:
  version "2.0.1"
  resolved "https://codeload.github.com/org/b/tar.gz/0123"
""".replace("{integrity}", SHA512)
BERRY = """__metadata:
  version: 8

"a@npm:^1.0.0, a@npm:^1.1.0":
  version: 1.1.0
  resolution: "a@npm:1.1.0"
  dependencies:
    b: ^2.0.0
  languageName: node

"app@workspace:.":
  version: 0.0.0-use.local
  resolution: "app@workspace:."
  dependencies:
    a: "npm:^1.0.0"

"b@npm:^2.0.0":
  version: 2.0.1
  resolution: "b@npm:2.0.1"
"""
PNPM = """lockfileVersion: '9.0'
importers:
  .:
    dependencies:
      a:
        specifier: ^1
        version: 1.0.0(b@2.0.0)
packages:
  a@1.0.0:
    resolution: {integrity: {sha512}}
  '@scope/b@2.0.0':
    resolution: {tarball: https://codeload.github.com/org/b/tar.gz/0123}
    version: 2.0.0
snapshots:
  a@1.0.0(b@2.0.0):
    dependencies:
      '@scope/b': 2.0.0
""".replace("{sha512}", SHA512)
PNPM5 = """lockfileVersion: 5.4
dependencies:
  a: 1.0.0_b@2.0.0
packages:
  /a/1.0.0_b@2.0.0:
    resolution: {integrity: {sha512}}
    dependencies:
      '@scope/b': 2.0.0
    dev: false
  /@scope/b/2.0.0:
    resolution: {integrity: {sha512}}
    dev: true
  nonsense:
    resolution: {integrity: {sha512}}
""".replace("{sha512}", SHA512)
GO_MOD = """module example.org/app // the module

go 1.22.3

require (
\tgithub.com/BurntSushi/toml v1.0.0
\tgolang.org/x/net v0.5.0 // indirect
\tgopkg.in/yaml.v2 v2.4.0
)

replace golang.org/x/net => example.org/fork/net v0.6.0
replace gopkg.in/yaml.v2 v2.4.0 => ./yaml
exclude example.org/bad v1.0.0
"""
CARGO = """version = 3

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["syn 1.0.0"]

[[package]]
name = "syn"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.example-index"
checksum = "%s"
dependencies = ["quote"]

[[package]]
name = "syn"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.example-index"

[[package]]
name = "quote"
version = "1.0.0"
source = "git+https://example.org/quote?branch=main#0123"
""" % ("a" * 64)
GEMFILE = """GIT
  remote: https://example.org/vcs.git
  revision: 0123
  specs:
    vcs (1.0)

PATH
  remote: .
  specs:
    app (0.1)
      rack

GEM
  remote: https://registry.example/
  specs:
    nokogiri (1.13.3-x86_64-linux)
      racc (~> 1.4)
    racc (1.6.0)
    rack (2.2.3)

PLATFORMS
  ruby

DEPENDENCIES
  app!
  nokogiri (~> 1.13)
  vcs!
"""
COMPOSER = {
    "packages": [
        {"name": "Vendor/A", "version": "v1.0.0", "require": {"php": ">=8", "vendor/b": "^1"}, "license": ["MIT"]},
        {"name": "vendor/b", "version": "dev-main"},
    ],
    "packages-dev": [{"name": "vendor/c", "version": "2.0.0"}],
}
NUGET = {
    "version": 1,
    "dependencies": {
        "net8.0": {
            "A.B": {"type": "Direct", "resolved": "1.0.0", "contentHash": SHA512[7:], "dependencies": {"C": "2.0.0"}},
            "C": {"type": "Transitive", "resolved": "2.0.0"},
            "sibling": {"type": "Project"},
        }
    },
}
POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>g</groupId><artifactId>a</artifactId><version>1.0</version>
  <parent><groupId>g</groupId><artifactId>p</artifactId><version>1</version><relativePath>parent/pom.xml</relativePath></parent>
  <properties><v>2.0</v></properties>
  <dependencies>
    <dependency><groupId>x</groupId><artifactId>one</artifactId><version>${v}</version></dependency>
    <dependency><groupId>x</groupId><artifactId>two</artifactId></dependency>
    <dependency><groupId>x</groupId><artifactId>three</artifactId><version>[1,2)</version></dependency>
    <dependency><groupId>${project.groupId}</groupId><artifactId>four</artifactId><version>${project.version}</version></dependency>
  </dependencies>
</project>"""
PARENT = """<project><dependencyManagement><dependencies>
<dependency><groupId>x</groupId><artifactId>two</artifactId><version>3.0</version></dependency>
</dependencies></dependencyManagement></project>"""


def listed(found):
    return {component.purl: component for component in found.components}


def gaps(found):
    return sorted((gap.what, gap.reason) for gap in found.gaps)


def test_package_lock(catalog):
    found = catalog("package-lock.json", json.dumps(PACKAGE_LOCK))
    vcs = "pkg:npm/vcs@3.0.0?vcs_url=git%2Bssh:%2F%2Fgit%40github.com%2Forg%2Fvcs.git%230123"
    assert set(listed(found)) == {"pkg:npm/a@1.0.0", "pkg:npm/b@1.1.0", "pkg:npm/b@2.0.0", "pkg:npm/real@2.0.0", vcs}
    a = listed(found)["pkg:npm/a@1.0.0"]
    assert a.depends_on == ("pkg:npm/b@1.1.0",)
    assert (a.direct, a.licenses, a.hashes[0].hex) == (True, ("MIT",), "01" * 64)
    assert listed(found)["pkg:npm/b@2.0.0"].properties == (("supplychain:development", "true"),)
    assert gaps(found) == [(vcs, "not_from_registry")]
    assert "pkg:npm/%40scope/member" in found.projects


def test_package_lock_of_the_first_version(catalog):
    content = {
        "lockfileVersion": 1,
        "dependencies": {
            "a": {"version": "1.0.0", "requires": {"b": "1"}, "dependencies": {"b": {"version": "1.1.0"}}},
            "b": {"version": "2.0.0"},
            "alias": {"version": "npm:@scope/real@2.0.0"},
            "vcs": {"version": "github:org/vcs#0123"},
        },
    }
    found = catalog("package-lock.json", json.dumps(content))
    assert listed(found)["pkg:npm/a@1.0.0"].depends_on == ("pkg:npm/b@1.1.0",)
    assert "pkg:npm/%40scope/real@2.0.0" in listed(found)
    assert gaps(found) == [("pkg:npm/vcs", "not_from_registry")]


def test_package_json(catalog):
    content = {
        "name": "app",
        "dependencies": {"a": "^1", "b": "1.2.3", "c": "github:org/c", "d": "npm:real@2.0.0", "e": "workspace:*"},
        "peerDependencies": {"react": ">=17"},
    }
    found = catalog("package.json", json.dumps(content))
    assert {"pkg:npm/b@1.2.3", "pkg:npm/real@2.0.0"} <= set(listed(found))
    assert ("pkg:npm/a", "not_pinned") in gaps(found)
    assert ("pkg:npm/c", "not_from_registry") in gaps(found)
    assert ("package.json", "not_pinned") in gaps(found)
    assert catalog("package.json", '{"name": "x"}').silent


def test_yarn_classic(catalog):
    found = catalog("yarn.lock", YARN)
    assert listed(found)["pkg:npm/%40scope/a@1.1.0"].hashes[0].hex == "01" * 64
    assert "pkg:npm/real@2.0.0" in listed(found)
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]


def test_yarn_classic_cut_short(catalog):
    found = catalog("yarn.lock", YARN[: YARN.index("\nb@~2.0")])
    assert gaps(found) == [("b", "no_version")]


def test_yarn_berry(catalog):
    found = catalog("yarn.lock", BERRY)
    assert set(listed(found)) == {"pkg:npm/a@1.1.0", "pkg:npm/b@2.0.1"}
    assert listed(found)["pkg:npm/a@1.1.0"].depends_on == ("pkg:npm/b@2.0.1",)
    assert [str(folder) for folder in found.covers] == ["."]
    assert not found.gaps


def test_pnpm(catalog):
    found = catalog("pnpm-lock.yaml", PNPM)
    a = listed(found)["pkg:npm/a@1.0.0"]
    assert a.direct
    assert a.depends_on[0].startswith("pkg:npm/%40scope/b@2.0.0?download_url=")
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]


def test_pnpm_of_version_5(catalog):
    found = catalog("pnpm-lock.yaml", PNPM5)
    assert set(listed(found)) == {"pkg:npm/a@1.0.0", "pkg:npm/%40scope/b@2.0.0"}
    assert listed(found)["pkg:npm/a@1.0.0"].direct
    assert listed(found)["pkg:npm/a@1.0.0"].depends_on == ("pkg:npm/%40scope/b@2.0.0",)
    assert gaps(found) == [("nonsense", "unreadable")]


def test_go_mod(catalog):
    found = catalog("go.mod", GO_MOD)
    assert set(listed(found)) == {
        "pkg:golang/github.com/BurntSushi/toml@v1.0.0",
        "pkg:golang/example.org/fork/net@v0.6.0",
        "pkg:golang/gopkg.in/yaml.v2@v2.4.0",
        "pkg:golang/stdlib@1.22.3",
    }
    assert listed(found)["pkg:golang/example.org/fork/net@v0.6.0"].direct is False
    assert gaps(found) == [("pkg:golang/gopkg.in/yaml.v2@v2.4.0", "not_from_registry")]


def test_go_mod_before_1_17_needs_go_sum(catalog):
    content = "module m\ngo 1.16\nrequire a.org/x v1.0.0\n"
    total = "a.org/x v1.0.0 h1:x=\na.org/y v2.0.0 h1:y=\na.org/y v2.0.0/go.mod h1:z=\n"
    assert gaps(catalog("go.mod", content)) == [("go.mod", "not_pinned")]
    found = catalog("go.mod", content, {"go.sum": total})
    assert set(listed(found)) == {"pkg:golang/a.org/x@v1.0.0", "pkg:golang/a.org/y@v2.0.0"}
    assert not found.gaps


def test_cargo_lock(catalog):
    found = catalog("Cargo.lock", CARGO)
    quote = "pkg:cargo/quote@1.0.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fquote%400123"
    assert set(listed(found)) == {"pkg:cargo/syn@1.0.0", "pkg:cargo/syn@2.0.0", quote}
    first = listed(found)["pkg:cargo/syn@1.0.0"]
    assert (first.direct, first.depends_on, first.hashes[0].hex) == (True, (quote,), "a" * 64)
    assert listed(found)["pkg:cargo/syn@2.0.0"].direct is False
    assert gaps(found) == [(quote, "not_from_registry")]


def test_cargo_toml(catalog):
    content = '[package]\nname = "a"\n[dependencies]\nsyn = "1.0"\nexact = "=1.2.3"\nlocal = {path = "../l"}\nvcs = {git = "https://e.org/v"}\n'
    found = catalog("Cargo.toml", content)
    assert "pkg:cargo/exact@1.2.3" in listed(found)
    assert ("pkg:cargo/syn", "not_pinned") in gaps(found)
    assert ("pkg:cargo/vcs", "not_from_registry") in gaps(found)


def test_gemfile_lock(catalog):
    found = catalog("Gemfile.lock", GEMFILE)
    assert listed(found)["pkg:gem/nokogiri@1.13.3"].depends_on == ("pkg:gem/racc@1.6.0",)
    assert listed(found)["pkg:gem/nokogiri@1.13.3"].direct
    assert not listed(found)["pkg:gem/racc@1.6.0"].direct
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]
    assert ("Gemfile.lock", "unreadable") in gaps(catalog("Gemfile.lock", GEMFILE[: GEMFILE.index("PLATFORMS")]))


def test_composer(catalog):
    found = catalog("composer.lock", json.dumps(COMPOSER))
    assert listed(found)["pkg:composer/vendor/a@v1.0.0"].depends_on == ("pkg:composer/vendor/b@dev-main",)
    assert gaps(found) == [("pkg:composer/vendor/b@dev-main", "not_from_registry")]
    asked = catalog("composer.json", '{"require": {"php": ">=8", "vendor/a": "^1", "vendor/b": "1.2.3"}}')
    assert "pkg:composer/vendor/b@1.2.3" in listed(asked)
    assert ("pkg:composer/vendor/a", "not_pinned") in gaps(asked)


def test_nuget(catalog):
    found = catalog("packages.lock.json", json.dumps(NUGET))
    assert listed(found)["pkg:nuget/A.B@1.0.0"].depends_on == ("pkg:nuget/C@2.0.0",)
    assert set(listed(found)) == {"pkg:nuget/A.B@1.0.0", "pkg:nuget/C@2.0.0"}


def test_gradle(catalog):
    found = catalog("gradle.lockfile", "# comment\norg.x:a:1.0=compileClasspath\nempty=\n")
    assert [(c.name, c.purl) for c in found.components] == [("org.x:a", "pkg:maven/org.x/a@1.0")]
    assert not found.gaps
    assert [g.reason for g in catalog("gradle.lockfile", "org.x:a:1.0=c\n>>>\n").gaps] == ["unreadable", "unreadable"]


def test_pom(catalog):
    found = catalog("pom.xml", POM, {"parent/pom.xml": PARENT})
    assert set(listed(found)) == {"pkg:maven/x/one@2.0", "pkg:maven/x/two@3.0", "pkg:maven/g/four@1.0"}
    assert gaps(found) == [("pkg:maven/x/three", "not_pinned"), ("pom.xml", "not_pinned")]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("package-lock.json", "{}"),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": {"node_modules/a": 3}}'),
        ("package-lock.json", '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": 3}}}'),
        ("package-lock.json", "["),
        ("yarn.lock", ""),
        ("yarn.lock", '  version "1"\n'),
        ("yarn.lock", "a@^1:\n  version\n"),
        ("yarn.lock", "nonsense\n"),
        ("yarn.lock", '__metadata:\n  version: 8\n\n"a@npm:^1":\n  version: 1.0.0\n'),
        ("pnpm-lock.yaml", ""),
        ("pnpm-lock.yaml", "lockfileVersion: 6\npackages: &a\n  x: *a\n"),
        ("pnpm-lock.yaml", "packages:\n  /a/1"),
        ("go.mod", "this is no go.mod\n"),
        ("go.mod", "module m\nrequire (\n a.org/x v1.0.0\n"),
        ("Cargo.lock", ""),
        ("Cargo.lock", '[[package]]\nname = "a"\nversion = "1.'),
        ("Gemfile.lock", ""),
        ("Gemfile.lock", "<<<<<<< HEAD\nGEM\n"),
        ("composer.lock", "{}"),
        ("composer.lock", '{"packages": [{"version": "1"}]}'),
        ("packages.lock.json", "{}"),
        ("pom.xml", "<project>"),
        ("pom.xml", '<!DOCTYPE x [<!ENTITY a "b">]><project>&a;</project>'),
        ("pom.xml", "<html></html>"),
        ("gradle/verification-metadata.xml", "<html/>"),
        ("gradle/verification-metadata.xml", "<verification-metadata>"),
    ],
)
def test_broken_files_are_malformed_and_named(catalog, name, content):
    with pytest.raises(MalformedInput) as caught:
        catalog(name, content)
    assert name in caught.value.where


@pytest.mark.parametrize(
    "name", ["mix.lock", "build.gradle", "App.csproj", "Podfile.lock", "conda-lock.yml", "Gemfile"]
)
def test_known_files_that_nothing_reads_are_gaps(catalog, name):
    assert gaps(catalog(name, "whatever")) == [(name, "unsupported_file")]


def test_deep_nesting_is_walked_without_recursion(catalog):
    content = (
        '{"lockfileVersion": 1, "dependencies": '
        + '{"a": {"version": "1", "dependencies": ' * 45
        + "{}"
        + "}}" * 45
        + "}"
    )
    assert len(catalog("package-lock.json", content).components) == 45


VERIFICATION = """<?xml version="1.0" encoding="UTF-8"?>
<verification-metadata xmlns="https://schema.gradle.org/dependency-verification">
  <configuration><trusted-artifacts><trust group="x" name="component"/></trusted-artifacts></configuration>
  <components>
    <component group="org.x" name="a" version="1.0">
      <artifact name="a-1.0.jar"><sha256 value="{digest}" origin="generated"/></artifact>
      <artifact name="a-1.0.pom"><sha512 value="00"/></artifact>
    </component>
    <component group="org.x" name="a" version="1.1"/>
    <component name="b" version="1.0"/>
  </components>
</verification-metadata>
""".format(digest="ab" * 32)


def test_gradle_verification_metadata(catalog):
    name = "gradle/verification-metadata.xml"
    found = catalog(name, VERIFICATION)
    assert {c.purl: [str(h) for h in c.hashes] for c in found.components} == {
        "pkg:maven/org.x/a@1.0": ["sha256:" + "ab" * 32],
        "pkg:maven/org.x/a@1.1": [],
    }
    assert [(gap.what, gap.reason) for gap in found.gaps] == [(":b:1.0", "unreadable")]
    assert catalog(name, VERIFICATION, {"gradle.lockfile": "empty=\n"}).silent


def test_entities_are_refused_in_any_encoding(catalog):
    bomb = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE p [<!ENTITY a "b">]><project>&a;</project>'
    with pytest.raises(MalformedInput) as caught:
        catalog("pom.xml", bomb.encode("utf-16"))
    assert caught.value.code == "XML_ENTITY"

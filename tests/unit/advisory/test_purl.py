"""Package URLs into the coordinates OSV uses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.advisory.purl import coordinates_of, own_version
from supplychain.errors import MalformedInput
from supplychain.inventory.purl import parse_purl
from tests.simulator.runaway import ends


@pytest.mark.parametrize(
    ("purl", "ecosystem", "names", "version"),
    [
        ("pkg:pypi/Foo.Bar_baz@1.0", "PyPI", ("foo-bar-baz",), "1.0"),
        ("pkg:npm/%40scope/name@1.0", "npm", ("@scope/name",), "1.0"),
        ("pkg:npm/@scope/name@1.0", "npm", ("@scope/name",), "1.0"),
        ("pkg:npm/@scope/name", "npm", ("@scope/name",), None),
        ("pkg:maven/org.x/lib@1.0?type=jar", "Maven", ("org.x:lib",), "1.0"),
        ("pkg:golang/github.com/BurntSushi/toml@v1.0.0#cmd/x", "Go", ("github.com/burntsushi/toml",), "v1.0.0"),
        ("pkg:golang/stdlib@go1.22rc1", "Go", ("stdlib",), "1.22.0-rc.1"),
        ("pkg:golang/std@1.21.3", "Go", ("stdlib",), "1.21.3"),
        ("pkg:composer/Vendor/Name@v1.0", "Packagist", ("vendor/name",), "v1.0"),
        ("pkg:cargo/foo_bar@0.1", "crates.io", ("foo-bar",), "0.1"),
        ("pkg:gem/Rails@7", "RubyGems", ("Rails",), "7"),
        ("pkg:nuget/Newtonsoft.Json@13", "NuGet", ("newtonsoft.json",), "13"),
        ("pkg:swift/github.com/Apple/swift-nio@2.0", "SwiftURL", ("github.com/apple/swift-nio",), "2.0"),
        ("pkg:githubactions/Actions/checkout@v4", "GitHub Actions", ("actions/checkout",), "v4"),
        ("PKG:PyPI/a@1", "PyPI", ("a",), "1"),
        ("pkg://pypi//a@1", "PyPI", ("a",), "1"),
        ("pkg:deb/debian/x@1%3A2%2B3%7E4?distro=debian-12", "Debian:12", ("x",), "1:2+3~4"),
        ("pkg:deb/debian/x@1?distro=debian-12.5", "Debian:12", ("x",), "1"),
        ("pkg:deb/debian/x@1?distro=bookworm", "Debian:12", ("x",), "1"),
        ("pkg:deb/debian/libssl3@3.0-1?upstream=openssl&distro=debian-12", "Debian:12", ("openssl",), "3.0-1"),
        ("pkg:deb/debian/a@2?upstream=b%401.1-1&distro=debian-12", "Debian:12", ("b",), "1.1-1"),
        ("pkg:deb/ubuntu/x@1?distro=ubuntu-22.04", "Ubuntu:22.04", ("x",), "1"),
        ("pkg:deb/ubuntu/x@1?distro=jammy", "Ubuntu:22.04", ("x",), "1"),
        ("pkg:apk/alpine/x@1-r0?distro=alpine-3.18.4", "Alpine:v3.18", ("x",), "1-r0"),
        ("pkg:apk/alpine/x@1-r0?distro=3.18", "Alpine:v3.18", ("x",), "1-r0"),
        ("pkg:apk/alpine/x@1-r0?distro=edge", "Alpine:edge", ("x",), "1-r0"),
        ("pkg:apk/wolfi/x@1-r0", "Wolfi", ("x",), "1-r0"),
        ("pkg:rpm/redhat/a@1-1.el9?epoch=1&distro=rhel-9.2", "Red Hat:9", ("a",), "1:1-1.el9"),
        (
            "pkg:rpm/rocky/ssl-libs@1-1?upstream=ssl-1-1.src.rpm&distro=rocky-9.1",
            "Rocky Linux:9",
            ("ssl-libs", "ssl"),
            "1-1",
        ),
        ("pkg:rpm/opensuse/a@1-1?distro=opensuse-leap-15.5", "openSUSE:Leap 15.5", ("a",), "1-1"),
        ("pkg:rpm/opensuse/a@1-1?distro=opensuse-tumbleweed-20260101", "openSUSE:Tumbleweed", ("a",), "1-1"),
        ("pkg:rpm/suse/a@1-1?distro=sles-15.5", "SUSE:15.5", ("a",), "1-1"),
        ("pkg:rpm/rocky-linux/a@1-1?distro=rocky-9", "Rocky Linux:9", ("a",), "1-1"),
        ("pkg:rpm/openEuler/a@1-1?distro=openEuler-22.03-LTS-SP3", "openEuler:22.03-LTS-SP3", ("a",), "1-1"),
        ("pkg:rpm/azurelinux/a@1-1?distro=azurelinux-3.0", "Azure Linux:3", ("a",), "1-1"),
        ("pkg:rpm/mariner/a@1-1?distro=mariner-2.0", "Azure Linux:2", ("a",), "1-1"),
        ("pkg:deb/ubuntu/x@1?distro=ubuntu-24.10", "Ubuntu:24.10", ("x",), "1"),
        ("pkg:deb/ubuntu/x@1?distro=oracular", "Ubuntu:24.10", ("x",), "1"),
        ("pkg:deb/echo/x@1", "Echo", ("x",), "1"),
        ("pkg:apk/alpaquita/x@1-r0?distro=alpaquita-stream", "Alpaquita:stream", ("x",), "1-r0"),
        ("pkg:apk/alpaquita/x@1-r0?distro=alpaquita-23", "Alpaquita:23", ("x",), "1-r0"),
        ("pkg:apk/cleanstart/x@1-r0", "CleanStart", ("x",), "1-r0"),
        ("pkg:conan/zlib@1.2.11", "ConanCenter", ("zlib",), "1.2.11"),
        ("pkg:opam/lwt@5.6.1", "opam", ("lwt",), "5.6.1"),
        ("pkg:bioconductor/limma@3.1.0", "Bioconductor", ("limma",), "3.1.0"),
        ("pkg:vscode-extension/MS-Python/python@2024.1.0", "VSCode", ("ms-python/python",), "2024.1.0"),
    ],
)
def test_coordinates(purl: str, ecosystem: str, names: tuple[str, ...], version: str | None) -> None:
    found = coordinates_of(purl)
    assert (found.ecosystem, found.names, found.version) == (ecosystem, names, version)


@pytest.mark.parametrize(
    "purl",
    [
        "pkg:generic/thing@1",
        "pkg:deb/debian/x@1",
        "pkg:deb/debian/x@1?distro=sid",
        "pkg:apk/alpine/x@1",
        "pkg:rpm/fedora/x@1?distro=fedora-40",
        "pkg:rpm/suse/x@1",
        "pkg:deb/kali/x@1?distro=kali-2024",
    ],
)
def test_without_an_ecosystem_there_is_a_reason(purl: str) -> None:
    found = coordinates_of(purl)
    assert found.ecosystem is None
    assert found.detail


@pytest.mark.parametrize(
    ("installed", "source", "target", "own"),
    [
        ("1:2.38.1-5", "2.38.1-5", "2.38.1-5+deb12u1", "1:2.38.1-5+deb12u1"),
        ("1.2-3+b1", "1.2-3", "1.2-4", "1.2-4"),
        ("1:1.2-3+b12", "1.2-3", "1.2-4", "1:1.2-4"),
        ("1:1.2-3+b1", "1:1.2-3", "2:0.1-1", "2:0.1-1"),
        ("2:1.2-3", "1:1.2-3", "1:1.3-1", "2:1.3-1"),
        ("1.2-3", "1:1.2-3", "1:1.3-1", "1.3-1"),
        ("4:12.2.0-3", "1.203", "1.204", None),
        ("1.2-3+b1", "1.2-2", "1.2-4", None),
    ],
)
def test_versions_of_a_source_package_told_as_those_of_its_binary(
    installed: str, source: str, target: str, own: str | None
) -> None:
    assert own_version(installed, source, target) == own


@pytest.mark.parametrize("text", ["", "pypi/a@1", "http://x/y", "pkg:", "pkg:pypi", "pkg:pypi/", "pkg:/a"])
def test_what_is_no_package_url_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput) as caught:
        parse_purl(text)
    assert caught.value.code == "BAD_PURL"


@pytest.mark.shared
def test_public_cases(shared: Path) -> None:
    checked = 0
    for path in sorted((shared / "purl" / "tests").rglob("*.json")):
        for case in json.loads(path.read_text())["tests"]:
            if case["test_type"] != "parse" or case["expected_failure"] or not isinstance(case["input"], str):
                continue
            want, got = case["expected_output"], parse_purl(case["input"])
            if got.type == "huggingface":  # its versions are folded to lower case; advisories have no name for it
                continue
            assert got.type == want["type"], case
            assert got.version == want["version"], case
            # Where namespace and name part is each type's own affair; together they are the same.
            path = f"{want['namespace'] or ''}/{want['name']}".strip("/")
            assert f"{got.namespace}/{got.name}".strip("/").lower().replace("_", "-") == path.lower().replace(
                "_", "-"
            ), case
            assert got.qualifiers == (want["qualifiers"] or {}), case
            checked += 1
    assert checked > 20


def test_ten_thousand_are_read() -> None:
    purls = [f"pkg:npm/%40scope{i}/name@1.{i}.0" for i in range(10_000)]
    with ends():
        assert len({coordinates_of(purl) for purl in purls}) == len(purls)

"""Products against components: what must be equal, what is equivalent, and how a difference is told."""

from __future__ import annotations

import pytest

from supplychain.advisory.vex import Product
from supplychain.advisory.vex_match import Nearest, Thing, compare, compare_purls, is_thing
from supplychain.artifact.digest import Digest
from supplychain.inventory.component import Component

DIGEST = Digest.of_bytes(b"wheel")
OTHER = Digest.of_bytes(b"other")


def component(purl: str, version: str | None = None, *hashes: Digest) -> Component:
    return Component(name="x", version=version, purl=purl, hashes=hashes)


def product(purl: str = "", *hashes: Digest) -> Product:
    return Product(text=purl or "x", purl=purl, hashes=hashes)


@pytest.mark.parametrize(
    ("stated", "found", "different"),
    [
        ("pkg:pypi/Jinja_2@1", "pkg:pypi/jinja-2@1", []),
        ("pkg:npm/%40angular/core@1", "pkg:npm/@angular/core@1", []),
        ("pkg:npm/@angular/core@1", "pkg:npm/core@1", ["namespace"]),
        ("pkg:pypi/a@1.0", "pkg:pypi/a@1.0.0", ["version"]),
        ("pkg:pypi/a@1", "pkg:npm/a@1", ["type"]),
        ("pkg:pypi/a@1", "pkg:pypi/b@2", ["name", "version"]),
        ("pkg:golang/github.com/A/b@v1", "pkg:golang/github.com/a/b@v1", []),
        ("pkg:maven/g/a@1?type=jar", "pkg:maven/g/a@1", []),
        ("pkg:maven/g/a@1?type=pom", "pkg:maven/g/a@1", ["type"]),
        ("pkg:deb/debian/a@1", "pkg:deb/debian/a@1?arch=amd64&distro=debian-12", []),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1", ["arch"]),
        ("pkg:deb/debian/a@1?arch=amd64", "pkg:deb/debian/a@1?arch=arm64", ["arch"]),
        ("pkg:deb/debian/a@1?distro=debian-12", "pkg:deb/debian/a@1?distro=debian-12.13", []),
        ("pkg:deb/debian/a@1?distro=debian-12.13", "pkg:deb/debian/a@1?distro=bookworm", []),
        ("pkg:deb/debian/a@1?distro=debian-12", "pkg:deb/debian/a@1?distro=debian-13", ["distro"]),
        ("pkg:deb/debian/a@1?distro=debian-12", "pkg:deb/debian/a@1", ["distro"]),
        ("pkg:apk/alpine/a@1?distro=alpine-3.18.4", "pkg:apk/alpine/a@1?distro=3.18", []),
        ("pkg:deb/debian/a@1?distro=odd", "pkg:deb/debian/a@1?distro=odd", []),
        ("pkg:golang/g/a@1#cmd", "pkg:golang/g/a@1", ["subpath"]),
        ("not a purl", "pkg:pypi/a@1", ["purl"]),
    ],
)
def test_purls(stated: str, found: str, different: list[str]) -> None:
    assert [difference.field for difference in compare_purls(stated, found).differences] == different


def test_without_a_version_it_is_wide() -> None:
    fit = compare_purls("pkg:pypi/a", "pkg:pypi/a@1")
    assert (fit.differences, fit.wide) == ((), True)


def test_version_beside_the_purl() -> None:
    assert not compare_purls("pkg:pypi/a@1", "pkg:pypi/a", "1").differences
    assert [str(d) for d in compare_purls("pkg:pypi/a@1", "pkg:pypi/a").differences] == [
        "version: the statement says 1, it is not stated"
    ]


def test_hashes() -> None:
    both = component("pkg:pypi/a@1", "1", DIGEST)
    assert not compare(product("", DIGEST), both).differences
    assert not compare(product("pkg:pypi/a@1", DIGEST, OTHER), both).differences
    assert [d.field for d in compare(product("pkg:pypi/a@1", OTHER), both).differences] == ["sha256"]
    assert not compare(product("pkg:pypi/a@1", OTHER), component("pkg:pypi/a@1")).differences, "it states no hash"
    assert [d.field for d in compare(product("", OTHER), component("pkg:pypi/a@1")).differences] == ["sha256"]
    assert [d.field for d in compare(product(), both).differences] == ["purl"], "a name alone fits nothing"


def test_the_thing_scanned() -> None:
    thing = Thing(name="Shop", version="1.0", digests=(DIGEST,), purls=("pkg:oci/shop@1.0?arch=amd64",))
    assert not is_thing(product("", DIGEST), thing).differences
    assert not is_thing(product(f"pkg:oci/x@{str(DIGEST).replace(':', '%3A')}"), thing).differences
    assert not is_thing(product("pkg:oci/shop@1.0"), thing).differences
    assert not is_thing(product("pkg:generic/shop@1.0"), thing).differences
    assert not is_thing(Product(text="shop@1.0"), thing).differences
    assert [d.field for d in is_thing(Product(text="shop@2"), thing).differences] == ["product version"]
    assert [d.field for d in is_thing(Product(text="other"), thing).differences] == ["product"]
    assert [
        d.field for d in is_thing(product("pkg:oci/shop@1.0", OTHER), Thing(name="shop", digests=(DIGEST,))).differences
    ] == ["digest"]
    assert is_thing(Product(text="shop"), thing).wide
    assert is_thing(Product(text=""), Thing()).differences, "nothing is not the same as nothing"


def test_nearest() -> None:
    parts = [component(purl) for purl in ("pkg:npm/a@1", "pkg:pypi/a@1", "pkg:pypi/a@3?x=y", "pkg:conda/a@2")]
    nearest = Nearest(parts)

    def of(purl: str) -> str:
        found = nearest.of(product(purl))
        return found[0].purl if found else ""

    assert of("pkg:pypi/a@3") == "pkg:pypi/a@3?x=y"
    assert of("pkg:pypi/a@9") == "pkg:pypi/a@1"
    assert of("pkg:gem/a@2") == "pkg:conda/a@2"
    assert of("pkg:gem/b@2") == ""

"""The test cases of the purl specification: reading, writing, and the round trip of both.

What fails is listed with the reason; a case that begins to pass, or that is not there any more, has to leave the list.
"""

from __future__ import annotations

import json

import pytest

from supplychain.errors import MalformedInput
from supplychain.inventory.purl import Purl, parse_purl

KEY_IN_CAPITALS = "the specification's own steps lower-case the key of a qualifier; only the type's case refuses it"
GIT_KEEPS_CASE = "the definition of the type git says that names keep their case; the suite's one case says otherwise"
EXPLAINED = {
    ("parse", "pkg:gem/jruby-launcher@1.1.2?Platform=java"): KEY_IN_CAPITALS,
    ("parse", "pkg:Rpm/fedora/curl@7.50.3-1.fc25?Arch=i386&Distro=fedora-25"): KEY_IN_CAPITALS,
    ("validate", "pkg:git/github/Package-url/purl-Spec@244fd47e07d1004f0aed9c"): GIT_KEEPS_CASE,
}


def outcome(case: dict) -> object:
    """What comes of a case, in the form in which the suite writes what it expects; None: refused."""
    try:
        match case["test_type"]:
            case "parse":
                return parts(parse_purl(case["input"]))
            case "build":
                given = {key: value or "" for key, value in case["input"].items()}
                purl = Purl(**{**given, "version": given["version"] or None, "qualifiers": given["qualifiers"] or {}})
                return str(parse_purl(str(purl)))
            case "validate":
                return str(parse_purl(case["input"]))
    except MalformedInput as refused:
        return None if refused.code == "BAD_PURL" else refused
    raise AssertionError(case["test_type"])


def parts(purl: Purl) -> dict:
    """The parts of a purl as the suite writes them: absent ones are null."""
    names = ("type", "namespace", "name", "version", "qualifiers", "subpath")
    return {name: getattr(purl, name) or None for name in names}


def expected(case: dict) -> object:
    """What the suite expects."""
    if case["expected_failure"]:
        return None
    wanted = case["expected_output"]
    return {key: value or None for key, value in wanted.items()} if isinstance(wanted, dict) else wanted


@pytest.mark.shared
def test_every_case_of_the_specification(shared):
    files = sorted((shared / "purl" / "tests").rglob("*.json"))
    cases = [case for path in files for case in json.loads(path.read_text())["tests"]]
    assert len(cases) > 500
    wrong = {}
    for case in cases:
        found = outcome(case)
        if found != expected(case):
            wrong[case["test_type"], str(case["input"])] = (found, expected(case))
    assert set(wrong) == set(EXPLAINED), {key: wrong[key] for key in set(wrong) - set(EXPLAINED)}


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("pkg:PYPI/Django_package@1.11", "pkg:pypi/django-package@1.11"),
        ("pkg:npm/@scope/name@1.0", "pkg:npm/%40scope/name@1.0"),
        ("pkg://npm//name@1.0", "pkg:npm/name@1.0"),
        ("pkg:deb/Debian/Curl@1:2+b1?arch=i386&distro=", "pkg:deb/debian/curl@1:2%2Bb1?arch=i386"),
        ("pkg:git/host.example/a/b@1#x/../y", "pkg:git/host.example/a/b@1#x/y"),
        ("pkg:generic/a%2Fb@1", "pkg:generic/a%2Fb@1"),
    ],
)
def test_one_canonical_text(text, canonical):
    assert str(parse_purl(text)) == canonical
    assert str(parse_purl(canonical)) == canonical


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("npm/a@1", "pkg:type/name@version"),
        ("pkg:npm", "pkg:type/name@version"),
        ("pkg:npm/@1.3.4", "pkg:type/name@version"),
        ("pkg:3nginx/a@1", "pkg:type/name@version"),
        ("pkg:np:m/a@1", "pkg:type/name@version"),
        ("pkg:npm/a@1?in%20production=true", "qualifier keys"),
        ("pkg:swift/Alamofire@5.4.3", "NAMESPACE"),
        ("pkg:vcpkg/boost/asio@1.84.0", "no namespace"),
        ("pkg:julia/Dates", "uuid"),
        ("pkg:cpan/URI::PackageURL", "a name as"),
        ("pkg:chrome-extension/dlpngalgnefjeiefhmpklpfiohadpglk@1.2-beta", "a version as"),
    ],
)
def test_refused_for_what_it_lacks(text, says):
    with pytest.raises(MalformedInput) as caught:
        parse_purl(text)
    assert caught.value.code == "BAD_PURL"
    assert says in caught.value.expected

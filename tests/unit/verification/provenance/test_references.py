"""Versions, builder ids and addresses as provenance spells them."""

from __future__ import annotations

import pytest

from supplychain.errors import SupplychainError
from supplychain.verification.provenance.references import (
    BuilderId,
    as_git,
    check_release,
    check_versioned_tag,
    package_of,
    split_git,
)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("v13.0.30", "v13"),
        ("v13.0.30", "v13.0"),
        ("v13.0.30", "v13.0.30"),
        ("v14", "v14.0"),
        ("v14", "v14.0.0"),
        ("v14.2", "v14"),
        ("v1.2.3-rc.1", "v1.2.3-rc.1"),
        ("v1.2.3-rc.1", "v1.2"),
        ("v1.2.3+build.7", "v1.2.3"),
        ("v1.2.3", "v1.2.3+build.7"),
    ],
)
def test_a_version_covers_what_it_leaves_open(tag: str, expected: str) -> None:
    check_versioned_tag(tag, expected, where="")


@pytest.mark.parametrize(
    ("tag", "expected", "code"),
    [
        ("v13.0.30", "v1", "VERSIONED_TAG_MISMATCH"),
        ("v13.0.30", "v13.0.3", "VERSIONED_TAG_MISMATCH"),
        ("v14", "v14.0.1", "VERSIONED_TAG_MISMATCH"),
        ("v1.2.3-rc.1", "v1.2.3", "VERSIONED_TAG_MISMATCH"),
        ("v1.2.3-rc.1", "v1.2.3-rc.2", "VERSIONED_TAG_MISMATCH"),
        ("v1.2.3", "1.2.3", "INVALID_SEMVER"),
        ("1.2.3", "v1.2.3", "INVALID_SEMVER"),
        ("v01.2.3", "v1", "INVALID_SEMVER"),
        ("v1.2.3.4", "v1", "INVALID_SEMVER"),
        ("v1.2.3\n", "v1", "INVALID_SEMVER"),
        ("v1.2.3", "", "INVALID_SEMVER"),
    ],
)
def test_other_versions_are_refused(tag: str, expected: str, code: str) -> None:
    with pytest.raises(SupplychainError) as caught:
        check_versioned_tag(tag, expected, where="")
    assert caught.value.code == code


def test_builder_ids_match_with_or_without_version() -> None:
    found = BuilderId.parse("https://x/b@refs/tags/v1.2.3", where="")
    for good in ("https://x/b", "https://x/b@v1.2.3", "https://x/b@refs/tags/v1.2.3"):
        assert BuilderId.parse(good, where="").covers(found), good
    for bad in ("https://x/b2", "https://x/b@v1.2", "https://x/b@v1.2.4", "https://x/b@refs/heads/v1.2.3"):
        assert not BuilderId.parse(bad, where="").covers(found), bad
    for malformed in ("", "@v1", "https://x/b@", "https://x/b@v1@v2"):
        with pytest.raises(SupplychainError) as caught:
            BuilderId.parse(malformed, where="")
        assert caught.value.code == "INVALID_BUILDER_ID"


@pytest.mark.parametrize(
    ("version", "head", "good"),
    [
        ("refs/tags/v1.2.3", False, True),
        ("refs/tags/v1.2.3-rc.0", False, False),
        ("refs/tags/v1.2.3-rc.0", True, True),
        ("refs/tags/v1.2", False, False),
        ("refs/tags/v1.2.3+1", True, False),
        ("refs/tags/v1", False, False),
        ("refs/heads/main", False, False),
        ("refs/heads/main", True, True),
        ("refs/heads/v1.2.3", True, False),
        ("v1.2.3", False, False),
        (SHA := "a" * 40, False, False),
    ],
)
def test_builders_are_used_at_released_versions(version: str, head: bool, good: bool) -> None:
    builder = BuilderId(name="https://github.com/x/y/.github/workflows/b.yml", version=version)
    if good:
        check_release(builder, where="", head=head)
        return
    with pytest.raises(SupplychainError) as caught:
        check_release(builder, where="", head=head)
    assert caught.value.code == "INVALID_REF"


def test_jreleaser_tags_name_a_language() -> None:
    name = "https://github.com/jreleaser/release-action/.github/workflows/builder_slsa3.yml"
    check_release(BuilderId(name=name, version="refs/tags/v1.1.0-java"), where="")
    with pytest.raises(SupplychainError):
        check_release(BuilderId(name=name, version="refs/tags/v1.1.0"), where="")


def test_addresses() -> None:
    for given in ("github.com/o/n", "https://github.com/o/n", "git+https://github.com/o/n", "git+github.com/o/n/"):
        assert as_git(given) == "git+https://github.com/o/n"
    assert as_git("https://github.com/o/n.git") == "git+https://github.com/o/n"
    assert split_git("git+https://github.com/o/n@refs/tags/v1@x", where="") == (
        "git+https://github.com/o/n",
        "refs/tags/v1@x",
    )
    with pytest.raises(SupplychainError) as caught:
        split_git("https://github.com/o/n@refs/heads/main", where="")
    assert caught.value.code == "MALFORMED_URI"


def test_package_urls() -> None:
    assert package_of("pkg:npm/%40scope/name@1.2.3") == ("@scope/name", "1.2.3")
    assert package_of("pkg:npm/name@1.2.3?vcs=x#sub") == ("name", "1.2.3")
    assert package_of("pkg:npm/name") == ("name", "")
    assert package_of("shop.jar") == ("", "")

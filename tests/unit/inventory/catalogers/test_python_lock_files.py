"""poetry.lock, pdm.lock, Pipfile.lock, uv.lock and pylock.toml."""

from __future__ import annotations

import json

import pytest

from supplychain.errors import MalformedInput

A = "a" * 64

POETRY = f"""
[[package]]
name = "Faker"
version = "33.3.0"
groups = ["dev"]
files = [{{file = "faker-33.3.0.tar.gz", hash = "sha256:{A}"}}]

[package.dependencies]
six = ">=1"

[[package]]
name = "six"
version = "1.16.0"

[[package]]
name = "ike"
version = "0.2.0"

[package.source]
type = "git"
url = "https://example.org/ike"
resolved_reference = "cd66602"

[[package]]
name = "member"
version = "0.1.0"

[package.source]
type = "directory"
url = "libs/member"

[metadata]
lock-version = "2.0"
"""

UV = f"""
version = 1

[[package]]
name = "app"
version = "0.1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "emoji" }}]

[[package]]
name = "member"
version = "0.1.0"
source = {{ editable = "packages/member" }}
dependencies = [{{ name = "app" }}]

[[package]]
name = "emoji"
version = "2.14.0"
source = {{ registry = "https://registry.example/simple" }}
dependencies = [{{ name = "typing-extensions" }}]
sdist = {{ url = "https://x/emoji.tar.gz", hash = "sha256:{A}" }}

[[package]]
name = "typing-extensions"
version = "4.12.2"
source = {{ registry = "https://registry.example/simple" }}

[[package]]
name = "ruff"
version = "0.8.1"
source = {{ git = "https://example.org/ruff?rev=main#84748be" }}
"""

PYLOCK = f"""
lock-version = "1.0"
created-by = "test"

[[packages]]
name = "attrs"
version = "25.1.0"
wheels = [{{name = "attrs.whl", hashes = {{sha256 = "{A}"}}}}]

[[packages]]
name = "cattrs"
version = "24.1.2"
dependencies = [{{name = "attrs"}}]

[[packages]]
name = "vcs"
vcs = {{type = "git", url = "https://example.org/vcs", commit-id = "735093f"}}
"""


def by_name(found):
    return {component.name: component for component in found.components}


def test_poetry(catalog):
    found = catalog("poetry.lock", POETRY)
    listed = by_name(found)
    assert set(listed) == {"faker", "six", "ike"}
    assert listed["faker"].depends_on == ("pkg:pypi/six@1.16.0",)
    assert [str(digest) for digest in listed["faker"].hashes] == [f"sha256:{A}"]
    assert ("supplychain:development", "true") in listed["faker"].properties
    assert listed["ike"].purl == "pkg:pypi/ike@0.2.0?vcs_url=git%2Bhttps:%2F%2Fexample.org%2Fike%40cd66602"
    assert [(gap.what, gap.reason) for gap in found.gaps] == [(listed["ike"].purl, "not_from_registry")]
    assert [str(folder) for folder in found.covers] == ["libs/member"]


def test_poetry_of_the_first_format_keeps_hashes_at_the_end(catalog):
    content = (
        '[[package]]\nname = "a"\nversion = "1.0"\n[[package]]\nname = "a"\nversion = "2.0"\n[metadata]\n'
        f'[metadata.files]\na = [{{file = "a-2.0.tar.gz", hash = "sha256:{A}"}}]\n'
    )
    first, second = catalog("poetry.lock", content).components
    assert (first.version, first.hashes) == ("1.0", ())
    assert (second.version, second.hashes[0].hex) == ("2.0", A)


def test_poetry_without_its_last_table_may_be_cut_short(catalog):
    found = catalog("poetry.lock", '[[package]]\nname = "a"\nversion = "1.0"\n')
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("poetry.lock", "unreadable")]


def test_uv_lists_what_the_project_needs_but_not_the_project(catalog):
    found = catalog("uv.lock", UV)
    listed = by_name(found)
    assert set(listed) == {"emoji", "typing-extensions", "ruff"}
    assert listed["emoji"].direct is True
    assert listed["typing-extensions"].direct is False
    assert listed["emoji"].depends_on == ("pkg:pypi/typing-extensions@4.12.2",)
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]
    assert sorted(map(str, found.covers)) == [".", "packages/member"]
    assert set(found.projects) == {"pkg:pypi/app", "pkg:pypi/member"}


def test_uv_cut_at_the_end_of_an_entry_misses_what_is_needed(catalog):
    found = catalog("uv.lock", UV[: UV.index('[[package]]\nname = "typing-extensions"')])
    assert ("pkg:pypi/typing-extensions", "no_version") in [(gap.what, gap.reason) for gap in found.gaps]


def test_uv_cut_before_what_the_project_needs(catalog):
    found = catalog("uv.lock", UV[: UV.index('[[package]]\nname = "emoji"')])
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("pkg:pypi/emoji", "no_version")]


def test_uv_path_outside_the_tree_is_no_member(catalog):
    content = 'version = 1\n[[package]]\nname = "lib"\nversion = "1"\nsource = { editable = "../lib" }\n'
    found = catalog("uv.lock", content)
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]


def test_pylock(catalog):
    found = catalog("pylock.toml", PYLOCK)
    listed = by_name(found)
    assert listed["cattrs"].depends_on == ("pkg:pypi/attrs@25.1.0",)
    assert listed["attrs"].hashes[0].hex == A
    assert listed["vcs"].version is None
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]
    assert by_name(catalog("pylock.dev.toml", PYLOCK)).keys() == listed.keys()


def test_pdm(catalog):
    content = (
        '[metadata]\nlock_version = "4.4.1"\n[[package]]\nname = "pyroute2"\nversion = "0.7"\ngroups = ["dev"]\n'
        'dependencies = ["win-inet-pton; platform_system == \\"Windows\\""]\n'
        '[[package]]\nname = "win_inet_pton"\nversion = "1.1"\ngroups = ["default"]\nmarker = "os_name == \'nt\'"\n'
        '[[package]]\nname = "t"\nversion = "1"\ngit = "https://example.org/t"\nrevision = "65bab75"\n'
    )
    listed = by_name(catalog("pdm.lock", content))
    assert listed["pyroute2"].depends_on == ("pkg:pypi/win-inet-pton@1.1",)
    assert listed["win-inet-pton"].properties == (("supplychain:marker", "os_name == 'nt'"),)
    assert "vcs_url=git" in listed["t"].purl


def test_pipfile_lock(catalog):
    content = {
        "_meta": {},
        "default": {
            "itsdangerous": {"version": "==2.1.2", "hashes": [f"sha256:{A}"]},
            "loose": {"version": "*"},
            "vcs": {"git": "https://example.org/vcs", "ref": "b36054"},
        },
        "develop": {"pytest": {"version": "==8.0"}},
    }
    found = catalog("Pipfile.lock", json.dumps(content))
    listed = by_name(found)
    assert listed["itsdangerous"].version == "2.1.2"
    assert listed["pytest"].properties == (("supplychain:development", "true"),)
    assert {gap.reason for gap in found.gaps} == {"not_pinned", "not_from_registry"}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("poetry.lock", 'package = []\n[metadata]\nlock-version = "2.0"\n'),
        ("uv.lock", "version = 1\n"),
        ("pdm.lock", '[metadata]\nlock_version = "4.4"\n'),
        ("pylock.toml", 'lock-version = "1.0"\ncreated-by = "x"\npackages = []\n'),
        ("Pipfile.lock", '{"_meta": {}, "default": {}, "develop": {}}'),
    ],
)
def test_a_valid_lock_file_without_packages_misses_nothing(catalog, name, content):
    found = catalog(name, content)
    assert not found.components
    assert not found.gaps


@pytest.mark.parametrize("name", ["poetry.lock", "uv.lock", "pdm.lock", "pylock.toml", "Pipfile.lock"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'[[package]]\nname = "django"\nversion = "1.',
        b"not a lock file",
        b"\xff\xfe\x00",
        b'{"default": {',
        b"x = 1\n",
    ],
)
def test_a_half_written_lock_file_is_malformed_and_named(catalog, name, content):
    with pytest.raises(MalformedInput) as caught:
        catalog(name, content)
    assert name in caught.value.where


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("poetry.lock", '[[package]]\nversion = "1"\n'),
        ("poetry.lock", '[[package]]\nname = 1\nversion = "1"\n'),
        ("poetry.lock", "package = 3\n"),
        ("uv.lock", 'version = 1\n[[package]]\nname = "a"\nversion = 1\n'),
        ("uv.lock", 'version = 2\n[[package]]\nname = "a"\nversion = "1"\n'),
        ("pylock.toml", 'lock-version = "2.0"\npackages = []\n'),
        ("pylock.toml", 'lock-version = "1.0"\n'),
        ("Pipfile.lock", '{"_meta": {}, "default": []}'),
        ("Pipfile.lock", '{"_meta": {}, "default": {"a": {"version": 1}}}'),
        ("Pipfile.lock", '{"_meta": {}, "default": {"a": {}, "a": {}}}'),
        ("poetry.lock", "a = " + "[" * 5000),
    ],
)
def test_the_wrong_shape_is_malformed(catalog, name, content):
    with pytest.raises(MalformedInput):
        catalog(name, content)


def test_an_entry_without_a_version_is_a_gap(catalog):
    found = catalog("poetry.lock", '[[package]]\nname = "a"\n[metadata]\n')
    assert [(gap.what, gap.reason) for gap in found.gaps] == [("pkg:pypi/a", "no_version")]


def test_a_cycle_and_two_versions_of_one_package(catalog):
    content = (
        'version = 1\n[[package]]\nname = "a"\nversion = "1"\ndependencies = [{name = "b"}]\n'
        '[[package]]\nname = "a"\nversion = "2"\n[[package]]\nname = "b"\nversion = "1"\ndependencies = [{name = "a"}]\n'
    )
    found = catalog("uv.lock", content)
    assert [component.purl for component in found.components] == ["pkg:pypi/a@1", "pkg:pypi/a@2", "pkg:pypi/b@1"]
    assert found.components[2].depends_on == ("pkg:pypi/a@1", "pkg:pypi/a@2")

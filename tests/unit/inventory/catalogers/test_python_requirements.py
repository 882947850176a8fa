"""requirements.txt and its relatives."""

from __future__ import annotations

import pytest

from supplychain.errors import MalformedInput

A = "a" * 64
B = "b" * 64


def purls(found) -> list[str]:
    return [component.purl for component in found.components]


def reasons(found) -> dict[str, str]:
    return {gap.what: gap.reason for gap in found.gaps}


def test_pins_with_hashes_extras_markers_and_comments(catalog):
    found = catalog(
        "requirements.txt",
        f"# tools\n--require-hashes\nDjango==1.8  # old\nJinja2 [i18n] == 2.4.1 ; python_version < '3' \\\n"
        f"    --hash=sha256:{A} \\\n    --hash sha256:{B} --hash=md5:123\n\nzope.interface===4.0\n",
    )
    assert purls(found) == ["pkg:pypi/django@1.8", "pkg:pypi/jinja2@2.4.1", "pkg:pypi/zope-interface@4.0"]
    assert not found.gaps
    assert [digest.hex for digest in found.components[1].hashes] == [A, B]
    assert found.components[1].properties == (("supplychain:marker", 'python_version < "3"'),)
    assert {component.origin for component in found.components} == {"requirements.txt"}


@pytest.mark.parametrize("line", ["django", "django>=1", "django==1.*", "django~=1.8", "django!=1.8", "django==1,==2"])
def test_what_is_not_pinned_is_listed_without_a_version_and_is_a_gap(catalog, line):
    found = catalog("requirements.txt", line)
    assert [(component.name, component.version) for component in found.components] == [("django", None)]
    assert reasons(found) == {"pkg:pypi/django": "not_pinned"}
    assert "requirements.txt:1" in found.gaps[0].detail


@pytest.mark.parametrize(
    "line",
    [
        "pkg @ git+https://github.com/org/pkg@0123456",
        "-e git+https://github.com/org/pkg#egg=pkg",
        "--editable=git+https://github.com/org/pkg#egg=pkg",
        "https://example.org/pkg-1.0-py3-none-any.whl",
        "./wheels/pkg-1.0-py3-none-any.whl",
    ],
)
def test_what_comes_from_elsewhere_is_a_gap(catalog, line):
    found = catalog("requirements.txt", line)
    assert [component.name for component in found.components] == ["pkg"]
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]
    assert found.gaps[0].what == found.components[0].purl


@pytest.mark.parametrize("line", ["-e .", "./src", "https://example.org/archive.zip"])
def test_a_place_without_a_name_is_a_gap_alone(catalog, line):
    found = catalog("requirements.txt", line)
    assert not found.components
    assert [gap.reason for gap in found.gaps] == ["not_from_registry"]


def test_a_password_in_an_address_is_not_published(catalog):
    found = catalog("requirements.txt", "pkg @ git+https://user:hunter2@example.org/pkg\nhttps://u:hunter2@e.org/x.zip")
    assert "hunter2" not in repr(found)


def test_a_variable_of_the_environment_pins_nothing(catalog):
    found = catalog("requirements.txt", "pkg==${PKG_VERSION}")
    assert [gap.reason for gap in found.gaps] == ["not_pinned"]


@pytest.mark.parametrize("line", ["asdf==", "==1.0", "asdf 1.0", "a" * 5000 + "==1", "--unknown-option x"])
def test_a_line_that_pip_could_not_read_is_a_gap_that_names_the_line(catalog, line):
    found = catalog("requirements.txt", f"ok==1\n{line}\n")
    assert purls(found) == ["pkg:pypi/ok@1"]
    assert [gap.reason for gap in found.gaps] == ["unreadable"]
    assert "requirements.txt:2" in found.gaps[0].detail


def test_includes_are_read_once_and_loops_end(catalog):
    found = catalog(
        "requirements/dev.txt",
        "-r base.txt\n--requirement=base.txt\npytest==8.0\n",
        {"requirements/base.txt": "-r dev.txt\n-rdev.txt\ndjango==1.8\n"},
    )
    assert sorted(purls(found)) == ["pkg:pypi/django@1.8", "pkg:pypi/pytest@8.0"]
    assert not found.gaps
    assert [str(path) for path in found.includes] == ["requirements/base.txt"]


@pytest.mark.parametrize(
    "target",
    ["../../etc/passwd", "../outside.txt", "/etc/passwd", "missing.txt", "https://example.org/r.txt", "${X}.txt"],
)
def test_an_include_that_is_not_in_the_tree_is_a_gap(catalog, target):
    found = catalog("requirements.txt", f"-r {target}\n")
    assert [gap.reason for gap in found.gaps] == ["unreadable"]


def test_constraints_pin_what_is_asked_for_and_demand_nothing(catalog):
    found = catalog(
        "requirements.txt", "django\n-c constraints.txt\n", {"constraints.txt": "Django==3.2\nurllib3<2\nsix==1.16\n"}
    )
    assert sorted(set(purls(found))) == ["pkg:pypi/django@3.2", "pkg:pypi/six@1.16"]
    assert not found.gaps


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffdjango==1.8\n".encode(),
        "django==1.8\n".encode("utf-16"),
        "# -*- coding: latin-1 -*-\n# caf\u00e9\ndjango==1.8\n".encode("latin-1"),
        b"django==1.8\r\n",
    ],
)
def test_encodings_that_pip_reads(catalog, content):
    assert purls(catalog("requirements.txt", content)) == ["pkg:pypi/django@1.8"]


@pytest.mark.parametrize(
    "content", [b"django==1.8\xff\n", b"# coding: zip\nx", b"# coding: punycode\nx", b"# coding: no-such\nx"]
)
def test_other_encodings_are_malformed(catalog, content):
    with pytest.raises(MalformedInput, match="encoding"):
        catalog("requirements.txt", content)


def test_an_empty_file_names_nothing_and_misses_nothing(catalog):
    found = catalog("requirements.txt", b"")
    assert not found.components
    assert not found.gaps


def test_a_huge_file_and_a_long_run_of_spaces_take_no_time(catalog):
    found = catalog("requirements.txt", "".join(f"p{n}==1.{n}\n" for n in range(20_000)) + "x" + " " * 200_000 + "#\n")
    assert len(found.components) == 20_001


def test_a_trailing_backslash_loses_no_line(catalog):
    assert purls(catalog("requirements.txt", "django==1.8 \\")) == ["pkg:pypi/django@1.8"]

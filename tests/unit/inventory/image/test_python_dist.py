from __future__ import annotations

import pytest

from supplychain.inventory.image.python_dist import read_python

SITE = "usr/lib/python3/dist-packages"


def test_every_form(view):
    files = {
        f"{SITE}/Flask_Thing-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: Flask_Thing\nVersion: 1.0\n\nName: x\n",
        f"{SITE}/old-2.0.egg-info": "Name: old\nVersion: 2.0\n",
        f"{SITE}/folder.egg-info/PKG-INFO": "Name: folder\nversion: 3.0\n",
        "opt/x.egg/EGG-INFO/PKG-INFO": "Name: egg\r\nVersion: 4.0\r\n",
        "srv/METADATA": "Name: no\nVersion: 1\n",
    }
    found = read_python(view(files))
    assert sorted(component.purl for component in found.components) == [
        "pkg:pypi/egg@4.0",
        "pkg:pypi/flask-thing@1.0",
        "pkg:pypi/folder@3.0",
        "pkg:pypi/old@2.0",
    ]
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("lines", "licenses"),
    [
        ("License-Expression: MIT OR Apache-2.0\nLicense: x", ("MIT OR Apache-2.0",)),
        ("License: BSD", ("BSD",)),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: MIT License", ("MIT License",)),
        ("License: " + "long " * 50 + "\nClassifier: License :: Public Domain", ("Public Domain",)),
        ("", ()),
    ],
)
def test_licences(view, lines, licenses):
    found = read_python(view({f"{SITE}/a.egg-info": f"Name: a\nVersion: 1\n{lines}\n"}))
    assert found.components[0].licenses == licenses


def test_edges_prefer_the_same_folder_and_leave_extras_out(view):
    needs = "Requires-Dist: B (>=1)\nRequires-Dist: c ; python_version < '4'\nRequires-Dist: d ; extra == 'x'\n"
    files = {
        f"{SITE}/a.egg-info": f"Name: a\nVersion: 1\n{needs}",
        f"{SITE}/b.egg-info": "Name: b\nVersion: 1\nRequires-Dist: a\n",
        "opt/b.egg-info": "Name: b\nVersion: 2\n",
        "opt/c.egg-info": "Name: c\nVersion: 1\n",
        f"{SITE}/d.egg-info": "Name: d\nVersion: 1\n",
    }
    edges = {component.purl: component.depends_on for component in read_python(view(files)).components}
    assert edges["pkg:pypi/a@1"] == ("pkg:pypi/b@1", "pkg:pypi/c@1")
    assert edges["pkg:pypi/b@1"] == ("pkg:pypi/a@1",)


@pytest.mark.parametrize(
    ("content", "purl"),
    [
        (
            '{"url": "https://u:p@git.example/a", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "pkg:pypi/a@1?vcs_url=git%2Bhttps:%2F%2Fgit.example%2Fa%40abc",
        ),
        ('{"url": "file:///src/a", "dir_info": {}}', "pkg:pypi/a@1?download_url=file:%2F%2F%2Fsrc%2Fa"),
        ("not json", "pkg:pypi/a@1"),
        ("[]", "pkg:pypi/a@1"),
    ],
)
def test_what_no_index_gave_is_a_gap(view, content, purl):
    files = {"x/a.dist-info/METADATA": "Name: a\nVersion: 1\n", "x/a.dist-info/direct_url.json": content}
    found = read_python(view(files))
    assert [component.purl for component in found.components] == [purl]
    assert [(gap.what, gap.reason) for gap in found.gaps] == [(purl, "not_from_registry")]


@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff junk", b"Version: 1\n", b"Name: a\n", b"Name: a b\nVersion: 1\n", b"Name: a\nVersion: 1?x=y\n"],
    ids=["empty", "binary", "no-name", "no-version", "space", "query"],
)
def test_broken_metadata_is_named(view, content):
    found = read_python(view({"x/a.dist-info/METADATA": content}))
    assert found.components == ()
    assert [gap.what for gap in found.gaps] == ["x/a.dist-info/METADATA"]


def test_the_first_of_repeated_fields_counts(view):
    found = read_python(view({"a.egg-info": "Name: root\nVersion: 1.0.0\nVersion: 2.0.0\n"}))
    assert found.components[0].purl == "pkg:pypi/root@1.0.0"

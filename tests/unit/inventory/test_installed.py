"""Licences from what is installed beside a lock file, from licence files and from another inventory."""

from __future__ import annotations

import json

import pytest

from supplychain.inventory.collect import collect_directory
from supplychain.inventory.component import Component
from supplychain.inventory.installed import with_licenses_of
from supplychain.inventory.license import is_family_of
from supplychain.inventory.license_files import EVIDENCE, licenses_of_distributions
from supplychain.inventory.sbom import Sbom
from tests.unit.inventory.test_license_text import BSD3, MIT

GO_MOD = "module m\n\ngo 1.22\n\nrequire (\n\texample.org/a v1.0.0\n\texample.org/b v1.0.0\n)\n"
YARN = '# yarn lockfile v1\n\n\na@^1:\n  version "1.0.0"\n\nb@^1:\n  version "1.0.0"\n'


def licenses(sbom):
    return {component.name: component.licenses for component in sbom.components}


def test_vendored_modules_of_go(tree):
    root = tree(
        {
            "go.mod": GO_MOD,
            "vendor/modules.txt": "# example.org/a v1.0.0\n## explicit\nexample.org/a\n# example.org/b v0.9.0\n",
            "vendor/example.org/a/LICENSE": MIT,
            "vendor/example.org/b/LICENSE": MIT,
        }
    )
    sbom = collect_directory(root)
    assert licenses(sbom) == {"example.org/a": ("MIT",), "example.org/b": ()}
    assert (EVIDENCE, "vendor/example.org/a/LICENSE") in sbom.components[0].properties


def test_two_license_files_hold_together_and_one_unknown_tells_nothing(tree):
    vendored = "# example.org/a v1.0.0\n# example.org/b v1.0.0\n"
    files = {"go.mod": GO_MOD, "vendor/modules.txt": vendored, "vendor/example.org/a/LICENSE": MIT}
    both = tree({**files, "vendor/example.org/a/COPYING": BSD3, "vendor/example.org/b/LICENSE": MIT + "\nPay first.\n"})
    assert licenses(collect_directory(both)) == {"example.org/a": ("BSD-3-Clause AND MIT",), "example.org/b": ()}


def test_installed_modules_of_the_same_version(tree):
    root = tree(
        {
            "yarn.lock": YARN,
            "node_modules/a/package.json": json.dumps({"name": "a", "version": "1.0.0", "license": "ISC"}),
            "node_modules/b/package.json": json.dumps({"name": "b", "version": "2.0.0", "license": "ISC"}),
        }
    )
    assert licenses(collect_directory(root)) == {"a": ("ISC",), "b": ()}


@pytest.mark.parametrize("content", ["{", "[]", '{"version": "1.0.0", "license": 3}', '{"version": "1.0.0"}'])
def test_what_cannot_be_read_tells_nothing(tree, content):
    assert licenses(collect_directory(tree({"yarn.lock": YARN, "node_modules/a/package.json": content})))["a"] == ()


def test_another_inventory_answers_for_the_same_version_only():
    listed = Sbom.of("x", [Component(name=n, version="1", purl=f"pkg:pypi/{n}@1") for n in ("a", "b", "c")])
    first = Sbom.of("e", [Component(name="a", version="1", purl="pkg:pypi/a@1?x=y", licenses=("MIT",))])
    second = Sbom.of(
        "f",
        [
            Component(name="a", version="1", purl="pkg:pypi/a@1", licenses=("ISC",)),
            Component(name="b", version="2", purl="pkg:pypi/b@2", licenses=("ISC",)),
        ],
    )
    assert licenses(with_licenses_of(listed, (first, second))) == {"a": ("MIT",), "b": (), "c": ()}


def test_license_files_of_distributions(tmp_path):
    def distribution(name, **files):
        folder = tmp_path / f"{name}-1.0.dist-info"
        (folder / "licenses").mkdir(parents=True)
        for file, text in files.items():
            (folder / "licenses" / file).write_text(text)

    def part(name, *stated):
        return Component(name=name, version="1.0", purl=f"pkg:pypi/{name}@1.0", licenses=stated)

    distribution("silent", LICENSE=MIT)
    distribution("vague", LICENSE=BSD3)
    distribution("told", LICENSE=MIT)
    distribution("other", LICENSE=MIT)
    distribution("empty", LICENSE="")
    distribution("code", **{"license.py": MIT})
    parts = (
        part("silent"),
        part("vague", "License :: OSI Approved :: BSD License"),
        part("told", "Apache-2.0"),
        part("other", "License :: OSI Approved :: Apache Software License"),
        part("empty"),
        part("code"),
        part("absent"),
    )
    found = {item.name: item.licenses for item in licenses_of_distributions(parts, (tmp_path / "none", tmp_path))}
    assert found["silent"] == ("MIT",)
    assert found["vague"] == ("BSD-3-Clause",)
    assert found["told"] == ("Apache-2.0",)
    assert found["other"] == ("License :: OSI Approved :: Apache Software License",)
    assert found["empty"] == found["code"] == found["absent"] == ()


@pytest.mark.parametrize(
    ("name", "expression", "fits"),
    [
        ("License :: OSI Approved :: BSD License", "BSD-3-Clause", True),
        ("BSD License", "BSD-2-Clause AND BSD-3-Clause", True),
        ("BSD License", "BSD-2-Clause AND GPL-3.0-only", False),
        ("Apache Software License", "MIT", False),
        ("Other/Proprietary License", "MIT", False),
        ("Own terms", "MIT", False),
    ],
)
def test_vague_names(name, expression, fits):
    assert is_family_of(name, expression) is fits

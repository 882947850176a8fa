"""pyproject.toml, Pipfile, setup.cfg and setup.py."""

from __future__ import annotations

import pytest

PYPROJECT = """
[project]
name = "app"
dependencies = ["requests>=2.20", "flask[async]==3.1.1", "vcs @ git+https://example.org/vcs"]

[project.optional-dependencies]
dev = ["pytest", "app[other]"]

[dependency-groups]
lint = ["ruff", {include-group = "other"}]
"""


def listed(found):
    return {component.name: component for component in found.components}


def reasons(found):
    return {gap.what: gap.reason for gap in found.gaps}


def test_pyproject_alone_is_never_complete(catalog):
    found = catalog("pyproject.toml", PYPROJECT)
    assert set(listed(found)) == {"requests", "flask", "vcs", "pytest", "ruff"}
    assert listed(found)["flask"].version == "3.1.1"
    assert all(component.direct for component in found.components)
    assert ("supplychain:optional", "dev") in listed(found)["pytest"].properties
    assert reasons(found)["pkg:pypi/requests"] == "not_pinned"
    assert reasons(found)["pyproject.toml"] == "not_pinned"
    assert "not_from_registry" in reasons(found).values()


def test_exact_pins_alone_still_leave_what_they_bring_in(catalog):
    found = catalog("pyproject.toml", '[project]\nname = "a"\ndependencies = ["requests==2.32.0"]\n')
    assert reasons(found) == {"pyproject.toml": "not_pinned"}


def test_dependencies_computed_at_build_time_are_a_gap(catalog):
    found = catalog("pyproject.toml", '[project]\nname = "a"\ndynamic = ["dependencies"]\n')
    assert reasons(found) == {"pyproject.toml": "not_pinned"}


def test_a_project_without_dependencies_needs_none(catalog):
    found = catalog("pyproject.toml", '[project]\nname = "a"\ndependencies = []\n')
    assert not found.gaps
    assert not found.silent


def test_a_file_of_tool_settings_says_nothing_about_packages(catalog):
    assert catalog("pyproject.toml", "[tool.ruff]\nline-length = 88\n").silent


@pytest.mark.parametrize(
    ("constraint", "version"),
    [('"1.2.3"', "1.2.3"), ('"==1.2.3"', "1.2.3"), ('"^1.2"', None), ('"*"', None), ('{version = "1.2.3"}', "1.2.3")],
)
def test_poetry_tables(catalog, constraint, version):
    content = f'[tool.poetry]\nname = "a"\n[tool.poetry.dependencies]\npython = "^3.11"\nrequests = {constraint}\n'
    found = catalog("pyproject.toml", content)
    assert {name: component.version for name, component in listed(found).items()} == {"requests": version}


def test_pipfile(catalog):
    content = '[packages]\nrequests = "*"\nflask = "==3.1.1"\nvcs = {git = "https://example.org/vcs"}\n[dev-packages]\npytest = "*"\n'
    found = catalog("Pipfile", content)
    assert listed(found)["flask"].version == "3.1.1"
    assert ("supplychain:optional", "dev-packages") in listed(found)["pytest"].properties
    assert "not_from_registry" in reasons(found).values()


def test_setup_cfg(catalog):
    content = "[metadata]\nname = a\n[options]\ninstall_requires =\n    requests>=2  # why\n    six\n[options.extras_require]\nt = pytest\n"
    found = catalog("setup.cfg", content)
    assert set(listed(found)) == {"requests", "six", "pytest"}
    assert catalog("setup.cfg", "[flake8]\nmax-line-length = 100\n").silent


def test_setup_py_is_a_program_and_stays_unread(catalog):
    found = catalog("setup.py", "from setuptools import setup\nsetup(install_requires=['django'])\n")
    assert reasons(found) == {"setup.py": "unsupported_file"}
    assert catalog("setup.py", "from setuptools import setup\nsetup()\n").silent
    assert catalog("setup.py", "setup(install_requires=[])", {"pyproject.toml": '[project]\nname = "a"\n'}).silent

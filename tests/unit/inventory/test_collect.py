"""Which files of a tree are read, and what they add up to."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from supplychain.errors import ExitCode, MalformedInput, NothingToCheck, ToolFailed, UsageError
from supplychain.inventory import walk as walk_module
from supplychain.inventory.collect import bare_purl, collect_directory


def purls(sbom):
    return [component.purl for component in sbom.components]


def gaps(sbom):
    return sorted((gap.what, gap.reason) for gap in sbom.gaps)


def test_files_of_several_folders_are_merged(tree):
    root = tree(
        {
            "requirements.txt": "django==1.8\nsix==1.16\n",
            "service/requirements.txt": "django==1.8\nflask==3\n",
            "web/package-lock.json": '{"lockfileVersion": 3, "packages": {"node_modules/a": {"version": "1.0.0"}}}',
            "README.md": "text",
        }
    )
    sbom = collect_directory(root)
    assert sbom.name == "project"
    assert purls(sbom) == ["pkg:npm/a@1.0.0", "pkg:pypi/django@1.8", "pkg:pypi/flask@3", "pkg:pypi/six@1.16"]
    assert sbom.sources == ("requirements.txt", "service/requirements.txt", "web/package-lock.json")
    assert not sbom.gaps


@pytest.mark.parametrize("files", [{}, {"README.md": "x"}, {"pyproject.toml": "[tool.ruff]\n"}])
def test_a_folder_that_names_no_package_is_nothing_to_check(tree, files):
    root = tree({"keep": "", **files})
    with pytest.raises(NothingToCheck) as caught:
        collect_directory(root)
    assert caught.value.exit_code == ExitCode.NOTHING_TO_CHECK
    assert "CANNOT-TELL" in caught.value.diagnostics()


def test_a_missing_folder_is_a_usage_error(tmp_path):
    with pytest.raises(UsageError):
        collect_directory(tmp_path / "missing")


def test_a_valid_lock_file_without_packages_is_complete(tree):
    sbom = collect_directory(tree({"uv.lock": "version = 1\n"}))
    assert (sbom.components, sbom.gaps, sbom.sources) == ((), (), ("uv.lock",))


def test_a_lock_file_answers_for_the_manifest_beside_it(tree):
    root = tree(
        {
            "pyproject.toml": '[project]\nname = "a"\ndependencies = ["django>=1"]\n[project.optional-dependencies]\nx = ["six"]\n',
            "poetry.lock": '[[package]]\nname = "Django"\nversion = "1.8"\n[[package]]\nname = "pytz"\nversion = "1"\n[metadata]\n',
        }
    )
    sbom = collect_directory(root)
    assert {c.purl: c.direct for c in sbom.components} == {"pkg:pypi/django@1.8": True, "pkg:pypi/pytz@1": None}
    assert not sbom.gaps


def test_what_a_manifest_asks_for_and_no_lock_file_names_is_a_gap(tree):
    root = tree(
        {
            "pyproject.toml": '[project]\nname = "a"\ndependencies = ["django>=1", "celery"]\n',
            "requirements-dev.txt": "pytest==8.0\n",
        }
    )
    assert gaps(collect_directory(root)) == [("pkg:pypi/celery", "not_pinned"), ("pkg:pypi/django", "not_pinned")]


def test_a_workspace_lock_file_answers_for_its_members(tree):
    member = '[project]\nname = "member"\ndependencies = ["six", "app"]\n'
    lock = (
        'version = 1\n[[package]]\nname = "app"\nversion = "1"\nsource = {virtual = "."}\n'
        '[[package]]\nname = "member"\nversion = "1"\nsource = {editable = "packages/member"}\ndependencies = [{name = "six"}]\n'
        '[[package]]\nname = "six"\nversion = "1.16"\n'
    )
    root = tree({"uv.lock": lock, "packages/member/pyproject.toml": member, "other/pyproject.toml": member})
    sbom = collect_directory(root)
    assert ("other/pyproject.toml", "not_pinned") in gaps(sbom)
    assert not [gap for gap in sbom.gaps if "packages/member" in gap.detail + gap.what]


def test_lock_files_of_cargo_and_yarn_answer_for_the_folders_below(tree):
    root = tree(
        {
            "Cargo.lock": 'version = 3\n[[package]]\nname = "syn"\nversion = "1.0.0"\nsource = "registry+x"\n',
            "crates/a/Cargo.toml": '[package]\nname = "a"\n[dependencies]\nsyn = "1"\n',
            "package.json": '{"workspaces": ["packages/*"]}',
            "yarn.lock": 'b@^1:\n  version "1.0.0"\n',
            "packages/c/package.json": '{"name": "c", "dependencies": {"b": "^1", "d": "^1"}}',
            "packages/d/package.json": '{"name": "d", "dependencies": {"b": "^1"}}',
        }
    )
    assert not collect_directory(root).gaps


def test_a_manifest_nothing_reads_is_answered_by_a_lock_file_further_up(tree):
    lock = {"gradle.lockfile": "org.x:a:1.0=compileClasspath\nempty=\n"}
    assert not collect_directory(tree({**lock, "app/build.gradle": "x"})).gaps
    assert gaps(collect_directory(tree({"web/Podfile.lock": "x"}))) == [("web/Podfile.lock", "unsupported_file")]


def test_included_files_are_not_read_twice(tree):
    root = tree(
        {
            "requirements.txt": "-r requirements/base.txt\n-c constraints.txt\n",
            "requirements/base.txt": "django\n",
            "constraints.txt": "django==1.8\n",
        }
    )
    sbom = collect_directory(root)
    assert purls(sbom) == ["pkg:pypi/django@1.8"]
    assert not sbom.gaps


def test_files_that_only_include_each_other_are_read(tree):
    root = tree(
        {"a-requirements.txt": "-r b-requirements.txt\n", "b-requirements.txt": "-r a-requirements.txt\nsix==1\n"}
    )
    assert purls(collect_directory(root)) == ["pkg:pypi/six@1"]


def test_installed_and_built_folders_are_left_out(tree):
    names = [
        ".git",
        "node_modules",
        "venv",
        ".tox",
        "__pycache__",
        "lib/site-packages",
        ".supplychain",
        "build",
        "dist",
    ]
    root = tree(
        {
            **{f"{name}/requirements.txt": "evil==1\n" for name in names},
            "venv/pyvenv.cfg": "",
            "setup.py": "",
            "src/build/requirements.txt": "kept==1\n",
            ".hidden/requirements.txt": "hidden==1\n",
        }
    )
    assert purls(collect_directory(root)) == ["pkg:pypi/hidden@1", "pkg:pypi/kept@1"]


@pytest.mark.parametrize(
    "pattern", ["tests", "tests/", "tests/**", "./tests", "tests/*", "*/requirements.txt", "te?ts"]
)
def test_exclusions_are_recorded(tree, pattern):
    root = tree({"requirements.txt": "six==1\n", "tests/requirements.txt": "django==1.8\n"})
    sbom = collect_directory(root, exclude=(pattern,))
    assert purls(sbom) == ["pkg:pypi/six@1"]
    assert sbom.excluded == ("tests/requirements.txt",)


def test_everything_excluded_is_nothing_to_check(tree):
    with pytest.raises(NothingToCheck) as caught:
        collect_directory(tree({"requirements.txt": "six==1\n"}), exclude=("requirements.txt",))
    assert "1 excluded" in caught.value.diagnostics()


def test_a_broken_file_ends_it_and_is_named(tree):
    root = tree({"requirements.txt": "six==1\n", "b/poetry.lock": '[[package]]\nname = "django"\nversion = "1.'})
    with pytest.raises(MalformedInput) as caught:
        collect_directory(root)
    text = caught.value.diagnostics()
    assert "b/poetry.lock" in text
    assert "at end of document" in text
    assert "exclude" in text


def test_a_file_that_is_too_large_is_malformed(tree, monkeypatch):
    monkeypatch.setattr(walk_module, "MAX_BYTES", 10)
    with pytest.raises(MalformedInput) as caught:
        collect_directory(tree({"requirements.txt": "django==1.8\n"}))
    assert caught.value.code == "TOO_LARGE"


def test_a_tree_that_is_too_large_cannot_be_told(tree, monkeypatch):
    monkeypatch.setattr(walk_module, "MAX_ENTRIES", 3)
    with pytest.raises(ToolFailed) as caught:
        collect_directory(tree({f"f{n}": "" for n in range(5)}))
    assert caught.value.code == "TOO_MANY_FILES"


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_links_never_lead_outside(tree, tmp_path: Path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "requirements.txt").write_text("secret==1\n")
    root = tree({"requirements.txt": "-r link/requirements.txt\nsix==1\n", "real.txt": "flask==3\n"})
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "dev-requirements.txt").symlink_to(tmp_path / "outside" / "requirements.txt")
    (root / "in-requirements.txt").symlink_to("real.txt")
    (root / "loop").symlink_to(root)
    (root / "broken-requirements.txt").symlink_to("nowhere")
    sbom = collect_directory(root)
    assert purls(sbom) == ["pkg:pypi/flask@3", "pkg:pypi/six@1"]
    assert gaps(sbom) == [
        ("broken-requirements.txt", "unreadable"),
        ("dev-requirements.txt", "unreadable"),
        ("link/requirements.txt", "unreadable"),
    ]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_a_gap(tree):
    root = tree({"requirements.txt": "six==1\n", "closed/requirements.txt": "x==1\n"})
    (root / "closed").chmod(0)
    try:
        assert gaps(collect_directory(root)) == [("closed", "unreadable")]
    finally:
        (root / "closed").chmod(0o755)


def test_a_pipe_in_place_of_a_file_does_not_hang(tree):
    root = tree({"requirements.txt": "six==1\n"})
    os.mkfifo(root / "dev-requirements.txt")
    assert gaps(collect_directory(root)) == [("dev-requirements.txt", "unreadable")]


@pytest.mark.parametrize(
    ("purl", "bare"),
    [
        ("pkg:pypi/a@1?x=y#z", "pkg:pypi/a"),
        ("pkg:npm/%40scope/a@1", "pkg:npm/%40scope/a"),
        ("pkg:npm/%40scope/a", "pkg:npm/%40scope/a"),
        ("pkg:golang/a@b/c", "pkg:golang/a@b/c"),
    ],
)
def test_bare_purl(purl, bare):
    assert bare_purl(purl) == bare


@pytest.mark.shared
def test_every_shared_project_can_be_listed(shared):
    for project in sorted((shared / "projects").iterdir()):
        sbom = collect_directory(project)
        assert sbom.components or sbom.gaps, project.name
        assert len({component.purl for component in sbom.components}) == len(sbom.components)

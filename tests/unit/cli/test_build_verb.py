"""`build`: what is recorded, what is stated, and what is refused."""

from __future__ import annotations

import base64
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode
from supplychain.pipeline import link_files
from tests.simulator.keys import write_keys
from tests.simulator.runner import Outcome, assert_told, run_cli

AT = "2026-11-21T00:00:00Z"
MAKE = "import pathlib; pathlib.Path('out').mkdir(exist_ok=True); pathlib.Path('out/p.whl').write_bytes(b'p')"


class Project:
    """A folder with source, a key and a trust file."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "shop"
        (self.root / "src").mkdir(parents=True)
        (self.root / "src" / "app.py").write_text("print(1)\n")
        self.signers = write_keys(folder / "keys")
        self.env = {"SUPPLYCHAIN_HOME": str(folder / "home"), "SUPPLYCHAIN_KEY": str(folder / "keys" / "release.pem")}
        pem = "".join(f"      {line}\n" for line in self.signers["release"].public_key.pem.splitlines())
        rules = '\n  - {claims: ["*"], signers: [release], artifacts: ["*"]}\n'
        (self.root / "trust.yaml").write_text(f"version: 1\nidentities:\n  release:\n    key: |\n{pem}rules:{rules}")

    def run(self, *words: str | Path) -> Outcome:
        return run_cli([str(word) for word in words], env=self.env, cwd=self.root)

    def build(self, *words: str, script: str = MAKE, product: str = "out/*.whl") -> Outcome:
        return self.run("build", "--product", product, "--at", AT, *words, "--", sys.executable, "-c", script)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def statement(where: str, root: Path) -> dict[str, Any]:
    bundle = json.loads((root / where).read_bytes())
    return json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))


def test_build_states_provenance_and_link(project: Project) -> None:
    told = project.build("--format", "json", "--step", "wheel")
    assert_told(told, ExitCode.OK)
    digest = Digest.of_bytes(b"p")
    assert told.json["products"] == [{"name": "out/p.whl", "digest": str(digest)}]
    provenance, link = (statement(item["where"], project.root) for item in told.json["statements"])
    assert provenance["subject"] == [{"name": "p.whl", "digest": digest.to_set()}]
    definition = provenance["predicate"]["buildDefinition"]
    assert definition["externalParameters"]["command"] == [sys.executable, "-c", MAKE]
    assert definition["externalParameters"]["products"] == ["out/*.whl"]
    assert link["subject"] == [{"name": "out/p.whl", "digest": digest.to_set()}]
    predicate = link["predicate"]
    assert (predicate["name"], predicate["byproducts"]) == ("wheel", {"return-value": 0})
    assert [material["name"] for material in predicate["materials"]] == ["src/app.py", "trust.yaml"]
    assert predicate["environment"]["source"]["tree"] == definition["resolvedDependencies"][0]["digest"]["sha256"]


def test_both_claims_verify(project: Project) -> None:
    project.build()
    told = project.run("verify", "out/p.whl", "--at", AT, "--format", "json")
    assert sorted(one["kind"] for one in told.json["verified"]) == ["link", "provenance"]
    assert project.run("verify", "out/p.whl", "--predicate", "link", "--at", AT).exit_code == 0


def test_declared_materials(project: Project) -> None:
    told = project.build("--format", "json", "--material", "src")
    provenance, link = (statement(item["where"], project.root) for item in told.json["statements"])
    assert [material["name"] for material in link["predicate"]["materials"]] == ["src/app.py"]
    assert provenance["predicate"]["buildDefinition"]["resolvedDependencies"][1]["uri"] == "file:src/app.py"


def test_materials_are_those_before_the_command(project: Project) -> None:
    before = Digest.of_file(project.root / "src" / "app.py")
    told = project.build("--format", "json", script=MAKE + "; pathlib.Path('src/app.py').write_text('evil')")
    link = statement(told.json["statements"][1]["where"], project.root)
    assert link["predicate"]["materials"][0]["digest"] == before.to_set()


def test_output_goes_to_standard_error_as_it_comes(project: Project) -> None:
    told = project.build("--format", "json", script=MAKE + "; print('häßlich')")
    assert "häßlich" in told.stderr
    assert json.loads(told.stdout)


def test_variables_are_part_of_the_command(project: Project) -> None:
    script = "import os, pathlib; pathlib.Path('p.whl').write_text(os.environ['COLOUR'])"
    words = ["--product", "p.whl", "--at", AT, "--", "env", "COLOUR=red", sys.executable, "-c", script]
    assert_told(project.run("build", *words), ExitCode.OK)
    assert (project.root / "p.whl").read_text() == "red"


def test_products_of_the_configuration(project: Project) -> None:
    (project.root / "supplychain.yaml").write_text('version: 1\nbuild: {command: [make], products: ["out/*"]}\n')
    assert_told(project.run("build", "--at", AT, "--", sys.executable, "-c", MAKE), ExitCode.OK)


def test_link_folder_is_no_material_of_the_next_step(project: Project) -> None:
    assert_told(project.build("--link-dir", "links"), ExitCode.OK)
    told = project.build("--link-dir", "links", "--format", "json", script=MAKE.replace("b'p'", "b'q'"))
    link = statement(told.json["statements"][1]["where"], project.root)
    assert [material["name"] for material in link["predicate"]["materials"]] == ["src/app.py", "trust.yaml"]
    assert Path(told.json["link_file"]).suffix == ".link"


# What is refused; nothing is stated then


def nothing_stated(project: Project) -> bool:
    return not (project.root / ".supplychain" / "store").exists()


def test_failed_command(project: Project) -> None:
    told = project.build(script=MAKE + "; import sys; print('why', file=sys.stderr); sys.exit(3)")
    assert_told(told, ExitCode.TOOL_FAILED, "BUILD_FAILED")
    assert "exit code 3" in told.stderr
    assert "found:    why" in told.stderr
    assert nothing_stated(project)


def test_command_that_is_not_there(project: Project) -> None:
    told = project.run("build", "--product", "x", "--", "no-such-program")
    assert_told(told, ExitCode.TOOL_FAILED, "TOOL_MISSING")


def test_command_without_end(project: Project) -> None:
    told = project.build("--timeout", "1", script="import time; time.sleep(60)")
    assert_told(told, ExitCode.TOOL_FAILED, "TIME_LIMIT")


@pytest.mark.parametrize("script", ["pass", "open('other', 'w').write('x')"])
def test_no_product(project: Project, script: str) -> None:
    assert_told(project.build(script=script), ExitCode.NOTHING_TO_CHECK, "NO_PRODUCTS")
    assert nothing_stated(project)


def test_one_of_two_patterns_matches_nothing(project: Project) -> None:
    assert_told(project.build("--product", "docs/*.html"), ExitCode.NOTHING_TO_CHECK, "NO_PRODUCTS")


def test_product_that_was_there_before(project: Project) -> None:
    (project.root / "out").mkdir()
    (project.root / "out" / "old.whl").write_bytes(b"old")
    assert_told(project.build(script="pass"), ExitCode.NOTHING_TO_CHECK, "NO_PRODUCTS")
    told = project.build("--format", "json")
    assert [product["name"] for product in told.json["products"]] == ["out/p.whl"]


def test_product_written_again_with_its_old_times(project: Project) -> None:
    assert_told(project.build(), ExitCode.OK)
    keep = "import os; s=os.stat('out/p.whl'); open('out/p.whl','w').write('x'); os.utime('out/p.whl', ns=(s.st_atime_ns, s.st_mtime_ns))"
    assert_told(project.build(script=keep), ExitCode.OK)


@pytest.mark.parametrize("pattern", ["/etc/passwd", "../*.whl", "out/../../x", ""])
def test_pattern_that_leads_out(project: Project, pattern: str) -> None:
    assert_told(project.build(product=pattern), ExitCode.USAGE, "PRODUCT_OUTSIDE")


def test_link_that_leads_out(project: Project) -> None:
    (project.root.parent / "secret.whl").write_bytes(b"secret")
    script = "import os; os.mkdir('out'); os.symlink('../../secret.whl', 'out/p.whl')"
    assert_told(project.build(script=script), ExitCode.USAGE, "PRODUCT_OUTSIDE")
    assert nothing_stated(project)


def test_folder_that_is_a_link_leading_out(project: Project) -> None:
    (project.root.parent / "outside").mkdir()
    (project.root.parent / "outside" / "p.whl").write_bytes(b"secret")
    script = "import os; os.symlink('../outside', 'out')"
    assert_told(project.build(script=script), ExitCode.USAGE, "PRODUCT_OUTSIDE")


def test_link_inside_is_left_to_its_target(project: Project) -> None:
    told = project.build("--format", "json", script=MAKE + "; import os; os.symlink('p.whl', 'out/latest.whl')")
    assert [product["name"] for product in told.json["products"]] == ["out/p.whl"]


def test_product_that_is_still_written(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    real = link_files._hash

    def slow(path: Path) -> Digest:
        found = real(path)
        if path.suffix == ".whl":
            path.write_bytes(b"later")
        return found

    monkeypatch.setattr(link_files, "_hash", slow)
    assert_told(project.build(), ExitCode.TOOL_FAILED, "PRODUCT_CHANGED")
    assert nothing_stated(project)


@pytest.mark.parametrize(("path", "code"), [("none", "MATERIAL_MISSING"), ("../keys", "MATERIAL_OUTSIDE")])
def test_material_that_cannot_be_one(project: Project, path: str, code: str) -> None:
    assert_told(project.build("--material", path), ExitCode.USAGE, code)


def test_too_many_materials(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_files, "MAX_FILES", 1)
    assert_told(project.build(), ExitCode.USAGE, "TOO_MANY_MATERIALS")


@pytest.mark.parametrize("step", ["../x", "", "a b", "x" * 200])
def test_step_that_is_no_name(project: Project, step: str) -> None:
    assert_told(project.build("--step", step), ExitCode.USAGE, "BAD_STEP")


def test_without_product_or_command(project: Project) -> None:
    assert_told(project.run("build", "--", "true"), ExitCode.USAGE, "USAGE")
    assert project.run("build", "--product", "x").exit_code == ExitCode.USAGE

"""VEX for another product: an honest "not affected" about something else hides no finding."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from supplychain.errors import ExitCode
from tests.simulator.runner import Outcome, run_cli

PURL = "pkg:pypi/thing@1.0"
AT = "2026-06-01T00:00:00Z"


class Shop:
    """A project with one vulnerable dependency, and a database that knows it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {"SUPPLYCHAIN_HOME": str(folder / "home"), "NO_COLOR": "1"}
        events = [{"introduced": "0"}, {"fixed": "2.0"}]
        record = {
            "id": "GHSA-test",
            "aliases": ["CVE-2026-1"],
            "modified": "2026-01-01T00:00:00Z",
            "affected": [
                {
                    "package": {"ecosystem": "PyPI", "name": "thing"},
                    "ranges": [{"type": "ECOSYSTEM", "events": events}],
                }
            ],
        }
        feed = folder / "PyPI" / "all.zip"
        feed.parent.mkdir(parents=True)
        with zipfile.ZipFile(feed, "w") as archive:
            archive.writestr("GHSA-test.json", json.dumps(record))
        (folder / "requirements.txt").write_text("thing==1.0\n")
        assert self.run("db", "import", feed).exit_code == 0

    def run(self, *words: str | Path) -> Outcome:
        return run_cli([str(word) for word in words], env=self.env, cwd=self.folder)

    def scan(self, product: dict[str, Any], name: str = "CVE-2026-1", **more: Any) -> Outcome:
        statement = {"vulnerability": {"name": name}, "products": [product], "status": "not_affected"}
        statement |= {"justification": "vulnerable_code_not_present", **more}
        body = {
            "@context": "https://openvex.dev/ns/v0.2.0",
            "@id": "https://example.com/1",
            "author": "A",
            "timestamp": "2026-01-01T00:00:00Z",
            "version": 1,
            "statements": [statement],
        }
        path = self.folder / "vex.json"
        path.write_text(json.dumps(body))
        words = ("--only", "deps", "--vex", path, "--fail-on", "any", "--format", "json", "--at", AT)
        return self.run("scan", self.folder, *words)


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


def test_an_honest_vex_settles_it(shop: Shop) -> None:
    outcome = shop.scan({"@id": PURL})
    assert (outcome.exit_code, outcome.json["findings"][0]["status"]) == (ExitCode.OK, "not_affected")


@pytest.mark.parametrize(
    "product",
    [
        "pkg:pypi/thing@1.1",
        "pkg:pypi/thing2@1.0",
        "pkg:npm/thing@1.0",
        "pkg:pypi/thing@1",
        "pkg:pypi/thing@1.0.evil",
        "pkg:pypi/evil/thing@1.0",
        "pkg:pypi/*",
        "*",
        "https://example.com/shop",
    ],
)
def test_another_product(shop: Shop, product: str) -> None:
    outcome = shop.scan({"@id": product})
    assert outcome.exit_code == ExitCode.DENIED, outcome.stdout
    assert [finding["status"] for finding in outcome.json["findings"]] == ["affected"]


def test_our_part_of_another_product(shop: Shop) -> None:
    """Said about the component as a part of somebody else's product."""
    outcome = shop.scan({"@id": "pkg:oci/bank@sha256:" + "0" * 64, "subcomponents": [{"@id": PURL}]})
    assert outcome.exit_code == ExitCode.DENIED
    assert [finding["status"] for finding in outcome.json["findings"]] == ["affected"]


def test_another_vulnerability(shop: Shop) -> None:
    assert shop.scan({"@id": PURL}, name="CVE-2026-11").exit_code == ExitCode.DENIED

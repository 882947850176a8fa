"""A Debian system against Debian's advisories, from OSV and from the security tracker: what is found, and what is not.

Every package below is one hard case; `AFFECTED` says which are to be found. Both sources tell the same story in their own
form, so both must give the same answer, alone and together.
"""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.runner import Outcome, run_cli

# name: (fields of dpkg's status, problem, what the tracker says of bookworm, to be found)
Case = tuple[str, dict[str, str], bool]
RESOLVED, OPEN = "resolved", "open"


def fixed(version: str, **more: str) -> dict[str, str]:
    return {"status": RESOLVED, "fixed_version": version, "urgency": "not yet assigned", **more}


CASES: dict[str, Case] = {
    "plain-old": ("Version: 1.0-1", fixed("1.0-2"), True),
    "plain-new": ("Version: 1.0-2", fixed("1.0-2"), False),
    "epoch-old": ("Version: 1:1.0-1", fixed("1:1.0-2"), True),
    # Without its epoch 9.0 would look newer than 1:1.0.
    "epoch-missing": ("Version: 9.0-1", fixed("1:1.0-2"), True),
    "epoch-new": ("Version: 1:0.1-1", fixed("9.0-1"), False),
    "security-old": ("Version: 1.0-1+deb12u1", fixed("1.0-1+deb12u2"), True),
    "security-new": ("Version: 1.0-1+deb12u10", fixed("1.0-1+deb12u2"), False),
    "backport": ("Version: 2.0-1~bpo12+1", fixed("2.0-1"), True),
    "tilde-fixed": ("Version: 2.0-1", fixed("2.0-1~deb12u1"), False),
    "tilde-older": ("Version: 2.0-1~deb11u1", fixed("2.0-1~deb12u1"), True),
    "rebuilt-old": ("Version: 1.0-1+b3\nSource: rebuilt-old (1.0-1)", fixed("1.0-2"), True),
    "rebuilt-new": ("Version: 1.0-2+b1\nSource: rebuilt-new (1.0-2)", fixed("1.0-2"), False),
    "rebuilt-unsaid": ("Version: 1.0-2+b1", fixed("1.0-2"), False),
    # The source's version counts, not the package's own, which would be newer.
    "numbered-apart": ("Version: 4:12.2-1\nSource: numbered-apart (1.203)", fixed("1.204"), True),
    "other-epoch": ("Version: 1:2.38-5\nSource: other-epoch (2.38-5)", fixed("2.38-5+deb12u1"), True),
    "never-affected": ("Version: 1.0-1", fixed("0"), False),
    "not-fixed": ("Version: 99-1", {"status": OPEN, "urgency": "high"}, True),
    "no-dsa": ("Version: 1.0-1", {"status": OPEN, "urgency": "low", "nodsa": "Minor issue", "nodsa_reason": ""}, True),
    "unimportant": ("Version: 1.0-1", {"status": OPEN, "urgency": "unimportant"}, True),
    "end-of-life": ("Version: 1.0-1", {"status": OPEN, "urgency": "end-of-life"}, True),
    "removed": ("Version: 1.0-1\nStatus: deinstall ok config-files", fixed("2.0-1"), False),
    "on-hold": ("Version: 1.0-1\nStatus: hold ok installed", fixed("2.0-1"), True),
    "dfsg": ("Version: 1.0+dfsg-1", fixed("1.0+dfsg1-1"), True),
    "letters": ("Version: 1.0a-1", fixed("1.0.1-1"), True),
}
AFFECTED = {name for name, (*_, found) in CASES.items() if found}
BINARY = {"rebuilt-old": "rebuilt-old-dev"}
"""A package whose name is not its source's."""


@pytest.fixture
def system(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/os-release").write_text(
        'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\nNAME="Debian GNU/Linux"\n'
    )
    (root / "var/lib/dpkg").mkdir(parents=True)
    stanzas = []
    for name, (fields, _, _) in CASES.items():
        state = "" if "Status:" in fields else "Status: install ok installed\n"
        stanzas.append(f"Package: {BINARY.get(name, name)}\n{state}Architecture: amd64\n{fields}\n")
    (root / "var/lib/dpkg/status").write_text("\n".join(stanzas))
    return root


def cve(name: str) -> str:
    return f"CVE-2024-{10_000 + list(CASES).index(name)}"


def tracker(path: Path) -> Path:
    other = fixed("0.0.1-1")  # fixed in other releases long ago: nothing to do with this one
    body = {
        name: {cve(name): {"scope": "local", "releases": {"bookworm": said, "trixie": other, "bullseye": other}}}
        for name, (_, said, _) in CASES.items()
    }
    path.write_text(json.dumps(body))
    return path


def osv(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, (_, said, _) in CASES.items():
            if said.get("fixed_version") == "0":
                continue
            end = [{"fixed": said["fixed_version"]}] if "fixed_version" in said else []
            ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, *end]}]
            part: dict[str, Any] = {"package": {"ecosystem": "Debian:12", "name": name}, "ranges": ranges}
            old = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "0.0.1-1"}]}]
            other = {"package": {"ecosystem": "Debian:13", "name": name}, "ranges": old}
            record = {
                "id": f"DEBIAN-{cve(name)}",
                "modified": "2026-01-01T00:00:00Z",
                "upstream": [cve(name)],
                "affected": [part, other],
            }
            archive.writestr(f"{record['id']}.json", json.dumps(record))
    return path


def run(folder: Path, *words: object) -> Outcome:
    env = {"SUPPLYCHAIN_HOME": str(folder / "home"), "NO_COLOR": "1"}
    return run_cli([str(word) for word in words], env=env, cwd=folder)


def findings(folder: Path, target: str) -> dict[str, dict[str, Any]]:
    outcome = run(folder, "scan", target, "--only", "deps", "--format", "json")
    assert outcome.exit_code == 0, outcome.stderr
    found = json.loads(outcome.stdout)["findings"]
    names = {BINARY.get(name, name): name for name in CASES}
    assert len(found) == len({(item["component"]["purl"], item["id"]) for item in found})
    return {names[item["component"]["name"]]: item for item in found}


@pytest.mark.parametrize("sources", ["osv", "tracker", "both"])
def test_recall_and_false_alarms(tmp_path: Path, system: Path, sources: str) -> None:
    paths = [osv(tmp_path / "Debian/all.zip")] if sources != "tracker" else []
    paths += [tracker(tmp_path / "debian.json")] if sources != "osv" else []
    assert run(tmp_path, "db", "import", *paths).exit_code == 0
    found = findings(tmp_path, f"rootfs:{system}")
    assert found.keys() == AFFECTED, "one finding for each, also where two sources tell of it"
    for name, item in found.items():
        assert cve(name) in (item["id"], *item["aliases"])


def test_fixed_versions_are_those_of_the_installed_package(tmp_path: Path, system: Path) -> None:
    assert run(tmp_path, "db", "import", osv(tmp_path / "Debian/all.zip")).exit_code == 0
    found = findings(tmp_path, f"rootfs:{system}")
    assert (found["other-epoch"]["upgrade"], found["other-epoch"]["fixed"]) == (
        "1:2.38-5+deb12u1",
        ["1:2.38-5+deb12u1"],
    )
    assert found["rebuilt-old"]["upgrade"] == "1.0-2"
    assert found["epoch-missing"]["upgrade"] == "1:1.0-2"
    apart = found["numbered-apart"]
    assert (apart["upgrade"], apart["fixed"]) == (None, ["1.204"])
    assert "numbered-apart 1.204" in apart["help"]


def test_undetermined_is_told_not_dropped(tmp_path: Path, system: Path) -> None:
    body = {"plain-old": {"CVE-2024-1": {"releases": {"bookworm": {"status": "undetermined", "urgency": "unknown"}}}}}
    (tmp_path / "debian.json").write_text(json.dumps(body))
    assert run(tmp_path, "db", "import", tmp_path / "debian.json").exit_code == 0
    outcome = run(tmp_path, "scan", f"rootfs:{system}", "--only", "deps")
    assert outcome.exit_code == 4
    assert "CVE-2024-1" in outcome.stderr


def test_another_release_says_nothing_about_this_one(tmp_path: Path, system: Path) -> None:
    body = {"plain-old": {"CVE-2024-1": {"releases": {"trixie": {"status": "open", "urgency": "high"}}}}}
    (tmp_path / "debian.json").write_text(json.dumps(body))
    assert run(tmp_path, "db", "import", tmp_path / "debian.json").exit_code == 0
    outcome = run(tmp_path, "scan", f"rootfs:{system}", "--only", "deps")
    assert outcome.exit_code == 4
    assert "no feed about Debian:12" in outcome.stderr

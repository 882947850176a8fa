"""Kits unsigned, altered, by somebody else, about something else, outdated or rolled back: nothing is imported."""

from __future__ import annotations

import json
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from supplychain.advisory.database import AdvisoryDatabase
from supplychain.advisory.importing import import_sources
from supplychain.advisory.schema import database_path
from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode, SupplychainError
from supplychain.pipeline import kit as kits
from supplychain.pipeline.kit import KIT_NAME, export_kit, import_kit, is_kit, kit_extras
from supplychain.pipeline.sign import RELEASE_TYPE
from supplychain.signing.local_key import LocalKey
from supplychain.statement.statement import Statement
from supplychain.verification.trust import Trust
from tests.simulator.keys import write_keys
from tests.simulator.osv_server import zip_of
from tests.simulator.runner import assert_told, run_cli

AT = datetime(2026, 11, 21, tzinfo=UTC)
KEV = {
    "catalogVersion": "1",
    "dateReleased": "2026-01-01T00:00:00Z",
    "vulnerabilities": [{"cveID": "CVE-2023-0001", "dateAdded": "2025-01-01"}],
}
SECDB = {
    "distroversion": "v3.18",
    "reponame": "main",
    "apkurl": "x",
    "packages": [{"pkg": {"name": "a", "secfixes": {"1-r1": ["CVE-2023-0001"]}}}],
}


def record(number: int, modified: str = "2026-01-01T00:00:00Z") -> dict[str, Any]:
    package = {"ecosystem": "PyPI", "name": f"p{number}"}
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]
    return {"id": f"X-{number}", "modified": modified, "affected": [{"package": package, "ranges": ranges}]}


class Site:
    """One side of the gap: a home, keys, and a trust file that lets `scanner` state vulns and `release` anything."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.signers: dict[str, LocalKey] = write_keys(folder / "keys")
        names = ("release", "scanner", "other")
        people = "".join(f"  {name}:\n    key: {json.dumps(self.signers[name].public_key.pem)}\n" for name in names)
        rules = "".join(
            f"  - {{claims: [{claim}], signers: [{name}], artifacts: ['*']}}\n"
            for name, claim in (("release", "'*'"), ("scanner", "vulns"), ("other", "sbom"))
        )
        (folder / "trust.yaml").write_text(f"version: 1\nidentities:\n{people}rules:\n{rules}")
        self.trust = Trust.parse((folder / "trust.yaml").read_bytes(), where="trust.yaml")

    def know(self, *records: dict[str, Any], others: bool = True) -> None:
        feed, kev, secdb = (self.folder / name for name in ("feed.zip", "kev.json", "secdb.json"))
        feed.write_bytes(zip_of(records))
        kev.write_text(json.dumps(KEV))
        secdb.write_text(json.dumps(SECDB))
        import_sources(self.home, [feed, *((kev, secdb) if others else ())], snapshot=None, at=AT)

    def export(self, name: str = "kit.tar", *, by: str = "release", days: int = 30) -> Path:
        extras = {"trust/trust.yaml": b"version: 1\n", "policies/a/a.rego": b"package a\n"}
        until = AT + timedelta(days=days)
        return export_kit(self.home, self.folder / name, self.signers[by], extras, at=AT, freshest_by=until).path

    def take(self, path: Path, **more: Any) -> Any:
        return import_kit(self.home, path, self.trust, at=more.pop("at", AT), **more)

    @property
    def state(self) -> Any:
        if not database_path(self.home).exists():
            return None
        with AdvisoryDatabase.open(database_path(self.home)) as database:
            database.check()
            return database.state()


@pytest.fixture
def here(tmp_path: Path) -> Site:
    (tmp_path / "here").mkdir()
    site = Site(tmp_path / "here")
    site.know(*(record(number) for number in range(50)))
    return site


@pytest.fixture
def there(tmp_path: Path) -> Site:
    (tmp_path / "there").mkdir()
    return Site(tmp_path / "there")


def refused(
    there: Site, path: Path, code: str, exit_code: ExitCode = ExitCode.VERIFICATION_FAILED, **more: Any
) -> None:
    before = there.state
    with pytest.raises(SupplychainError) as caught:
        there.take(path, **more)
    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
    assert there.state == before
    assert not (there.home / "kits").exists()
    assert not list(there.home.glob(".kit-*"))


def repack(path: Path, statement: bytes | None, content: bytes | None) -> None:
    """Put another statement or content into a kit; None: leave it out."""
    import io

    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in (("statement.sigstore.json", statement), ("content.zip", content)):
            if data is not None:
                member = tarfile.TarInfo(f"{KIT_NAME}/{name}")
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))


def parts(path: Path) -> tuple[bytes, bytes]:
    with tarfile.open(path) as archive:
        first, second = (archive.extractfile(member) for member in archive.getmembers())
        assert first is not None
        assert second is not None
        return first.read(), second.read()


def test_honest_kit_brings_the_same_database(here: Site, there: Site) -> None:
    path = here.export()
    assert is_kit(path)
    done = there.take(path)
    assert there.state == here.state
    assert done.signers == ("release",)
    assert (done.folder / "policies/a/a.rego").read_bytes() == b"package a\n"
    with AdvisoryDatabase.open(database_path(there.home)) as database:
        assert database.exploited(["CVE-2023-0001"]) == {"CVE-2023-0001": "2025-01-01"}
        assert database.covers("Alpine:v3.18")
    assert there.take(path).report.state == here.state, "twice is as good as once"


def test_same_database_gives_the_same_content(here: Site) -> None:
    assert here.export("a.tar").read_bytes() == here.export("b.tar").read_bytes()


def test_who_may_state_vulns_may_hand_over_a_kit(here: Site, there: Site) -> None:
    assert there.take(here.export(by="scanner")).signers == ("scanner",)


def test_without_a_statement(here: Site, there: Site) -> None:
    path = here.export()
    repack(path, None, parts(path)[1])
    assert is_kit(path)
    refused(there, path, "NOT_SIGNED")


def test_signature_stripped(here: Site, there: Site) -> None:
    path = here.export()
    statement, content = parts(path)
    body = json.loads(statement)
    body["dsseEnvelope"]["signatures"] = []
    repack(path, json.dumps(body).encode(), content)
    refused(there, path, "NOT_SIGNED")


def test_content_of_another_kit(here: Site, there: Site) -> None:
    path = here.export()
    statement, _ = parts(path)
    here.know(record(99, "2026-01-02T00:00:00Z"), others=False)
    repack(path, statement, parts(here.export("other.tar"))[1])
    refused(there, path, "KIT_ALTERED")


@pytest.mark.parametrize("where", [0.02, 0.2, 0.5, 0.8])
def test_any_part_flipped(here: Site, there: Site, where: float) -> None:
    path = here.export()
    data = bytearray(path.read_bytes())
    position = int((len(data) - 10240) * where) + 520
    data[position] ^= 0x01
    path.write_bytes(data)
    with pytest.raises(SupplychainError) as caught:
        there.take(path)
    assert caught.value.exit_code is ExitCode.VERIFICATION_FAILED
    assert there.state is None


@pytest.mark.parametrize("share", [0.01, 0.3, 0.7])
def test_cut_short(here: Site, there: Site, share: float) -> None:
    path = here.export()
    data = path.read_bytes()
    path.write_bytes(data[: max(600, int((len(data) - 10240) * share))])
    refused(there, path, "KIT_ALTERED")


@pytest.mark.parametrize(("by", "code"), [("attacker", "UNKNOWN_SIGNER"), ("other", "NOT_ALLOWED")])
def test_by_somebody_else(here: Site, there: Site, by: str, code: str) -> None:
    refused(there, here.export(by=by), code)


@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [("shop.whl", RELEASE_TYPE, "KIT_ALTERED"), (KIT_NAME, "urn:example:other", "WRONG_PREDICATE")],
)
def test_statement_about_something_else(here: Site, there: Site, name: str, kind: str, code: str) -> None:
    """The release key has signed exactly these bytes, but as something else."""
    path = here.export()
    _, content = parts(path)
    statement = Statement.make([Artifact(name=name, digest=Digest.of_bytes(content))], kind, {})
    repack(path, here.signers["release"].sign(statement).to_bundle(), content)
    refused(there, path, code)


def test_nothing_is_opened_before_the_signature_holds(here: Site, there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> Any:
        raise AssertionError("opened")

    monkeypatch.setattr(kits, "KitContent", never)
    refused(there, here.export(by="attacker"), "UNKNOWN_SIGNER")


def test_garbage_that_somebody_trusted_signed(here: Site, there: Site) -> None:
    path = here.export()
    for content in (b"", b"no zip", zip_of([])):
        statement = Statement.make([Artifact(name=KIT_NAME, digest=Digest.of_bytes(content))], RELEASE_TYPE, {})
        repack(path, here.signers["release"].sign(statement).to_bundle(), content)
        refused(there, path, "BAD_KIT", ExitCode.MALFORMED)


def test_past_its_time(here: Site, there: Site) -> None:
    path = here.export(days=1)
    refused(there, path, "KIT_OUTDATED", at=AT + timedelta(days=1))
    there.take(path, at=AT + timedelta(days=1), allow_older=True)


def test_rolled_back(here: Site, there: Site) -> None:
    old = here.export("old.tar")
    here.know(record(7, "2026-02-01T00:00:00Z"), record(99, "2026-02-02T00:00:00Z"))
    there.take(here.export("new.tar"))
    now = there.state
    with pytest.raises(SupplychainError) as caught:
        there.take(old)
    assert (caught.value.code, caught.value.exit_code) == ("DATABASE_OLDER", ExitCode.USAGE)
    there.take(old, allow_older=True)
    assert there.state == now


def test_from_the_command_line(here: Site, there: Site, tmp_path: Path) -> None:
    path = tmp_path / "kit.tar"
    key = str(here.folder / "keys" / "release.pem")
    env = {"SUPPLYCHAIN_HOME": str(here.home), "SUPPLYCHAIN_KEY": key}
    made = run_cli(["db", "export", str(path), "--format", "json"], env=env, cwd=here.folder)
    assert_told(made, ExitCode.OK)
    assert {"trust/trust.yaml", "records.jsonl"} <= made.json["files"].keys()
    env = {"SUPPLYCHAIN_HOME": str(there.home)}
    words = ["db", "import", str(path), "--trust", str(there.folder / "trust.yaml"), "--format", "json"]
    done = run_cli(words, env=env, cwd=tmp_path)
    assert_told(done, ExitCode.OK)
    assert done.json["kit"]["signers"] == ["release"]
    assert there.state == here.state
    forged = here.export(by="attacker")
    assert_told(run_cli(["db", "import", str(forged)], env=env, cwd=there.folder), 6, "UNKNOWN_SIGNER")
    assert_told(run_cli(["db", "import", str(path), str(path)], env=env, cwd=there.folder), ExitCode.USAGE, "USAGE")
    assert_told(run_cli(["db", "import", str(path)], env=env, cwd=tmp_path), ExitCode.USAGE, "TRUST_MISSING")


def test_what_goes_into_a_kit(tmp_path: Path) -> None:
    (tmp_path / "policies" / ".git").mkdir(parents=True)
    (tmp_path / "policies" / ".git" / "config").write_text("x")
    (tmp_path / "policies" / "a.rego").write_text("package a")
    (tmp_path / "policies" / "link.rego").symlink_to("/etc/passwd")
    (tmp_path / "trust.yaml").write_text("version: 1")
    assert set(kit_extras(tmp_path / "trust.yaml", None, tmp_path / "policies")) == {
        "trust/trust.yaml",
        "policies/a.rego",
    }


def test_a_statement_that_is_no_envelope(here: Site, there: Site) -> None:
    path = here.export()
    repack(path, b"{}", parts(path)[1])
    refused(there, path, "KIT_ALTERED")

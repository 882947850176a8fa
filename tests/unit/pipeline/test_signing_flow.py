"""From a signer to what policy is told: keyless and keyed evidence in a store, with and without witnesses."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.pipeline.attest import sign_and_put
from supplychain.pipeline.config import Config, load_config
from supplychain.pipeline.pending import flush, notes
from supplychain.pipeline.signers import Choice, open_signer, queue_folder
from supplychain.pipeline.trust import open_trust
from supplychain.policy.document import build_document
from supplychain.signing import service
from supplychain.signing.local_key import generate_pem
from supplychain.statement.statement import Statement
from supplychain.store.directory import DirectoryStore
from supplychain.verification.dossier import Dossier, assemble
from tests.simulator.sigstore_service import SigstoreService

ARTIFACT = Artifact(name="shop.whl", digest=Digest.of_bytes(b"shop"))
STATEMENT = Statement.make([ARTIFACT], "urn:example:t", {"n": 1})
WHO = "https://github.com/example/shop/.github/workflows/release.yml@refs/tags/v1"
V2 = "/api/v2/log/entries"


@pytest.fixture
def sigstore(monkeypatch: pytest.MonkeyPatch) -> Iterator[SigstoreService]:
    monkeypatch.setattr(service, "pause", lambda _: None)
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "SUPPLYCHAIN_SIGNER", "SUPPLYCHAIN_IDENTITY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with SigstoreService() as running:
        yield running


class Project:
    """A project whose supplychain.yaml names a signer, with a store and a trust file."""

    def __init__(self, root: Path, sigstore: SigstoreService, *, keyless: bool, witnesses: bool = True) -> None:
        self.root, self.sigstore, self.keyless = root, sigstore, keyless
        self.store = DirectoryStore(root / "store")
        self.token = sigstore.write_token(root)
        private, public = generate_pem()
        (root / "key.pem").write_bytes(private)
        self.public = public.decode()
        body: dict[str, Any] = {"version": 1}
        if keyless:
            body["signer"] = f"sigstore:?trust-config={sigstore.write_config(root).name}"
        else:
            body["signer"] = "file:key.pem"
            if witnesses:
                body |= {"timestamp": sigstore.tsa_url, "log": f"{sigstore.url}/api/v2", "trusted_root": "root.json"}
        (root / "root.json").write_bytes(sigstore.root_json())
        (root / "supplychain.yaml").write_text(yaml.safe_dump(body))

    @property
    def config(self) -> Config:
        return load_config(self.root)

    def sign(self, statement: Statement = STATEMENT) -> None:
        signer = open_signer(self.config, self.root, Choice(identity_token=self.token if self.keyless else None))
        sign_and_put(statement, signer, self.store)

    def flush(self) -> list[Any]:
        choice = Choice(trusted_root=self.root / "root.json")
        return [one.error for one in flush(self.config, self.root, self.store, choice)]

    def dossier(self, **identity: Any) -> Dossier:
        who = {"issuer": self.sigstore.issuer.name, "subject": WHO} if self.keyless else {"key": self.public}
        root = hashlib.sha256((self.root / "root.json").read_bytes()).hexdigest()
        body = {
            "version": 1,
            "trusted_root": {"file": "root.json", "sha256": root},
            "identities": {"release": {**who, **identity}},
            "rules": [{"claims": ["*"], "signers": ["release"], "artifacts": ["*"]}],
        }
        (self.root / "trust.yaml").write_text(json.dumps(body))
        raw = [(stored.ref, stored.data) for stored in self.store.find(ARTIFACT.digest)]
        return assemble(ARTIFACT, raw, open_trust(self.root / "trust.yaml"), at=datetime.now(UTC))

    def told(self, **identity: Any) -> tuple[str, bool]:
        """What policy is told: the log fact, and whether there is a trusted time."""
        dossier = self.dossier(**identity)
        at = datetime.now(UTC) + timedelta(seconds=2)
        (entry,) = build_document(dossier, environment="dev", previous=None, at=at)["statements"]
        return entry["log"], entry["signed_at"] is not None


def test_keyless_evidence_is_believed_by_issuer_and_subject(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=True)
    project.sign()
    assert project.told() == ("included", True)
    assert project.dossier(subject="https://github.com/example/other").rejected[0].code == "UNKNOWN_SIGNER"


def test_keyless_evidence_while_the_log_is_away(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=True)
    sigstore.down(V2)
    project.sign()
    (note,) = notes(queue_folder(project.config))
    assert note.about.startswith("statement-")
    assert project.dossier().rejected[0].code == "NOT_IN_LOG", "an identity wants a log entry unless it says otherwise"
    assert project.told(log=False) == ("pending", True)
    assert project.flush()[0].code == "LOG_UNREACHABLE"
    sigstore.up(V2)
    assert project.flush() == [None]
    assert project.told() == ("included", True)
    assert len(project.store.find(ARTIFACT.digest)) == 1, "the completed bundle takes the place of the other"


def test_keyed_evidence(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=False)
    project.sign()
    assert project.told() == ("included", True)
    assert project.told(log=True) == ("included", True)


def test_keyed_evidence_without_witnesses(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=False, witnesses=False)
    project.sign()
    assert project.told() == ("none", False)
    assert project.dossier(log=True).rejected[0].code == "NOT_IN_LOG"


def test_keyed_evidence_while_the_log_is_away(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=False)
    sigstore.down(V2)
    project.sign()
    assert project.told() == ("pending", True)
    assert project.dossier(log=True).rejected[0].code == "NOT_IN_LOG"
    sigstore.up(V2)
    assert project.flush() == [None]
    assert project.told(log=True) == ("included", True)


def test_a_log_that_is_away_is_not_waited_for_again_and_again(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=False)
    sigstore.down(V2)
    for number in range(4):
        project.sign(Statement.make([ARTIFACT], "urn:example:t", {"n": number}))
    assert sigstore.count(V2) == service.ATTEMPTS
    assert len(notes(queue_folder(project.config))) == 4
    sigstore.up(V2)
    assert project.flush() == [None] * 4


def test_what_lies_beside_a_key_is_not_just_counted(tmp_path: Path, sigstore: SigstoreService) -> None:
    """Entry and timestamp of another signature, put beside this one, are neither an entry nor a time."""
    project = Project(tmp_path, sigstore, keyless=False)
    project.sign()
    (stored,) = project.store.find(ARTIFACT.digest)
    witnesses = json.loads(stored.data)["verificationMaterial"]
    Path(stored.ref).unlink()
    other = Statement.make([ARTIFACT], "urn:example:t", {"n": 2})
    project.sign(other)
    (stored,) = project.store.find(ARTIFACT.digest)
    forged = {**json.loads(stored.data), "verificationMaterial": witnesses}
    Path(stored.ref).write_text(json.dumps(forged))
    assert project.told() == ("none", False)


def test_a_timestamp_outlives_the_key(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=False)
    project.sign()
    later = (datetime.now(UTC) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    before = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    raw = [(stored.ref, stored.data) for stored in project.store.find(ARTIFACT.digest)]
    for ended, believed in ((later, True), (before, False)):
        project.dossier(until=ended)
        trust = open_trust(tmp_path / "trust.yaml")
        found = assemble(ARTIFACT, raw, trust, at=datetime.now(UTC) + timedelta(days=30))
        assert bool(found.statements) is believed, ended


def test_signed_twice_is_kept_once(tmp_path: Path, sigstore: SigstoreService) -> None:
    project = Project(tmp_path, sigstore, keyless=True)
    project.sign()
    project.sign()
    assert len(project.store.find(ARTIFACT.digest)) == 1
    assert len(sigstore.authority.issued) == 1, "one certificate serves the whole process"

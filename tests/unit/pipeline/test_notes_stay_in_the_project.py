"""A note about a log entry, which a checkout may bring along, makes no file outside of the project."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.pipeline.config import load_config
from supplychain.pipeline.pending import flush
from supplychain.pipeline.signers import queue_folder
from supplychain.signing import service
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.statement.statement import Statement
from supplychain.store.directory import DirectoryStore
from tests.simulator.sigstore_service import SigstoreService


@pytest.fixture
def sigstore(monkeypatch: pytest.MonkeyPatch) -> Iterator[SigstoreService]:
    monkeypatch.setattr(service, "pause", lambda _: None)
    with SigstoreService() as running:
        yield running


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("project/new/one", None),
        ("project/../one", "BUNDLE_GONE"),
        ("project/there/../../one", "BUNDLE_GONE"),
        ("project/link/one", "BUNDLE_GONE"),
        ("elsewhere/one", "BUNDLE_GONE"),
    ],
)
def test_where_a_bundle_is_made_anew(tmp_path: Path, sigstore: SigstoreService, place: str, code: str | None) -> None:
    project = tmp_path / "project"
    for folder in (project / "there", tmp_path / "elsewhere"):
        folder.mkdir(parents=True)
    (project / "link").symlink_to(tmp_path / "elsewhere")
    (project / "supplychain.yaml").write_text("version: 1\n")
    (tmp_path / "key.pem").write_bytes(generate_pem()[0])
    signer = LocalKey.load(tmp_path / "key.pem")
    statement = Statement.make([Artifact(name="a", digest=Digest.of_bytes(b"a"))], "urn:example:t", {})
    config = load_config(project)
    note = {
        "version": 1,
        "log": f"{sigstore.url}/api/v2",
        "pem": signer.public_key.pem,
        "reason": "away",
        "bundle": json.loads(signer.sign(statement).to_bundle()),
        "target": {"file": str(tmp_path / f"{place}.sigstore.json")},
    }
    queue_folder(config).mkdir(parents=True)
    (queue_folder(config) / "one.json").write_text(json.dumps(note))
    (done,) = flush(config, tmp_path, DirectoryStore(project / "store"))
    assert (done.error.code if done.error else None) == code
    made = [path for path in tmp_path.rglob("*.sigstore.json") if not path.is_relative_to(project)]
    assert made == []
    assert (project / "new" / "one.sigstore.json").exists() == (code is None)

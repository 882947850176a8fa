"""The honest world: a project, an artifact, four people with keys, who may claim what, and evidence of every kind.

    world = World(tmp_path)                # everything passes: world.gate("staging").exit_code == 0
    world.forget("sast")                   # change one thing ...
    assert "SAST_MISSING" in world.gate("staging").codes      # ... and watch it being refused

Who is who: `release` builds, gates and promotes; `scanner` lists and scans; `other` is known and may only scan;
`attacker` is known to nobody. The store is a folder, and an attacker may write to it.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, format_time
from supplychain.pipeline.attest import sign_and_put
from supplychain.signing.envelope import Envelope
from supplychain.statement.statement import Statement
from supplychain.store.directory import DirectoryStore
from supplychain.verification.trust import Trust
from tests.simulator import evidence
from tests.simulator.keys import write_keys
from tests.simulator.runner import Outcome, run_cli

AT = datetime(2026, 11, 21, tzinfo=UTC)
"""When everything is decided, unless a test says otherwise."""
HOUR = timedelta(hours=1)
CONTENT = b"the bytes of shop 1.0\n"
KINDS = ("provenance", "sbom", "vulns", "scan-sast")
"""File names of honest evidence begin with these."""


class World:
    """Everything there is, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.project = folder / "project"
        self.signers = write_keys(folder / "keys")
        self.file = self.project / "shop-1.0.whl"
        self.project.mkdir(parents=True)
        self.home.mkdir()
        self.file.write_bytes(CONTENT)
        self.artifact = Artifact.of_file(self.file)
        self.store = DirectoryStore(self.project / ".supplychain" / "store")
        self.rules = self._rules()
        self.times: dict[str, dict[str, datetime]] = {}
        self.write_trust()
        for statement in self.honest().values():
            self.put(statement, by="release" if "provenance" in statement.predicate_type else "scanner")
        self.store.put_document(evidence.sbom_document([self.artifact], at=AT - HOUR))
        self.put(evidence.summary(self.artifact, "dev", at=AT - HOUR / 2))

    # evidence

    def honest(self, *, at: datetime = AT - HOUR) -> dict[str, Statement]:
        """One statement of each kind in KINDS."""
        about = [self.artifact]
        made = (evidence.provenance, evidence.sbom, evidence.dependencies, evidence.sast)
        return {kind: state(about, at=at) for kind, state in zip(KINDS, made, strict=True)}

    def put(self, statement: Statement, *, by: str = "release") -> Path:
        """Sign a statement and keep it; where it lies."""
        return Path(sign_and_put(statement, self.signers[by], self.store)[1])

    def put_raw(self, data: bytes, name: str = "provenance-0000000000000000", *, about: Digest | None = None) -> Path:
        """What an attacker with access to the store does: leave any bytes under a digest."""
        path = self.store.folder(about or self.artifact.digest) / f"{name}.sigstore.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def lies(self, kind: str) -> Path:
        """Where the one envelope of a kind lies."""
        found = sorted(self.store.folder(self.artifact.digest).glob(f"{kind}-*.sigstore.json"))
        assert len(found) == 1, f"{kind}: {found}"
        return found[0]

    def forget(self, kind: str) -> None:
        """Delete every envelope of a kind."""
        for path in self.store.folder(self.artifact.digest).glob(f"{kind}-*.sigstore.json"):
            path.unlink()

    def tamper(self, path: Path, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the statement inside an envelope and leave the signature as it is."""
        bundle = json.loads(path.read_bytes())
        statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
        change(statement)
        bundle["dsseEnvelope"]["payload"] = base64.b64encode(canonical_json(statement)).decode()
        path.write_bytes(json.dumps(bundle).encode())

    def tamper_envelope(self, path: Path, change: Callable[[dict[str, Any]], None]) -> None:
        """Change the DSSE envelope of a bundle."""
        bundle = json.loads(path.read_bytes())
        change(bundle["dsseEnvelope"])
        path.write_bytes(json.dumps(bundle).encode())

    def envelope(self, kind: str) -> Envelope:
        """The envelope of a kind."""
        path = self.lies(kind)
        return Envelope.parse(path.read_bytes(), where=str(path))

    # trust

    def write_trust(self) -> None:
        """Write `trust.yaml` from `rules` and `times`."""
        identities = {}
        for name in ("release", "scanner", "other"):
            times = {field: format_time(at) for field, at in self.times.get(name, {}).items()}
            identities[name] = {"key": self.signers[name].public_key.pem, **times}
        value = {"version": 1, "identities": identities, "rules": self.rules}
        (self.project / "trust.yaml").write_text(yaml.safe_dump(value), encoding="utf-8")

    @property
    def trust(self) -> Trust:
        """The trust file, read."""
        path = self.project / "trust.yaml"
        return Trust.parse(path.read_bytes(), where=str(path))

    @staticmethod
    def _rules() -> list[dict[str, Any]]:
        return copy.deepcopy(
            [
                {
                    "claims": ["provenance"],
                    "signers": ["release"],
                    "artifacts": ["shop-*"],
                    "builders": {evidence.BUILDER: 2},
                },
                {"claims": ["sbom"], "signers": ["scanner"], "artifacts": ["shop-*"]},
                {"claims": ["vulns", "scan"], "signers": ["scanner", "other"], "artifacts": ["shop-*"]},
                {"claims": ["vsa"], "signers": ["release"], "artifacts": ["shop-*"]},
            ]
        )

    # the command line

    @property
    def env(self) -> dict[str, str]:
        """What the commands find in their environment."""
        return {
            "SUPPLYCHAIN_HOME": str(self.home),
            "SUPPLYCHAIN_KEY": str(self.folder / "keys" / "release.pem"),
            "NO_COLOR": "1",
        }

    def run(self, *words: str | Path) -> Outcome:
        """Run `supplychain WORDS` in the project folder."""
        return run_cli([str(word) for word in words], env=self.env, cwd=self.project)

    def gate(self, environment: str = "staging", *more: str, at: datetime = AT, artifact: str | None = None) -> Outcome:
        """`supplychain gate`, as JSON."""
        words = (artifact or str(self.file), "--env", environment, "--at", format_time(at), "--format", "json")
        return self.run("gate", *words, *more)

    def admit(
        self, environment: str = "staging", *more: str, at: datetime = AT, artifact: str | None = None
    ) -> Outcome:
        """`supplychain admit`, as JSON."""
        words = (artifact or str(self.file), "--env", environment, "--at", format_time(at), "--format", "json")
        return self.run("admit", *words, *more)

    def verify(self, *more: str | Path, at: datetime = AT, artifact: str | None = None) -> Outcome:
        """`supplychain verify` against the store, or with `--bundle` against files."""
        return self.run("verify", artifact or str(self.file), "--at", format_time(at), *more)

    def verify_file(self, path: Path, *more: str | Path, at: datetime = AT) -> Outcome:
        """`supplychain verify --bundle`, where every file must verify."""
        return self.verify("--bundle", path, *more, at=at)

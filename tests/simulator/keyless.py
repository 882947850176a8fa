"""Evidence signed by certificates of our own small Sigstore instance, and trust files that know them.

`NOW` is the trusted time of every signature here; decisions are made at `AT`, half a year later.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

import yaml
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from supplychain.statement.statement import Statement
from tests.conformance.forge import ISSUER, NOW, fulcio
from tests.conformance.forged import bundle, instance
from tests.simulator.keys import pem_pair
from tests.simulator.world import World

__all__ = ["ISSUER", "NOW", "REPOSITORY", "SUBJECT", "root_bytes", "said", "sign", "stamp", "trust_also"]
REPOSITORY = "https://github.com/example/shop"
SUBJECT = f"{REPOSITORY}/.github/workflows/release.yml@refs/tags/v1.2.3"
SHA = "1" * 40


def said(ref: str = "refs/tags/v1.2.3", **changes: str) -> dict[int, str]:
    """What GitHub's certificate says, by the number of the extension; `c11="…"` changes one, empty leaves it out."""
    start = f"{REPOSITORY}/.github/workflows/release.yml@{ref}"
    claims = {
        1: ISSUER, 2: "push", 3: SHA, 5: "example/shop", 6: ref, 8: ISSUER, 9: start, 11: "github-hosted", 12: REPOSITORY,
        13: SHA, 14: ref, 15: "1001", 16: "https://github.com/example", 17: "2002", 18: start, 19: SHA, 20: "push",
        21: f"{REPOSITORY}/actions/runs/77/attempts/1",
    }  # fmt: skip
    claims |= {int(name[1:]): value for name, value in changes.items()}
    return {number: text for number, text in claims.items() if text}


def root_bytes(**changes: Any) -> bytes:
    """The instance's trusted root."""
    return json.dumps(instance().trusted_root(**changes)).encode()


def sign(
    statement: Statement | bytes, *, by: str = SUBJECT, claims: dict[int, str] | None = None, **options: Any
) -> bytes:
    """A Sigstore bundle around a statement, by a certificate. Options as `forged.bundle` and `forge.Instance.issue`."""
    key = options.pop("key", None) or ec.generate_private_key(ec.SECP256R1())
    dates = {name: options.pop(name) for name in ("start", "end", "ct_key", "sct_at") if name in options}
    extra = [fulcio(number, text) for number, text in (claims or said()).items()]
    leaf = instance().issue(key, names=[x509.UniformResourceIdentifier(by)], extra=extra, **dates)
    payload = statement if isinstance(statement, bytes) else statement.payload
    return json.dumps(bundle(key=key, certificate=leaf, payload=payload, **options)).encode()


def stamp(statement: Statement, name: str, **options: Any) -> bytes:
    """A bundle by one of the world's keys, with a log entry (`time`) and, where `stamp_at` is given, a timestamp."""
    key = load_pem_private_key(pem_pair(name)[0], None)
    return json.dumps(bundle(key=key, keyed=True, payload=statement.payload, **options)).encode()


def trust_also(
    world: World,
    *,
    identities: dict[str, Any] | None = None,
    rules: list[Any] | None = None,
    public: dict[str, Any] | None = None,
) -> None:
    """Write the world's trust file with more in it, and the instance's trusted root beside it, pinned."""
    world.write_trust()
    path, root = world.project / "trust.yaml", root_bytes()
    (world.project / "root.json").write_bytes(root)
    body = yaml.safe_load(path.read_text())
    body["trusted_root"] = {"file": "root.json", "sha256": hashlib.sha256(root).hexdigest()}
    body["identities"] |= identities or {}
    body["rules"] += rules or []
    if public is not None:
        body["public_builders"] = public
    path.write_text(yaml.safe_dump(json.loads(json.dumps(body))))

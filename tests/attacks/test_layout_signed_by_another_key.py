"""Attack: an attacker writes a layout in which he is the functionary, and signs it himself."""

from __future__ import annotations

import json
from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import Chain
from tests.simulator.runner import assert_told


def test_layout_by_a_stranger(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.layout(by=("mallory",))
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_SIGNATURE")


def test_signature_of_the_stranger_under_the_owner_s_key_id(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.layout(by=("mallory",))
    chain.path.write_text(chain.path.read_text().replace(chain.keyid("mallory"), chain.keyid("owner")))
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_SIGNATURE")


def test_layout_changed_after_the_owner_signed_it(tmp_path: Path) -> None:
    for dsse in (False, True):
        chain = Chain(tmp_path / f"chain-{dsse}", dsse=dsse)
        before, changed = chain.path.read_bytes(), chain.layout(expires="2036-01-01T00:00:00Z").read_bytes()
        old, new = json.loads(before), json.loads(changed)
        chain.path.write_text(json.dumps({**new, "signatures": old["signatures"]}))
        assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LAYOUT_SIGNATURE")

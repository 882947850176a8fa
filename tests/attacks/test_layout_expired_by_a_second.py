"""Attack: a layout is used from the second on at which it has ended, whatever the clock of the machine says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from supplychain.verification.layout_metadata import canonical
from tests.simulator.layouts import Chain
from tests.simulator.runner import assert_told


def test_layout_ends_at_its_second(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    chain.layout(expires="2026-11-21T08:00:00Z")
    assert_told(chain.verify(at="2026-11-21T07:59:59Z"), ExitCode.OK)
    assert_told(chain.verify(at="2026-11-21T08:00:00Z"), ExitCode.VERIFICATION_FAILED, "LAYOUT_EXPIRED")


@pytest.mark.parametrize("expires", [None, "", 0, False, [], {}, "gone"])
def test_layout_that_does_not_say_when_it_ends(tmp_path: Path, expires: object) -> None:
    """in-toto's reader gives such a layout another month from now on, whenever it is read."""
    chain = Chain(tmp_path / "chain")
    body = json.loads(chain.path.read_bytes())
    if expires == "gone":
        del body["signed"]["expires"]
    else:
        body["signed"]["expires"] = expires
    made = chain.signer("owner").make(canonical(body["signed"], where=""))
    body["signatures"] = [{"keyid": chain.keyid("owner"), "sig": made.signature.hex()}]
    chain.path.write_text(json.dumps(body))
    assert_told(chain.verify(), ExitCode.MALFORMED, "BAD_LAYOUT")

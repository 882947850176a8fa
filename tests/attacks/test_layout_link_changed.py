"""Attack: a link is changed after its functionary signed it, so that it fits what was slipped in."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

from supplychain.errors import ExitCode
from tests.simulator.layouts import PRODUCT, Chain
from tests.simulator.runner import assert_told


def test_product_in_a_signed_link_is_replaced(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    evil = b"evil archive"
    chain.file.write_bytes(evil)
    path = next(chain.links.glob("build.*"))
    honest = hashlib.sha256(PRODUCT["shop.tar"]).hexdigest()
    path.write_text(path.read_text().replace(honest, hashlib.sha256(evil).hexdigest()))
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LINK_SIGNATURE")


def test_any_byte_of_a_signed_link(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", dsse=True)
    path = next(chain.links.glob("build.*"))
    body = json.loads(path.read_bytes())
    payload = bytearray(base64.b64decode(body["payload"]))
    for place in range(0, len(payload), 7):
        payload[place] ^= 1
        path.write_text(json.dumps({**body, "payload": base64.b64encode(payload).decode()}))
        payload[place] ^= 1
        assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED, "LINK_SIGNATURE")

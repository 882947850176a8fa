"""A supply chain of two steps under an in-toto layout, everything in it honest; tests make it dishonest.

    chain = Chain(tmp_path)             # owner signs the layout; alice checks out, bob builds
    chain.verify().exit_code == 0       # `supplychain verify shop.tar --layout …`, over classic link files
    chain.layout(expires="…")           # write the layout again, changed
    chain.link("build", by="mallory")   # write a link again, changed

Layout and classic links are written and signed by the `in-toto` package, as its own programs do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from in_toto.models.layout import Inspection, Layout, Step
from in_toto.models.link import Link
from in_toto.models.metadata import Envelope, Metablock
from securesystemslib.signer import CryptoSigner

from supplychain.encoding import format_time
from supplychain.signing.local_key import LocalKey, generate_pem
from supplychain.verification.layout_keys import in_toto_keyid
from tests.simulator.runner import Outcome, run_cli
from tests.simulator.world import AT

PEOPLE = ("owner", "alice", "bob", "carol", "mallory")
SOURCE = {"src/app.py": b"print(1)\n", "src/util.py": b"pass\n"}
PRODUCT = {"shop.tar": b"the archive\n"}

CHECKOUT = {"name": "checkout", "pubkeys": ["alice"], "expected_products": [["CREATE", "src/*"], ["DISALLOW", "*"]]}
BUILD = {
    "name": "build",
    "pubkeys": ["bob"],
    "expected_command": ["tar", "cf", "shop.tar", "src"],
    "expected_materials": [["MATCH", "*", "WITH", "PRODUCTS", "FROM", "checkout"], ["DISALLOW", "*"]],
    "expected_products": [["CREATE", "shop.tar"], ["ALLOW", "src/*"], ["DISALLOW", "*"]],
}


def hashed(files: Mapping[str, bytes]) -> dict[str, dict[str, str]]:
    return {path: {"sha256": hashlib.sha256(data).hexdigest()} for path, data in files.items()}


class Chain:
    """Everything there is, below one folder."""

    def __init__(self, folder: Path, *, dsse: bool = False, kind: str = "ecdsa-p256") -> None:
        self.folder, self.dsse = folder, dsse
        self.links = folder / "links"
        self.links.mkdir(parents=True)
        for name in PEOPLE:
            private, public = generate_pem(kind)  # type: ignore[arg-type]
            (folder / f"{name}.pem").write_bytes(private)
            (folder / f"{name}.pub").write_bytes(public)
        self.file = folder / "shop.tar"
        self.file.write_bytes(PRODUCT["shop.tar"])
        self.path = folder / "root.layout"
        self.layout()
        self.link("checkout", by="alice", products=SOURCE)
        self.link("build", by="bob", materials=SOURCE, products=PRODUCT)

    def signer(self, name: str) -> LocalKey:
        return LocalKey.load(self.folder / f"{name}.pem")

    def keyid(self, name: str) -> str:
        return in_toto_keyid(self.signer(name).public_key)

    def crypto(self, name: str) -> CryptoSigner:
        return CryptoSigner(load_pem_private_key((self.folder / f"{name}.pem").read_bytes(), None))

    def public(self, name: str) -> dict[str, Any]:
        """The key as a layout names it."""
        key = self.crypto(name).public_key
        return {**key.to_dict(), "keyid": key.keyid}

    def make(
        self,
        steps: Sequence[Mapping[str, Any]] = (CHECKOUT, BUILD),
        *,
        keys: Sequence[str] = ("alice", "bob", "carol"),
        expires: str = "2027-01-01T00:00:00Z",
        inspect: Sequence[Mapping[str, Any]] = (),
    ) -> Layout:
        known = {self.keyid(name): self.public(name) for name in keys}
        named = [{**step, "pubkeys": [self.keyid(name) for name in step["pubkeys"]]} for step in steps]
        made = [Step(**json.loads(json.dumps(step))) for step in named]
        return Layout(steps=made, inspect=[Inspection(**i) for i in inspect], keys=known, expires=expires)

    def sign(self, document: Layout | Link, path: Path, *by: str) -> Path:
        cover = Envelope.from_signable(document) if self.dsse else Metablock(signed=document)
        for name in by:
            cover.create_signature(self.crypto(name))
        cover.dump(str(path))
        return path

    def layout(self, *args: Any, by: Sequence[str] = ("owner",), **changes: Any) -> Path:
        return self.sign(self.make(*args, **changes), self.path, *by)

    def link(
        self,
        step: str,
        *,
        by: str,
        materials: Mapping[str, bytes] | None = None,
        products: Mapping[str, bytes] | None = None,
        command: Sequence[str] = ("tar", "cf", "shop.tar", "src"),
        folder: Path | None = None,
    ) -> Path:
        made = Link(
            name=step, materials=hashed(materials or {}), products=hashed(products or {}), command=list(command)
        )
        place = folder or self.links
        place.mkdir(exist_ok=True)
        return self.sign(made, place / f"{step}.{self.keyid(by):.8}.link", by)

    def verify(self, *more: str | Path, artifact: str | Path | None = None, at: str = format_time(AT)) -> Outcome:
        """`supplychain verify --layout`, over the folder of links."""
        words = [artifact or self.file, "--layout", self.path, "--layout-key", self.folder / "owner.pub"]
        given = ["--link-dir", self.links] if "--link-dir" not in more else []
        return self.run("verify", *words, *given, "--at", at, *more)

    def run(self, *words: str | Path) -> Outcome:
        env = {"SUPPLYCHAIN_HOME": str(self.folder / "home"), "NO_COLOR": "1"}
        env["SUPPLYCHAIN_KEY"] = str(self.folder / "bob.pem")
        return run_cli([str(word) for word in words], env=env, cwd=self.folder)

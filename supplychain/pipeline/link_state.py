"""From a recorded step to a kept link: state, sign, put; and the same in in-toto's classic form, for its programs.

The classic form is a DSSE envelope over in-toto's `link` document, named `<step>.<first 8 of the key id>.link`, with
the key under its in-toto name. Both forms say the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.encoding import canonical_json, pretty_json
from supplychain.errors import UsageError
from supplychain.files import MIB, write_atomic
from supplychain.pipeline.attest import sign_and_put
from supplychain.pipeline.config import Config
from supplychain.signing.envelope import Envelope, Signature, pre_authentication_encoding
from supplychain.signing.identity import PublicKey
from supplychain.signing.interface import Made, Signer
from supplychain.statement.predicates import link
from supplychain.statement.predicates.link import Link, Material
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.store.interface import Store
from supplychain.verification.layout_keys import in_toto_keyid

_STEP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_MAX_KEPT = 64 * MIB
"""A link lies under each of its products; so many bytes in all, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLink:
    """A link that was signed and kept."""

    statement: Statement
    where: str
    """Where it lies in the store."""
    classic: Path | None
    """The link file for in-toto's programs, where one was asked for."""

    def to_json(self) -> dict[str, Any]:
        """`{"kind", "predicate_type", "digest", "where", "link_file"}`."""
        return {
            "kind": "link",
            "predicate_type": self.statement.predicate_type,
            "digest": str(self.statement.digest),
            "where": self.where,
            "link_file": str(self.classic) if self.classic else None,
        }


def check_step(name: str) -> str:
    """Refuse a step name that cannot be part of a file's name. Raises UsageError `BAD_STEP`."""
    if not _STEP.fullmatch(name):
        raise UsageError(
            "not the name of a step",
            code="BAD_STEP",
            where="--step",
            expected="letters, digits, dots, dashes and underscores; at most 100",
            found=name[:80],
        )
    return name


def materials_of(files: Sequence[Artifact]) -> tuple[Material, ...]:
    """Files as materials of a link."""
    return tuple(Material(name=file.name, digest=file.digest.to_set()) for file in files)


def not_materials(config: Config, link_dir: Path | None, products: Sequence[str]) -> tuple[str, ...]:
    """Patterns of what lies in the tree and is no source: our own files, links, products."""
    folder = link_dir.absolute() if link_dir else None
    root = config.root.absolute()
    links = (f"{folder.relative_to(root).as_posix()}/*",) if folder and folder.is_relative_to(root) else ()
    return (*config.not_source, *links, *products)


def state_link(products: Sequence[Artifact], value: Link) -> Statement:
    """A link as a statement about its products."""
    return Statement.make(products, link.TYPE, value.to_json())


def keep_link(
    products: Sequence[Artifact], value: Link, signer: Signer, store: Store, *, link_dir: Path | None
) -> KeptLink:
    """Sign a link and keep it under every product.

    Raises:
        UsageError: `LINK_TOO_LARGE`; `LINK_KEYLESS`: in-toto's form needs a key, and the signer has a certificate.
        ToolFailed: The store or the folder cannot be written, or the key cannot be used.
    """
    statement = state_link(products, value)
    if len(statement.payload) * len({p.digest for p in products}) > _MAX_KEPT:
        raise UsageError(
            "the link is too large to lie under each of its products",
            code="LINK_TOO_LARGE",
            where=value.name,
            expected=f"materials and products for at most {_MAX_KEPT:,} bytes in all",
            found=f"{len(statement.payload):,} bytes, {len(products):,} products",
            hint="name fewer products, or archive them first and name the archive",
        )
    classic = write_classic(products, value, signer, link_dir) if link_dir else None
    _, where = sign_and_put(statement, signer, store)
    return KeptLink(statement=statement, where=where, classic=classic)


def write_classic(products: Sequence[Artifact], value: Link, signer: Signer, folder: Path) -> Path:
    """Write a link as in-toto's own programs read it. Raises as `keep_link`."""
    body = {
        "_type": "link",
        "name": value.name,
        "command": list(value.command),
        "materials": {m.name: dict(m.digest) for m in value.materials},
        "products": {p.name: p.digest.to_set() for p in products},
        "byproducts": dict(value.byproducts),
        "environment": dict(value.environment),
    }
    payload = canonical_json(body)
    made = signer.make(pre_authentication_encoding(PAYLOAD_TYPE, payload))
    keyid = in_toto_keyid(key_of(signer, made))
    signature = Signature(keyid=keyid, sig=made.signature)
    envelope = Envelope(payload_type=PAYLOAD_TYPE, payload=payload, signatures=(signature,))
    path = folder / f"{value.name}.{keyid[:8]}.link"
    write_atomic(path, pretty_json(envelope.to_json()))
    return path


def key_of(signer: Signer, made: Made) -> PublicKey:
    """The key behind a signature. Raises UsageError `LINK_KEYLESS` for a certificate, whose key nobody has any more."""
    if not made.keyid:
        raise UsageError(
            "a layout names functionaries by key, and this signer has none that lasts",
            code="LINK_KEYLESS",
            expected="a signer with a key",
            found=signer.name,
        )
    return PublicKey.parse(made.pem.encode(), where=signer.name)

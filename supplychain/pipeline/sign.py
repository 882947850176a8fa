"""Sign a file: the plain claim "these bytes are mine", as a statement of its own predicate type."""

from __future__ import annotations

from pathlib import Path

from supplychain.artifact.artifact import Artifact
from supplychain.files import write_atomic
from supplychain.signing.interface import Signer
from supplychain.statement.statement import Statement

RELEASE_TYPE = "urn:supplychain:predicate:signature:v1"
"""Predicate type of a plain signature; the predicate is empty."""


def sign_file(path: Path, signer: Signer) -> Path:
    """Sign a file and write the bundle beside it.

    Returns:
        Path of the bundle, `<name>.sigstore.json`.

    Raises:
        UsageError: The file cannot be read.
    """
    statement = Statement.make((Artifact.of_file(path),), RELEASE_TYPE, {})
    target = path.with_name(path.name + ".sigstore.json")
    write_atomic(target, signer.sign(statement).to_bundle())
    return target

"""The history of an artifact: its verified statements in the order of the times they claim, then what was refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import NothingToCheck
from supplychain.pipeline.gate import collect_dossier
from supplychain.pipeline.told import told
from supplychain.policy.document import time_stated
from supplychain.store.interface import Store
from supplychain.verification.trust import Trust


def history_of(
    artifact: Artifact, store: Store, trust: Trust, *, at: datetime, more: Sequence[Digest] = ()
) -> list[dict[str, Any]]:
    """Every claim and decision about an artifact. `more`: as `collect_dossier`.

    Returns:
        Objects `{"time", "what", "told", "signers", "digest"}`; refused evidence has `what` "refused".

    Raises:
        NothingToCheck: The store has nothing about it.
        ToolFailed: The store cannot be read.
    """
    dossier = collect_dossier(artifact, store, trust, at=at, more=more)
    if not dossier.statements and not dossier.rejected:
        raise NothingToCheck("nothing is known about this artifact", code="NO_EVIDENCE", where=str(artifact))
    known = [
        {
            "time": time_stated(verified),
            "what": verified.kind,
            "told": told(verified),
            "signers": list(verified.signers),
            "digest": str(verified.statement.digest),
        }
        for verified in dossier.statements
    ]
    refused: list[dict[str, Any]] = [
        {"time": None, "what": "refused", "told": f"[{r.code}] {r.message}: {r.ref}", "signers": [], "digest": r.digest}
        for r in dossier.rejected
    ]
    return sorted(known, key=lambda entry: (str(entry["time"]), str(entry["digest"]))) + refused

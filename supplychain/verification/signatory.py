"""One who signed: which identity, by which key or certificate, and when, as far as anybody trusted says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from supplychain.verification.trust import Identity, Trust

LogFact = Literal["none", "pending", "included"]
"""`included`: a transparency log of the trusted root has the signature. `pending`: none has, and a trusted authority
says when it was made, so that an entry can still be made. `none`: neither. Worst first."""
_WORST: tuple[LogFact, ...] = ("none", "pending", "included")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """An identity whose valid signature an envelope carries."""

    identity: Identity
    who: str
    """The key id, or issuer and subject of the certificate that really signed."""
    subject: str = ""
    """Subject of the certificate; empty for a key."""
    signed_at: datetime | None = None
    """Trusted time of the signature, the earliest where there are several."""
    log: LogFact = "none"

    @property
    def name(self) -> str:
        """Name of the identity in the trust file."""
        return self.identity.name


def count_signers(signed: Iterable[Signatory], names: Collection[str], trust: Trust) -> int:
    """How many different ones of these names have signed.

    One key under two names is one signer, and so is one name with two certificates (a workflow at two references), and
    one person with two identities; a person is told by any name of the key, also one that the rule does not use.
    """
    groups: list[set[str]] = []
    for one in signed:
        if one.name in names:
            mine = {f"name {one.name}", f"who {one.who}", f"person {trust.person_of(one.identity, one.subject)}"}
            groups = [*(g for g in groups if not g & mine), mine.union(*(g for g in groups if g & mine))]
    return len(groups)


def earliest(signed: Sequence[Signatory]) -> datetime | None:
    """The earliest trusted time of their signatures; None where nobody trusted says, or was asked."""
    if len(signed) == 1:
        return signed[0].signed_at
    return min((one.signed_at for one in signed if one.signed_at), default=None)


def log_of(signed: Sequence[Signatory]) -> LogFact:
    """The log fact of a claim: the worst of its signers, each by the best of its envelopes; `none` for no signer."""
    if len(signed) == 1:
        return signed[0].log
    best: dict[str, int] = {}
    for one in signed:
        best[one.who] = max(best.get(one.who, 0), _WORST.index(one.log))
    return _WORST[min(best.values(), default=0)]

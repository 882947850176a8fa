"""Every engine, by the name a configuration gives it: `regorus`, `opa`, `opa:PROGRAM`, `opa-server:URL`."""

from __future__ import annotations

from supplychain.errors import UsageError
from supplychain.policy.engine import TIME_LIMIT_S, Engine

DEFAULT = "regorus"


def engine_of(name: str = DEFAULT, *, limit_s: float = TIME_LIMIT_S) -> Engine:
    """The engine of a name. Raises UsageError (`ENGINE_UNKNOWN`, `ENGINE_URL`)."""
    kind, _, rest = name.partition(":")
    if kind == "regorus" and not rest:
        from supplychain.policy.regorus import Regorus

        return Regorus(limit_s=limit_s)
    if kind == "opa":
        from supplychain.policy.opa import Opa

        return Opa(rest or "opa", limit_s=limit_s)
    if kind == "opa-server" and rest:
        from supplychain.policy.opa_server import OpaServer

        return OpaServer(rest, limit_s=limit_s)
    raise UsageError(
        "no such policy engine",
        code="ENGINE_UNKNOWN",
        where=name,
        expected="regorus, opa, opa:PROGRAM or opa-server:URL",
    )

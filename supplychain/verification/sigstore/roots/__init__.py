"""The trusted roots of the public Sigstore instances, as their TUF repositories publish them; a copy, for use offline.

They change rarely. A newer one, or one of another instance, is given as a file.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Literal

from supplychain.verification.sigstore.trusted_root import TrustedRoot


@cache
def load_root(instance: Literal["production", "staging"] = "production") -> TrustedRoot:
    """The embedded trusted root of a public instance; `production` is the one people mean by Sigstore."""
    name = f"{instance}.json"
    return TrustedRoot.parse(files(__name__).joinpath(name).read_bytes(), where=f"the embedded trusted root {name}")

"""Signers by URI: scheme to loader, one line each. A loader's module is imported only when its scheme is asked for.

file:PATH[?password-env=NAME]          a PEM file; a plain path means the same
sigstore:[staging][?…]                 keyless: an identity token, a certificate for minutes (`keyless`)
aws-kms:KEY  gcp-kms:KEY  azure-kms:KEY  vault:KEY/VERSION  hsm:[ID][?label=…]      (`kms`)

No URI carries a secret: a parameter can only name the variable that holds one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import parse_qsl, unquote

from supplychain.errors import UsageError
from supplychain.signing import secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from supplychain.signing.interface import Signer

LOADERS: Mapping[str, str] = {
    "file": "local_key",
    "sigstore": "keyless",
    "aws-kms": "kms",
    "gcp-kms": "kms",
    "azure-kms": "kms",
    "hashivault": "kms",
    "vault": "kms",
    "hsm": "kms",
}
"""Scheme to the module of this station whose `load_uri` loads it."""
PASSWORD_VARIABLE = "SUPPLYCHAIN_KEY_PASSWORD"  # noqa: S105 - the name of a variable
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+):(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignerUri:
    """A signer as it was named."""

    scheme: str
    path: str
    """What follows the scheme, without the query."""
    query: Mapping[str, str] = field(default_factory=dict)
    text: str
    identity_token: Path | None = None
    """File of an identity token, for `sigstore:`."""
    base: Path = Path()
    """Where relative paths start."""

    @staticmethod
    def parse(text: str, *, identity_token: Path | None = None, base: Path = Path()) -> SignerUri:
        """Read a URI or a plain path.

        Raises:
            UsageError: `UNKNOWN_SCHEME`, or `BAD_SIGNER`: a parameter stands twice or has no name.
        """
        match = _SCHEME.fullmatch(text)
        if match is None:
            return SignerUri(scheme="file", path=text, text=text, identity_token=identity_token, base=base)
        scheme, rest = match.groups()
        if scheme not in LOADERS:
            raise UsageError(
                f"there are no signers of the kind {scheme!r}",
                code="UNKNOWN_SCHEME",
                where=text[:120],
                expected=", ".join(f"{name}:" for name in LOADERS) + " or the path of a PEM file",
                hint="a file whose name looks so is given as file:PATH",
            )
        path, _, query = rest.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        if len({name for name, _ in pairs}) != len(pairs) or (query and not pairs):
            raise _bad(text, "a parameter stands twice, or has no name")
        path = unquote(path.removeprefix("//") if scheme == "file" else path)
        return SignerUri(
            scheme=scheme, path=path, query=dict(pairs), text=text, identity_token=identity_token, base=base
        )

    def file(self, text: str) -> Path:
        """The file that a part of this URI names."""
        return self.base / Path(text).expanduser()

    def allow(self, *names: str) -> None:
        """Refuse parameters that the scheme does not have. Raises UsageError."""
        unknown = sorted(set(self.query) - set(names))
        if unknown:
            raise _bad(self.text, f"the parameter {unknown[0]!r} is not known", ", ".join(names) or "no parameter")

    def secret(self, parameter: str) -> str | None:
        """A secret from the variable that the parameter names, else from `SUPPLYCHAIN_KEY_PASSWORD`.

        Raises:
            UsageError: `SECRET_MISSING`: the variable that is named is not set.
        """
        name = self.query.get(parameter)
        if name is None:
            return secret.from_variable(PASSWORD_VARIABLE)
        value = secret.from_variable(name)
        if value is None:
            raise UsageError("the variable is not set", code="SECRET_MISSING", where=self.text, expected=f"${name}")
        return value

    @staticmethod
    def ask(what: str) -> str | None:
        """Ask a person at a terminal; None when there is none."""
        return secret.ask(what)


def load_signer(text: str, *, identity_token: Path | None = None, base: Path = Path()) -> Signer:
    """The signer of a URI or a path.

    Args:
        text: The URI.
        identity_token: File of an identity token, for `sigstore:`.
        base: Where relative paths start.

    Raises:
        UsageError: No such kind, a missing extra, file, secret or token.
        MalformedInput: The file holds no key.
        ToolFailed: A service did not answer.
    """
    uri = SignerUri.parse(text, identity_token=identity_token, base=base)
    if identity_token is not None and uri.scheme != "sigstore":
        raise _bad(text, "an identity token is for keyless signing", "sigstore:")
    module = import_module(f"supplychain.signing.{LOADERS[uri.scheme]}")
    return cast("Callable[[SignerUri], Signer]", module.load_uri)(uri)


def extra_missing(what: str, extra: str, where: str) -> UsageError:
    """The error for a signer whose libraries are not installed."""
    return UsageError(
        f"{what} needs libraries that are not installed",
        code="EXTRA_MISSING",
        where=where,
        expected=f"the extra {extra!r}",
        hint=f"pip install 'supplychain[{extra}]'",
    )


def _bad(where: str, message: str, expected: str = "NAME=VALUE, each once, joined by &") -> UsageError:
    return UsageError(message, code="BAD_SIGNER", where=where[:160], expected=expected)

"""Identity tokens (OpenID Connect) for keyless signing: found, read, and refused with a reason of its own.

Looked for in this order: `--identity-token FILE`; the variable the URI names (`token-env`) or
`SUPPLYCHAIN_IDENTITY_TOKEN`; the build service we run in (GitHub Actions, GitLab, Google Cloud, Buildkite, CircleCI; by
the package `id`); and, where a person sits at a terminal, a login in the browser. A token is told to nobody but the
certificate authority.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from supplychain.errors import ToolFailed, UsageError
from supplychain.files import read_bytes
from supplychain.signing import secret
from supplychain.signing.registry import SignerUri, extra_missing
from supplychain.signing.service import checked

if TYPE_CHECKING:
    from pathlib import Path

VARIABLE = "SUPPLYCHAIN_IDENTITY_TOKEN"
AUDIENCE = "sigstore"
_MAX_TOKEN = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An identity token; what it says is for messages, the certificate authority judges it."""

    raw: str = field(repr=False)
    issuer: str
    subject: str


def find_token(uri: SignerUri, *, login: str | None) -> Token:
    """The token to sign with.

    Args:
        uri: The signer; `audience` and `issuer` of its query are held against the token.
        login: Where a person may log in; None: nowhere.

    Raises:
        UsageError: `TOKEN_MISSING`, `TOKEN_MALFORMED`, `TOKEN_EXPIRED`, `TOKEN_AUDIENCE`, `TOKEN_CLAIMS`,
            `TOKEN_ISSUER`, `TOKEN_PERMISSION`, `EXTRA_MISSING`.
        ToolFailed: `OIDC_FAILED`: the build service or the issuer does not give a token.
    """
    audience = uri.query.get("audience", AUDIENCE)
    raw = _given(uri) or _ambient(audience) or _login(uri.query.get("issuer", login), audience)
    if raw is None:
        raise UsageError(
            "there is no identity token to sign with",
            code="TOKEN_MISSING",
            where=uri.text,
            expected=f"--identity-token FILE, ${VARIABLE}, or a build service that gives one",
            hint="on GitHub: `permissions: id-token: write`; on GitLab: `id_tokens: SIGSTORE_ID_TOKEN: aud: sigstore`",
        )
    return read_token(raw, audience=audience, issuer=uri.query.get("issuer"), where=uri.text)


def read_token(raw: str, *, audience: str, issuer: str | None, where: str) -> Token:
    """Read a token's claims, unverified, and refuse early what an authority would refuse. Raises as `find_token`."""
    try:
        from sigstore.oidc import IdentityError, IdentityToken
    except ImportError:
        raise extra_missing("keyless signing", "keyless", where) from None
    try:
        token = IdentityToken(raw, audience)
    except IdentityError as error:
        _refuse_token(error, audience, where)
    if issuer is not None and token.issuer != issuer:
        raise _bad("TOKEN_ISSUER", "the identity token is by another issuer", where, issuer, token.issuer)
    return Token(raw=raw, issuer=token.issuer, subject=token.identity)


def _given(uri: SignerUri) -> str | None:
    if uri.identity_token is not None:
        return _read(uri.identity_token)
    name = uri.query.get("token-env")
    if name is None:
        return os.environ.get("SUPPLYCHAIN_IDENTITY_TOKEN") or None
    value = secret.from_variable(name)
    if value is None:
        raise UsageError("the variable is not set", code="TOKEN_MISSING", where=uri.text, expected=f"${name}")
    return value.strip()


def _read(path: Path) -> str:
    data = read_bytes(path, max_bytes=_MAX_TOKEN, what="an identity token")
    try:
        return data.decode("ascii").strip()
    except UnicodeDecodeError:
        raise _bad("TOKEN_MALFORMED", "no identity token", str(path), "a JSON web token", "bytes") from None


def _ambient(audience: str) -> str | None:
    try:
        from sigstore.oidc import IdentityError, detect_credential
    except ImportError:
        raise extra_missing("keyless signing", "keyless", "sigstore:") from None
    from urllib3.exceptions import HTTPError

    try:
        return detect_credential(audience)
    except IdentityError as error:
        if "PermissionCredential" in type(error.__cause__).__name__:
            raise UsageError(
                "the workflow may not ask for an identity token",
                code="TOKEN_PERMISSION",
                found=secret.scrub(str(error)),
                hint="give the job `permissions: id-token: write`; a pull request from a fork cannot have it",
            ) from None
        if "audience" in str(error):
            raise _bad("TOKEN_AUDIENCE", str(error), "the build service", audience, "another") from None
        raise _oidc_failed("the build service", str(error)) from None
    except (HTTPError, OSError) as error:
        raise _oidc_failed("the build service", type(error).__name__) from None


def _login(issuer: str | None, audience: str) -> str | None:
    if issuer is None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    from sigstore.errors import Error
    from sigstore.oidc import Issuer, IssuerError

    try:
        return str(Issuer(checked(issuer, "issuer")).identity_token(client_id=audience))
    except (Error, IssuerError, OSError) as error:
        raise _oidc_failed(issuer, str(error) or type(error).__name__) from None


_CAUSES = {
    "ExpiredSignatureError": ("TOKEN_EXPIRED", "the identity token has expired", "one that is still valid"),
    "ImmatureSignatureError": ("TOKEN_EXPIRED", "the identity token is not valid yet", "one that is valid now"),
    "InvalidAudienceError": ("TOKEN_AUDIENCE", "the identity token is for another audience", ""),
    "MissingRequiredClaimError": ("TOKEN_CLAIMS", "the identity token lacks a claim", "aud, sub, iat, exp, iss"),
}


def _refuse_token(error: Exception, audience: str, where: str) -> NoReturn:
    cause = type(error.__cause__).__name__
    found = str(error.__cause__ or error)
    if cause in _CAUSES:
        code, message, expected = _CAUSES[cause]
    elif "validity period" in found:
        code, message, expected = _CAUSES["ExpiredSignatureError"]
    elif "required" in found and "claim" in found:
        code, message, expected = _CAUSES["MissingRequiredClaimError"]
    else:
        code, message, expected = "TOKEN_MALFORMED", "no identity token", "a JSON web token of OpenID Connect"
    raise _bad(code, message, where, expected or f"audience {audience}", found) from None


def _bad(code: str, message: str, where: str, expected: str, found: str) -> UsageError:
    hints = {
        "TOKEN_EXPIRED": "ask for a new token right before signing",
        "TOKEN_AUDIENCE": "ask the issuer for a token with that audience, or name yours: sigstore:?audience=…",
    }
    return UsageError(
        secret.scrub(message),
        code=code,
        where=where,
        expected=expected,
        found=secret.scrub(found),
        hint=hints.get(code, ""),
    )


def _oidc_failed(where: str, found: str) -> ToolFailed:
    return ToolFailed(
        "no identity token could be had",
        code="OIDC_FAILED",
        where=where,
        found=secret.scrub(found),
        hint="try again; or give a token with --identity-token FILE",
    )

"""An OpenID Connect issuer: discovery, keys, tokens; and the endpoint that GitHub Actions gives to a job."""

from __future__ import annotations

import base64
import hashlib
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

GITHUB_CLAIMS = {
    "sub": "repo:example/shop:ref:refs/tags/v1",
    "repository": "example/shop",
    "repository_id": "4711",
    "repository_owner": "example",
    "ref": "refs/tags/v1",
    "sha": "0" * 40,
    "event_name": "push",
    "runner_environment": "github-hosted",
    "job_workflow_ref": "example/shop/.github/workflows/release.yml@refs/tags/v1",
}
"""What GitHub says about a job."""


class Issuer:
    """Mints tokens and checks them, as the issuer that Fulcio asks would."""

    request_token = "ghs_the-request-token-of-the-job"

    name = "https://issuer.example.test"
    """What its tokens say; a trust file takes no issuer without TLS, and this one listens without."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.codes: dict[str, str] = {}
        """Code to the challenge it was given for."""
        self.key = ec.generate_private_key(ec.SECP256R1())

    def token(self, *, audience: str = "sigstore", lifetime_s: float = 600, drop: str = "", **claims: Any) -> str:
        """A token; claims go over GitHub's, and `drop` leaves one out."""
        now = datetime.now(UTC)
        body = {
            "iss": self.name,
            "aud": audience,
            "iat": int((now - timedelta(seconds=1)).timestamp()),
            "exp": int((now + timedelta(seconds=lifetime_s)).timestamp()),
            **GITHUB_CLAIMS,
            **claims,
        }
        body.pop(drop, None)
        return jwt.encode(body, self.key, algorithm="ES256", headers={"kid": "1"})

    def read(self, token: str) -> dict[str, Any]:
        """The claims of a token of ours. Raises jwt.PyJWTError for any other."""
        return jwt.decode(token, self.key.public_key(), algorithms=["ES256"], audience="sigstore", issuer=self.name)

    def discovery(self) -> dict[str, Any]:
        """`.well-known/openid-configuration`."""
        return {
            "issuer": self.name,
            "jwks_uri": f"{self.url}/keys",
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{self.url}/token",
        }

    def authorize(self, query: dict[str, list[str]]) -> str:
        """The login page, where everybody says yes: leads back with a code (RFC 6749 section 4.1, RFC 7636)."""
        code = secrets.token_urlsafe(16)
        self.codes[code] = query["code_challenge"][0]
        return f"{query['redirect_uri'][0]}?{urlencode({'code': code, 'state': query['state'][0]})}"

    def exchange(self, form: dict[str, list[str]]) -> dict[str, str]:
        """A code and its proof for a token; once."""
        challenge = self.codes.pop(form["code"][0], "")
        digest = hashlib.sha256(form["code_verifier"][0].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
            return {"error": "invalid_grant"}
        token = self.token(email="me@example.test", email_verified=True, drop="job_workflow_ref")
        return {"access_token": token, "token_type": "Bearer"}

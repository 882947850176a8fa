"""Whose certificates a trust file means: issuer, subject and further claims, by patterns that are matched whole.

The pattern language, for `subject_pattern` and the values below `claims` (`trust.matches` is another, for names):

    *     any characters but `/` and `@`, or none: one part of an address, never the next
    **    any characters, or none
    ?     one character but `/` and `@`
    #     one or more decimal digits
    Every other character stands for itself, and the whole text must match.

`*` stops at `/` and `@` because whoever may push a branch names it: `…/evil.yml@refs/heads/x/release.yml@refs/tags/v1`
is a subject that GitHub gives, and it ends like an honest one.

Nothing here reads a certificate or imports what that takes; `keyless` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from supplychain.verification.sigstore.claims import Claims

GITHUB = "https://github.com/"
CLAIMS: Mapping[str, tuple[str, str, str]] = {
    "repository": ("source_repository_uri", "github_workflow_repository", GITHUB),
    "repository_id": ("source_repository_identifier", "", ""),
    "repository_owner": ("source_repository_owner_uri", "", ""),
    "repository_owner_id": ("source_repository_owner_identifier", "", ""),
    "repository_visibility": ("source_repository_visibility", "", ""),
    "ref": ("source_repository_ref", "github_workflow_ref", ""),
    "sha": ("source_repository_digest", "github_workflow_sha", ""),
    "workflow": ("github_workflow_name", "", ""),
    "trigger": ("build_trigger", "github_workflow_trigger", ""),
    "runner_environment": ("runner_environment", "", ""),
    "build_signer_uri": ("build_signer_uri", "", ""),
    "build_signer_digest": ("build_signer_digest", "", ""),
    "build_config_uri": ("build_config_uri", "", ""),
    "build_config_digest": ("build_config_digest", "", ""),
    "run_invocation_uri": ("run_invocation_uri", "", ""),
    "deployment_environment": ("deployment_environment", "", ""),
}
"""Name in the trust file to field of `Claims`, its older form, and what stands before the older form's value."""
_SPECIAL = frozenset("*?#")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRule:
    """Which certificates are an identity's."""

    issuer: str
    """URL of who vouches for the holder (OIDC issuer), compared whole."""
    subject: str
    """The subject alternative name, or a pattern for it."""
    pattern: bool = False
    """Read `subject` as a pattern."""
    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Names of CLAIMS to patterns; one of them must match what the certificate says."""

    def refuses(self, claims: Claims) -> str:
        """Why a certificate is not this identity's, in words; empty text when it is."""
        if claims.issuer != self.issuer:
            return f"vouched for by {claims.issuer}, not by {self.issuer}"
        if not (fits(self.subject, claims.identity) if self.pattern else claims.identity == self.subject):
            return f"the subject is not {self.subject}"
        for name, wanted in self.claims.items():
            found = _said(claims, name)
            if not found or not any(fits(pattern, found) for pattern in wanted):
                return f"{name} is {found or 'not stated'}, not {' or '.join(wanted)}"
        return ""

    def __str__(self) -> str:
        return f"{self.subject} by {self.issuer}"


def fits(pattern: str, text: str) -> bool:
    """Match a whole text against a pattern of this module's language."""
    return _compiled(pattern).fullmatch(text) is not None


def is_pattern(text: str) -> bool:
    """Whether a text holds a character that is special in patterns."""
    return not _SPECIAL.isdisjoint(text)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    known = {"*": r"[^/@]*", "?": r"[^/@]", "#": r"[0-9]+"}
    parts = re.findall(r"\*\*+|.", pattern, re.DOTALL)
    return re.compile("".join(known.get(p, r".*" if p.startswith("**") else re.escape(p)) for p in parts), re.DOTALL)


def _said(claims: Claims, name: str) -> str:
    """What a certificate says under a name; empty when it says nothing, or two things in its old and new form."""
    new, old, prefix = CLAIMS[name]
    value: str = getattr(claims, new)
    older: str = getattr(claims, old) if old else ""
    older = f"{prefix}{older}" if older else ""
    return "" if value and older and value != older else value or older

"""The GitHub workflow a signing certificate names: who signed, for which repository, started by what.

GitHub's OIDC token fills these claims, so a build cannot choose them
(https://docs.github.com/actions/security-for-github-actions/security-hardening-your-deployments/about-security-hardening-with-openid-connect).
Where a certificate says one thing twice, in an old and a new extension, both must agree.
"""

from __future__ import annotations

from dataclasses import dataclass

from supplychain.errors import VerificationFailed
from supplychain.verification.provenance.references import BuilderId
from supplychain.verification.sigstore.claims import Claims

ISSUER = "https://token.actions.githubusercontent.com"
SERVER = "https://github.com/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """What the certificate says; empty text where it says nothing (older certificates)."""

    builder: BuilderId
    """The workflow that signed, reusable or not, with its full reference."""
    hosted: str
    """`github-hosted`, `self-hosted` or empty."""
    repository: str
    """`https://github.com/OWNER/NAME` of the caller."""
    repository_id: str
    owner_id: str
    ref: str
    sha: str
    event: str
    path: str
    """Path of the workflow that was started."""
    config: str
    """The same with repository and reference, `OWNER/NAME/PATH@REF`."""
    config_sha: str
    run: str
    """Run and attempt, `RUN/attempts/N`."""

    @property
    def reusable(self) -> bool:
        """Whether the workflow that signed is another one than the one that was started."""
        return bool(self.path) and self.builder.name != f"{self.repository}/{self.path}"


def workflow_of(claims: Claims, *, where: str) -> Workflow:
    """Read the claims of a GitHub certificate.

    Raises:
        VerificationFailed: `ISSUER_MISMATCH`: not vouched for by GitHub. `CERTIFICATE_CLAIMS`: no workflow, or claims
            that contradict each other.
    """
    if claims.issuer != ISSUER:
        raise VerificationFailed(
            "another issuer vouches for the signer", code="ISSUER_MISMATCH", expected=ISSUER, found=claims.issuer
        )
    name, _, ref = claims.identity.partition("@")
    if claims.identity_kind != "uri" or not name.startswith(SERVER) or not ref or "@" in ref:
        raise _bad("no workflow on github.com", claims.identity, where)
    old = f"{SERVER}{claims.github_workflow_repository}" if claims.github_workflow_repository else ""
    repository = _one("source repository", old, claims.source_repository_uri, where)
    sha = _one("commit", claims.github_workflow_sha, claims.source_repository_digest, where)
    if claims.build_config_digest not in ("", sha):
        raise _bad("commit and build configuration contradict each other", claims.build_config_digest, where)
    return Workflow(
        builder=BuilderId(name=name, version=ref),
        hosted=claims.runner_environment,
        repository=repository,
        repository_id=claims.source_repository_identifier,
        owner_id=claims.source_repository_owner_identifier,
        ref=_one("reference", claims.github_workflow_ref, claims.source_repository_ref, where, needed=False),
        sha=sha,
        event=_one("event", claims.github_workflow_trigger, claims.build_trigger, where),
        config=(claims.build_config_uri or claims.identity).removeprefix(SERVER),
        config_sha=claims.build_config_digest or claims.build_signer_digest,
        path=_below(claims.build_config_uri.partition("@")[0], f"{repository}/", where),
        run=_below(claims.run_invocation_uri, f"{repository}/actions/runs/", where),
    )


def _one(what: str, old: str, new: str, where: str, *, needed: bool = True) -> str:
    if (old and new and old != new) or (needed and not (old or new)):
        raise _bad(f"{what} is missing or stated twice, differently", f"{old} and {new}", where)
    return new or old


def _below(uri: str, prefix: str, where: str) -> str:
    if uri and not uri.startswith(prefix):
        raise _bad("an address lies outside of the source repository", uri, where)
    return uri.removeprefix(prefix)


def _bad(message: str, found: str, where: str) -> VerificationFailed:
    return VerificationFailed(
        f"the certificate cannot be used: {message}", code="CERTIFICATE_CLAIMS", where=where, found=found[:200]
    )

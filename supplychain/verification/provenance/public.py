"""The entry: one file of evidence by a public builder, one artifact, what is expected of it.

A valid signature alone says that somebody built something: anybody can have a certificate. So the source is always
expected; which builders may have built it is known (`builders`), or said by the user.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import SupplychainError, UsageError, VerificationFailed
from supplychain.signing.envelope import MAX_ENVELOPE
from supplychain.signing.sigstore_bundle import SigstoreBundle
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance.builders import CLOUD_BUILD
from supplychain.verification.provenance.cloud_build import verify_cloud_build
from supplychain.verification.provenance.evidence import family_of
from supplychain.verification.provenance.github import verify_github
from supplychain.verification.provenance.npm import PUBLISH, verify_npm
from supplychain.verification.provenance.outcome import PublicProvenance, unreadable
from supplychain.verification.provenance.references import BuilderId
from supplychain.verification.provenance.shapes import TYPES
from supplychain.verification.provenance.workflow import SERVER
from supplychain.verification.sigstore.formats import parse_bundles
from supplychain.verification.sigstore.trusted_root import TrustedRoot


def verify_public(
    data: bytes, digests: Sequence[Digest], expected: Expectations, *, root: TrustedRoot, where: str
) -> PublicProvenance:
    """Verify a file of provenance by a builder that is known publicly.

    Args:
        data: A Sigstore bundle, JSON lines of them, npm's or GitHub's attestation list, or Cloud Build's JSON.
        digests: Of the artifact, by all algorithms that can be had: npm knows SHA-512 only.
        expected: What the provenance must say; `source_uri` at least.
        root: Whose certificates and logs are believed.
        where: Name of the file.

    Raises:
        UsageError: `SOURCE_EXPECTED`: no source is expected.
        VerificationFailed: It does not hold; `code` says why. `UNKNOWN_BUILDER`: no rules for this builder are known.
        MalformedInput: It cannot be read.
    """
    check_asked(expected)
    family = family_of(data, where=where)
    if family == "cloud-build":
        return verify_cloud_build(data, digests, expected, where=where)
    if family == "npm":
        provenance, publish = _npm_pair(data, where)
        return verify_npm(provenance, publish, digests, expected, root=root, where=where)
    return verify_any(parse_bundles(data, where=where), digests, expected, root=root, where=where)


def verify_any(
    bundles: Sequence[SigstoreBundle],
    digests: Sequence[Digest],
    expected: Expectations,
    *,
    root: TrustedRoot,
    where: str,
) -> PublicProvenance:
    """Verify that one of several bundles is the expected provenance; what else lies beside it does not matter.

    Raises:
        VerificationFailed: None is; the reason is that of the first.
    """
    check_asked(expected)
    attempts: list[Callable[[], PublicProvenance]] = [
        lambda bundle=bundle: verify_github(bundle, digests, expected, root=root, where=where)  # type: ignore[misc]
        for bundle in bundles
    ]
    first: SupplychainError | None = None
    for attempt in attempts:
        try:
            return attempt()
        except SupplychainError as error:
            first = first or error
    raise first or unreadable("there is no bundle", where=where)


def check_asked(expected: Expectations) -> None:
    """Refuse questions that cannot be answered: no source, or a builder nobody here knows how to verify.

    Raises:
        UsageError: `SOURCE_EXPECTED`.
        VerificationFailed: `UNKNOWN_BUILDER` or `INVALID_BUILDER_ID`.
    """
    if not expected.source_uri:
        raise UsageError(
            "provenance of a public builder proves little without a source: anybody can build anything there",
            code="SOURCE_EXPECTED",
            where="--source-uri",
            expected="--source-uri REPOSITORY, for example github.com/owner/name",
            hint="or say whose signature is expected: --key, --trust, or --certificate-identity",
        )
    if expected.builder_id:
        name = BuilderId.parse(expected.builder_id, where="--builder-id").name
        if not name.startswith(SERVER) and name != CLOUD_BUILD:
            raise VerificationFailed(
                "no rules for this builder are known",
                code="UNKNOWN_BUILDER",
                where="--builder-id",
                expected=f"a builder below {SERVER}, or {CLOUD_BUILD}",
                found=expected.builder_id,
            )


def _npm_pair(data: bytes, where: str) -> tuple[SigstoreBundle, SigstoreBundle]:
    """Provenance and publish attestation; the list says which is which, their signed payloads are held to it later."""
    items = parse_json_object(data, where=where, max_bytes=MAX_ENVELOPE)["attestations"]
    bundles = parse_bundles(data, where=where)
    kinds = [str(item.get("predicateType")) for item in items]
    provenance = [bundle for bundle, kind in zip(bundles, kinds, strict=True) if kind in TYPES]
    publish = [bundle for bundle, kind in zip(bundles, kinds, strict=True) if kind.startswith(PUBLISH)]
    if len(provenance) != 1 or len(publish) != 1:
        raise unreadable(
            "an npm package has one provenance and one publish attestation", where=where, found=", ".join(kinds)
        )
    return provenance[0], publish[0]

"""Fetching a policy set from where the configuration says, and holding it to its digest and to its signature.

An OCI artifact is resolved to a digest once and read by that; what is read is checked against it. The one layer is the
`.tar.gz` that `supplychain policy pack` writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json, parse_json_object
from supplychain.errors import MalformedInput, SupplychainError, ToolFailed, UsageError, VerificationFailed
from supplychain.files import MIB
from supplychain.pipeline.config_fields import PolicyPlace
from supplychain.policy.policy_files import MAX_BYTES, PolicyFiles, of_archive, open_files
from supplychain.signing.envelope import Envelope
from supplychain.signing.interface import Signer
from supplychain.statement.predicates import policy
from supplychain.statement.predicates.policy import SUBJECT, SignedPolicies
from supplychain.statement.statement import Statement
from supplychain.verification.trust import Trust
from supplychain.verification.verifier import verify

if TYPE_CHECKING:
    from supplychain.artifact.image.reference import Reference

ARTIFACT_TYPE = "application/vnd.supplychain.policies.v1"
LAYER_TYPE = "application/vnd.supplychain.policies.v1.tar+gzip"
_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_EMPTY = b"{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBy:
    """Who signed a policy set."""

    digest: Digest
    signers: tuple[str, ...]
    time: datetime


def fetch_policies(place: PolicyPlace, trust: Trust, *, at: datetime) -> PolicyFiles:
    """The files of a policy set, checked as the place demands.

    Raises:
        UsageError: There is no such folder or file.
        MalformedInput: What is there is no policy set.
        ToolFailed: The registry does not answer.
        VerificationFailed: `POLICY_DIGEST`, `POLICY_NOT_SIGNED`, or what `verify` says of the signature.
    """
    found = pull_policies(place.source) if isinstance(place.source, str) else open_files(place.source)
    if place.digest and str(found.digest) != place.digest:
        raise VerificationFailed(
            "the policies are not the ones that are pinned",
            code="POLICY_DIGEST",
            where=found.where,
            expected=place.digest,
            found=str(found.digest),
            hint="read what changed, then pin the new digest; `supplychain policy check PLACE` tells it",
        )
    if place.signed:
        signed_by(found, trust, at=at)
    return found


def signed_by(found: PolicyFiles, trust: Trust, *, at: datetime) -> SignedBy:
    """Who signed a policy set.

    Raises:
        VerificationFailed: Nobody, or nobody who may; the codes of `verify`.
    """
    if found.signature is None:
        raise VerificationFailed(
            "nobody has signed the policies",
            code="POLICY_NOT_SIGNED",
            where=found.where,
            expected="policies.sigstore.json in the set",
            hint="supplychain policy sign DIR, with a key that the trust file lets claim `policy`",
        )
    where = f"{found.where}/policies.sigstore.json"
    envelope = Envelope.parse(found.signature, where=where)
    verified = verify(
        [(where, envelope)], trust, artifact=found.digest, at=at, predicate_type=policy.TYPE, name=SUBJECT
    )
    if not isinstance(verified.predicate, SignedPolicies) or verified.predicate.time > at:
        raise VerificationFailed("signed later than now", code="POLICY_NOT_SIGNED", where=where)
    return SignedBy(digest=found.digest, signers=verified.signers, time=verified.predicate.time)


def sign_policies(found: PolicyFiles, signer: Signer, *, at: datetime) -> bytes:
    """The Sigstore bundle that says: this policy set is one of ours. Raises PolicyNotEvaluated (`NO_RULES`)."""
    found.check_whole()
    value = SignedPolicies(environments=found.environments, time=at)
    subject = Artifact(name=SUBJECT, digest=found.digest)
    return signer.sign(Statement.make((subject,), policy.TYPE, value.to_json())).to_bundle()


def push_policies(found: PolicyFiles, text: str) -> str:
    """Put a policy set into a registry as an OCI artifact; its address by digest.

    Raises:
        UsageError: `text` is no reference, or names the content before it is there.
        PolicyNotEvaluated: There are no policies (`NO_RULES`).
        ToolFailed: The registry refuses or fails.
    """
    from supplychain.artifact.image.registry_push import PushClient

    reference = _reference(text)
    if reference.digest is not None:
        raise UsageError("a digest is given by the content", where=text, expected="oci:HOST/REPO[:TAG]")
    packed = found.pack()
    client = PushClient(reference)
    try:
        layer, config = client.put_blob(packed), client.put_blob(_EMPTY)
        manifest = canonical_json(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "artifactType": ARTIFACT_TYPE,
                "config": {"mediaType": "application/vnd.oci.empty.v1+json", "digest": str(config), "size": 2},
                "layers": [{"mediaType": LAYER_TYPE, "digest": str(layer), "size": len(packed)}],
            }
        )
        digest = Digest.of_bytes(manifest)
        client.put_manifest(reference.tag or str(digest), manifest, _MANIFEST)
    finally:
        client.close()
    return f"oci:{reference.registry}/{reference.repository}@{digest}"


def pull_policies(text: str) -> PolicyFiles:
    """A policy set from a registry, as it is there (see `fetch_policies` for errors)."""
    from supplychain.artifact.image.registry_client import RegistryClient

    reference = _reference(text)
    client = RegistryClient(reference)
    try:
        raw = _get(client, f"manifests/{reference.digest or reference.tag or 'latest'}", MIB, _MANIFEST, text)
        digest = Digest.of_bytes(raw)
        _same(digest, reference.digest, text)
        layers = parse_json_object(raw, where=text).get("layers")
        if not isinstance(layers, list) or len(layers) != 1 or not isinstance(layers[0], dict):
            raise _no_artifact(text, "other than one layer")
        if layers[0].get("mediaType") != LAYER_TYPE:
            raise _no_artifact(text, f"a layer of type {layers[0].get('mediaType')!r}"[:120])
        wanted = Digest.parse(str(layers[0].get("digest")), where=text)
        data = _get(client, f"blobs/{wanted}", MAX_BYTES, "*/*", text)
        _same(Digest.of_bytes(data), wanted, text)
    finally:
        client.close()
    return of_archive(data, where=f"oci:{reference.registry}/{reference.repository}@{digest}")


def _reference(text: str) -> Reference:
    from supplychain.artifact.image.reference import parse_reference

    rest = text.removeprefix("oci:")
    try:
        reference = parse_reference(rest)
    except UsageError:
        reference = None
    if (
        reference is None
        or not text.startswith("oci:")
        or rest.partition("/")[0] not in (reference.registry, "index.docker.io")
    ):
        raise UsageError(
            "not a place of policies in a registry",
            where=text[:200],
            expected="oci:HOST/REPO[:TAG][@DIGEST], with the registry named",
        )
    return reference


def _get(client: object, path: str, most: int, accept: str, where: str) -> bytes:
    from supplychain.artifact.image.registry_client import RegistryClient

    assert isinstance(client, RegistryClient)  # noqa: S101 - imported late, so named late
    with client.request(path, accept=accept, blob=path.startswith("blobs/")) as response:
        if response.status != 200:
            raise ToolFailed(
                "the registry does not have these policies",
                code="POLICY_MISSING",
                where=where,
                expected=path,
                found=f"status {response.status}",
            )
        return response.read(most)


def _same(found: Digest, expected: Digest | None, where: str) -> None:
    if expected is not None and found != expected:
        raise VerificationFailed(
            "the registry sent something else",
            code="POLICY_DIGEST",
            where=where,
            expected=str(expected),
            found=str(found),
        )


def _no_artifact(where: str, found: str) -> SupplychainError:
    return MalformedInput(
        "not a policy set", code="BAD_ARCHIVE", where=where, expected=f"one layer of type {LAYER_TYPE}", found=found
    )

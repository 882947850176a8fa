"""Google Cloud Build: the JSON of `gcloud artifacts docker images describe IMAGE --show-provenance --format json`.

It holds signed provenance (SLSA v0.1, or v1 of the newer builder), and beside each the same statement as text for
people, with an image summary. What is not signed must not contradict what is. The steps, as slsa-verifier takes them:

1. a key of Google signed one of the provenances          NO_VALID_SIGNATURE
2. builder and kind of build are Cloud Build's            INVALID_BUILDER_ID, BUILDER_MISMATCH, BUILD_TYPE_MISMATCH
3. it is about the artifact                               WRONG_ARTIFACT
4. built from the expected source                         SOURCE_MISMATCH
5. the entry is about a build of the same image           NOT_PROVENANCE, WRONG_ARTIFACT
6. the summary names the same image                       WRONG_ARTIFACT
7. the text says what is signed                           TEXT_MISMATCH
8. tag, version; branch and inputs cannot be verified     TAG_MISMATCH, VERSIONED_TAG_MISMATCH, NOT_SUPPORTED
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from supplychain.artifact.digest import Digest
from supplychain.encoding import parse_json_object
from supplychain.errors import SupplychainError, VerificationFailed
from supplychain.signing.envelope import pre_authentication_encoding
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.statement import PAYLOAD_TYPE, Statement
from supplychain.verification.expectations import Expectations, check_package, differs
from supplychain.verification.provenance.builders import CLOUD_BUILD, CLOUD_BUILD_LEVEL
from supplychain.verification.provenance.checks import find_subject
from supplychain.verification.provenance.cloud_build_shapes import V01, CloudBuild, read_cloud_build, same_text
from supplychain.verification.provenance.keys import cloud_build_keys
from supplychain.verification.provenance.outcome import PublicProvenance, unreadable
from supplychain.verification.provenance.references import BuilderId, check_versioned_tag
from supplychain.verification.provenance.shapes import V1, subjects_of
from supplychain.verification.sigstore.keys import accepts

MAX_ITEMS = 100
"""More provenances, or signatures on one, than this only cost the verifier."""
_V1_KEY = "/cryptoKeys/google-hosted-worker/"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    """One entry whose signature holds."""

    entry: Fields
    statement: Statement
    keyid: str


def verify_cloud_build(
    data: bytes, digests: Sequence[Digest], expected: Expectations, *, where: str
) -> PublicProvenance:
    """Verify provenance by Google Cloud Build.

    Raises:
        VerificationFailed: A step failed; `code` says which.
        MalformedInput: It cannot be read.
    """
    body = Fields(parse_json_object(data, where=where), where)
    # (1)
    signed = _first_signed(body.object("provenance_summary").objects("provenance"), where)
    build = read_cloud_build(signed.statement, where=where)
    # (2)
    _check_builder(build, expected.builder_id, where)
    # (3)
    subject, digest = find_subject(subjects_of(signed.statement, where=where), digests, where=where)
    # (4)
    _check_source(build, expected.source_uri or "", where)
    # (5)
    if signed.entry.text("kind") != "BUILD":
        raise unreadable("the entry is not about a build", where=where, found=signed.entry.text("kind"))
    _names(signed.entry.text("resourceUri"), f"@{digest}", where)
    # (6)
    summary = body.object("image_summary")
    _names(f"@{summary.text('digest')}", f"@{digest}", where)
    _names(summary.text("fully_qualified_digest"), f"@{digest}", where)
    # (7)
    if not same_text(signed.entry.object("build").value, signed.statement):
        raise VerificationFailed(
            "the text beside the provenance says something else than what is signed", code="TEXT_MISMATCH", where=where
        )
    # (8)
    _check_references(build, expected, where)
    check_package(subject.name, expected, where=where)
    return PublicProvenance(
        statement=signed.statement,
        artifact=digest,
        subject=subject.name,
        builder_id=str(build.builder),
        builder_level=CLOUD_BUILD_LEVEL,
        source=build.source,
        ref=build.ref,
        signer=signed.keyid,
        where=where,
    )


def _first_signed(entries: Sequence[Fields], where: str) -> _Signed:
    """The first entry that one of Google's keys signed; others may be there (one per version of the format)."""
    if not 1 <= len(entries) <= MAX_ITEMS:
        raise unreadable("no provenance, or too many", where=where, found=str(len(entries)))
    reasons: list[str] = []
    for entry in entries:
        envelope = entry.object("envelope")
        signatures = envelope.objects("signatures", optional=True)
        payload = _decode(envelope.text("payload"))
        if envelope.text("payloadType") != PAYLOAD_TYPE or payload is None or len(signatures) > MAX_ITEMS:
            reasons.append("no envelope of a statement")
            continue
        for signature in signatures:
            try:
                keyid = signature.text("keyid", optional=True)
                if _signed(signature.text("sig", optional=True), keyid, payload):
                    return _Signed(entry=entry, statement=_statement(payload, keyid, where), keyid=keyid)
                reasons.append(f"not by {keyid or 'a key that is named'}")
            except SupplychainError as error:
                reasons.append(error.message)
    raise VerificationFailed(
        "no signature by a key of Google Cloud Build holds",
        code="NO_VALID_SIGNATURE",
        where=where,
        expected="a key of projects/verified-builder",
        found="; ".join(reasons)[:400] or "no signature",
    )


def _signed(signature: str, keyid: str, payload: bytes) -> bool:
    known, raw = cloud_build_keys().get(keyid), _decode(signature)
    if known is None or not raw:
        return False
    # The older regional keys sign the payload itself; its type is then not signed, so only one type is accepted.
    signed = pre_authentication_encoding(PAYLOAD_TYPE, payload) if known.dsse else payload
    return accepts(known.key, raw, signed, "sha256")


def _statement(payload: bytes, keyid: str, where: str) -> Statement:
    statement = Statement.parse(payload, where=where)
    wanted = V1 if _V1_KEY in keyid else V01
    if statement.predicate_type != wanted:
        raise unreadable("this key signs another version of provenance", where=where, found=statement.predicate_type)
    return statement


def _check_builder(build: CloudBuild, expected: str | None, where: str) -> None:
    if str(build.builder) not in build.known_builders:
        raise VerificationFailed(
            "not a builder of Google Cloud Build",
            code="INVALID_BUILDER_ID",
            where=where,
            expected=", ".join(build.known_builders),
            found=str(build.builder),
        )
    if expected is not None:
        wanted = BuilderId.parse(expected, where="--builder-id")
        if wanted.name != CLOUD_BUILD or wanted.version not in ("", build.builder.version):
            raise differs("BUILDER_MISMATCH", "built by another builder", where, expected, str(build.builder))
    if not build.type_fits:
        raise differs(
            "BUILD_TYPE_MISMATCH", "not a build of this builder", where, build.expected_type, build.build_type
        )


def _check_source(build: CloudBuild, expected: str, where: str) -> None:
    found = build.source.removeprefix("git+")
    wanted = expected.removeprefix("git+")
    if found.startswith("https://") and "://" not in wanted:
        wanted = f"https://{wanted}"
    if not wanted or not build.source_is(wanted):
        raise differs("SOURCE_MISMATCH", "built from another source", where, wanted, found)


def _check_references(build: CloudBuild, expected: Expectations, where: str) -> None:
    if expected.source_branch is not None or expected.workflow_inputs:
        raise VerificationFailed(
            "provenance of Google Cloud Build does not prove branch or inputs",
            code="NOT_SUPPORTED",
            where=where,
            hint="expect a tag, or only the source",
        )
    if expected.source_tag is not None and build.tag != expected.source_tag:
        raise differs("TAG_MISMATCH", "built from another tag", where, expected.source_tag, build.tag)
    if expected.source_versioned_tag is not None:
        if not build.tag:
            raise differs("VERSIONED_TAG_MISMATCH", "not built from a tag", where, expected.source_versioned_tag, "")
        check_versioned_tag(build.tag, expected.source_versioned_tag, where=where)


def _names(text: str, ending: str, where: str) -> None:
    if not text.endswith(ending):
        raise differs("WRONG_ARTIFACT", "what stands beside the provenance names another image", where, ending, text)


def _decode(text: str) -> bytes | None:
    """Base64 of either alphabet, as Google writes both."""
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/").encode(), validate=True)
    except (binascii.Error, ValueError):
        return None

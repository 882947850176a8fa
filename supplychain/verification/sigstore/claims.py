"""What a Fulcio certificate says about its holder (https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md).

The old extensions (1 to 6) hold bare text, those from 8 on a DER UTF8String. Where an old and a new one say the same
thing, both must agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from supplychain.errors import VerificationFailed
from supplychain.verification.sigstore.der import UTF8_STRING, DerError, read_one

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

SanKind = Literal["uri", "email", "other"]
_FULCIO = "1.3.6.1.4.1.57264.1."
_OTHER_NAME = "1.3.6.1.4.1.57264.1.7"
_BARE = {
    1: "issuer",
    2: "github_workflow_trigger",
    3: "github_workflow_sha",
    4: "github_workflow_name",
    5: "github_workflow_repository",
    6: "github_workflow_ref",
}
_DER = {
    8: "issuer",
    9: "build_signer_uri",
    10: "build_signer_digest",
    11: "runner_environment",
    12: "source_repository_uri",
    13: "source_repository_digest",
    14: "source_repository_ref",
    15: "source_repository_identifier",
    16: "source_repository_owner_uri",
    17: "source_repository_owner_identifier",
    18: "build_config_uri",
    19: "build_config_digest",
    20: "build_trigger",
    21: "run_invocation_uri",
    22: "source_repository_visibility",
    23: "deployment_environment",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """Identity and claims of a certificate; a field the certificate does not have is empty text."""

    identity: str
    """Subject alternative name."""
    identity_kind: SanKind
    issuer: str
    """OIDC issuer."""
    github_workflow_trigger: str = ""
    """Event that started the workflow, for example `push`. Old form of `build_trigger`."""
    github_workflow_sha: str = ""
    """Git revision. Old form of `source_repository_digest`."""
    github_workflow_name: str = ""
    github_workflow_repository: str = ""
    """`owner/name`. Old form of `source_repository_uri`."""
    github_workflow_ref: str = ""
    """Old form of `source_repository_ref`."""
    build_signer_uri: str = ""
    """The (reusable) workflow that signed, with its ref: what the identity of GitHub certificates is."""
    build_signer_digest: str = ""
    runner_environment: str = ""
    """`github-hosted` or `self-hosted`."""
    source_repository_uri: str = ""
    source_repository_digest: str = ""
    source_repository_ref: str = ""
    source_repository_identifier: str = ""
    source_repository_owner_uri: str = ""
    source_repository_owner_identifier: str = ""
    build_config_uri: str = ""
    """The workflow that was started, with its ref; it may call the one that signed."""
    build_config_digest: str = ""
    build_trigger: str = ""
    run_invocation_uri: str = ""
    source_repository_visibility: str = ""
    deployment_environment: str = ""


def claims_of(certificate: Certificate) -> Claims:
    """Read the claims of a certificate whose chain has been verified.

    Raises:
        VerificationFailed: `CERTIFICATE_UNTRUSTED`: no single subject alternative name, no issuer, or extensions that
            contradict each other.
    """
    kind, identity = _name(certificate)
    fields: dict[str, str] = {}
    for extension in certificate.extensions:
        oid = extension.oid.dotted_string
        if not oid.startswith(_FULCIO):
            continue
        number = int(oid.removeprefix(_FULCIO)) if oid.removeprefix(_FULCIO).isdecimal() else 0
        name = _BARE.get(number) or _DER.get(number)
        raw = getattr(extension.value, "value", b"")
        if name is None or not isinstance(raw, bytes):
            continue
        text = _bare(raw) if number in _BARE else _utf8(raw)
        if fields.setdefault(name, text) != text:
            raise _refuse(f"two extensions contradict each other about {name}", f"{fields[name]} and {text}")
    if not fields.get("issuer"):
        raise _refuse("the certificate names no OIDC issuer", "none")
    return Claims(identity=identity, identity_kind=kind, **fields)


def _name(certificate: Certificate) -> tuple[SanKind, str]:
    from cryptography import x509

    try:
        names = list(certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)
    except (x509.ExtensionNotFound, ValueError):
        names = []
    if len(names) == 1:
        match names[0]:
            case x509.UniformResourceIdentifier(value=text):
                return "uri", text
            case x509.RFC822Name(value=text):
                return "email", text
            case x509.OtherName() as other if other.type_id.dotted_string == _OTHER_NAME:
                return "other", _utf8(other.value)
    raise _refuse("the certificate has no single name that is a URI, an e-mail address or a user name", repr(names))


def _bare(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _refuse("an extension is not text", raw.hex()) from None


def _utf8(raw: bytes) -> str:
    try:
        return _bare(read_one(raw, UTF8_STRING).value)
    except DerError as error:
        raise _refuse("an extension is not the text it must be", str(error)) from None


def _refuse(message: str, found: str) -> VerificationFailed:
    return VerificationFailed(message, code="CERTIFICATE_UNTRUSTED", found=found[:160])

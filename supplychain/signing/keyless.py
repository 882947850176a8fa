"""Keyless signing (`sigstore:`): an identity token, a key that lives for minutes, and a certificate that binds both.

The flow is that of Sigstore's client specification, section 3 (https://github.com/sigstore/architecture-docs): token,
key pair, certificate by Fulcio (`POST /api/v2/signingCert`), signature; then timestamp and log entry (`witnessed`).
sigstore-python finds the token (`token`), fetches and updates the instance's configuration (TUF) and chooses its
services; the requests are ours, because they need time limits and errors that tell what to do.

    sigstore:                          the public instance
    sigstore:staging                   its staging instance
    sigstore:?trust-config=FILE        another: a ClientTrustConfig as JSON, with trusted root and signing configuration
"""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from supplychain.files import read_bytes
from supplychain.signing.interface import Made, Signer
from supplychain.signing.registry import SignerUri, extra_missing
from supplychain.signing.secret import scrub
from supplychain.signing.service import MAX_ANSWER, Answer, Service, text_of
from supplychain.signing.token import Token, find_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate
    from sigstore.models import ClientTrustConfig

_MARGIN_S = 60.0
"""A certificate that ends within this time is not used any more."""
_ISSUER = "1.3.6.1.4.1.57264.1.1"
_MAX_CONFIG = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services of a Sigstore instance."""

    certificates: str
    """Address of Fulcio."""
    logs: tuple[str, ...]
    """Addresses of Rekor logs, with their version."""
    timestamps: tuple[str, ...]
    """Addresses of timestamp authorities."""
    login: str | None
    """Where a person logs in."""
    trusted_root: bytes
    """JSON; what the instance's answers are held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A key and its certificate."""

    key: EllipticCurvePrivateKey = field(repr=False)
    certificate: Certificate
    until: float
    """By `time.monotonic`: when it is used no more."""


class KeylessSigner(Signer):
    """Signs with a key of its own making, for which an authority has issued a certificate.

    Args:
        services: The instance.
        token: Asked for a token each time a certificate is needed: tokens live for minutes too.
        ca: The certificate authority, when it is not the one of `services`.
    """

    def __init__(self, services: Services, token: Callable[[], Token], *, ca: Service | None = None) -> None:
        self.services = services
        self._token = token
        self._ca = ca or Service.at("CA", "the certificate authority", services.certificates)
        self._held: Held | None = None

    @property
    def name(self) -> str:
        """Identity and issuer of the certificate."""
        return _named(self._ready().certificate)

    def make(self, data: bytes) -> Made:
        """Sign bytes (see `Signer.make`); asks for a certificate when there is none that still holds."""
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
        from cryptography.hazmat.primitives.serialization import Encoding

        held = self._ready()
        der = held.certificate.public_bytes(Encoding.DER)
        return Made(
            signature=held.key.sign(data, ECDSA(hashes.SHA256())),
            keyid="",
            maker={"certificate": {"rawBytes": base64.b64encode(der).decode("ascii")}},
            pem=held.certificate.public_bytes(Encoding.PEM).decode("ascii"),
        )

    def _ready(self) -> Held:
        if self._held is None or time.monotonic() >= self._held.until:
            self._held = self._new()
        return self._held

    def _new(self) -> Held:
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        asked = time.monotonic()
        certificate = self._request(key, self._token())
        lifetime = (certificate.not_valid_after_utc - certificate.not_valid_before_utc).total_seconds()
        return Held(key=key, certificate=certificate, until=asked + max(0.0, lifetime - _MARGIN_S))

    def _request(self, key: EllipticCurvePrivateKey, token: Token) -> Certificate:
        """Ask for a certificate: a signing request without a name, because the token says who we are."""
        from cryptography import x509
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.serialization import Encoding

        request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, SHA256())
        body = {"certificateSigningRequest": base64.b64encode(request.public_bytes(Encoding.PEM)).decode("ascii")}
        headers = {
            "Authorization": f"Bearer {token.raw}",
            "Content-Type": "application/json",
            "Accept": "application/json",
        }
        answer = self._ca.send("POST", "/api/v2/signingCert", json.dumps(body).encode(), headers)
        if answer.status not in (200, 201):
            raise self._refused(answer, token)
        try:
            said = parse_json_object(answer.body, where=self._ca.url, max_bytes=MAX_ANSWER)
            first: str = said["signedCertificateEmbeddedSct"]["chain"]["certificates"][0]
            certificate = x509.load_pem_x509_certificate(first.encode())
            public = certificate.public_key()
        except (MalformedInput, LookupError, TypeError, ValueError, AttributeError, UnsupportedAlgorithm) as error:
            found = type(error).__name__
            raise self._ca.failed("ANSWER", found, expected="a certificate with an embedded timestamp") from None
        if public != key.public_key():
            raise self._ca.failed("ANSWER", "a certificate for another key", expected="one for the key we sent")
        return certificate

    def _refused(self, answer: Answer, token: Token) -> ToolFailed:
        try:
            said = str(parse_json_object(answer.body, where="")["message"])
        except (MalformedInput, KeyError):
            said = text_of(answer)
        hints = {
            400: "the authority cannot use this token or request",
            401: "is the token still valid, made for this audience, and by an issuer this authority knows?",
            403: "is this identity allowed to have certificates here?",
        }
        return self._ca.failed(
            "REFUSED",
            f"status {answer.status}: {said}".replace(token.raw, "(token not shown)"),
            expected=f"a certificate for {token.subject} by {token.issuer}",
            hint=hints.get(answer.status, ""),
        )


def load_uri(uri: SignerUri) -> KeylessSigner:
    """`sigstore:`, the loader of the registry. A token is not asked for before the first signature.

    Raises:
        UsageError: `EXTRA_MISSING`, `BAD_SIGNER`, or no such file.
        MalformedInput: `NOT_A_TRUST_CONFIG`.
        ToolFailed: `SIGSTORE_CONFIG`: the configuration of the instance cannot be had.
    """
    uri.allow("trust-config", "issuer", "audience", "token-env")
    services = _services(_config(uri), uri.text)
    return KeylessSigner(services, partial(find_token, uri, login=services.login))


def _config(uri: SignerUri) -> ClientTrustConfig:
    try:
        from sigstore.models import ClientTrustConfig
    except ImportError:
        raise extra_missing("keyless signing", "keyless", uri.text) from None
    file = uri.query.get("trust-config")
    if file is not None:
        data = read_bytes(uri.file(file), max_bytes=_MAX_CONFIG, what="a client trust configuration")
        parse_json_object(data, where=file, max_bytes=_MAX_CONFIG)
        try:
            return ClientTrustConfig.from_json(data.decode("utf-8"))
        except ValueError as error:
            raise _no_config(file, str(error)) from None
    if uri.path not in ("", "production", "staging"):
        raise UsageError(
            "no such Sigstore instance",
            code="BAD_SIGNER",
            where=uri.text,
            expected="sigstore:, sigstore:staging or sigstore:?trust-config=FILE",
            found=uri.path,
        )
    try:
        return ClientTrustConfig.staging() if uri.path == "staging" else ClientTrustConfig.production()
    except Exception as error:  # noqa: BLE001 - TUF, its files and its network, fail in many ways
        raise ToolFailed(
            "the configuration of the Sigstore instance cannot be had",
            code="SIGSTORE_CONFIG",
            where=uri.text,
            found=scrub(f"{type(error).__name__}: {error}"),
            hint="try again; or give it as a file: sigstore:?trust-config=FILE",
        ) from None


def _services(config: ClientTrustConfig, where: str) -> Services:
    from sigstore.errors import Error

    try:
        signing = config.signing_config
        logs: list[Any] = signing.get_tlogs()
        root: str = config._inner.trusted_root.to_json()  # noqa: SLF001 - there is no public way to its JSON
        return Services(
            certificates=signing.get_fulcio().url,
            logs=tuple(log.url for log in logs),
            timestamps=tuple(authority.url for authority in signing.get_tsas()),
            login=_login_of(config),
            trusted_root=root.encode("utf-8"),
        )
    except (Error, ValueError) as error:
        raise _no_config(where, str(error)) from None


def _login_of(config: ClientTrustConfig) -> str | None:
    from sigstore.errors import Error

    try:
        return config.signing_config.get_oidc_url()
    except Error:
        return None


def _named(certificate: Certificate) -> str:
    from cryptography import x509

    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        who = ", ".join(str(name.value) for name in names)
    except (x509.ExtensionNotFound, ValueError):
        who = certificate.subject.rfc4514_string()
    issuers = [
        extension.value.value.decode("utf-8", "replace")
        for extension in certificate.extensions
        if extension.oid.dotted_string == "1.3.6.1.4.1.57264.1.1"
        and isinstance(extension.value, x509.UnrecognizedExtension)
    ]
    return f"{who} by {issuers[0]}" if issuers else who


def _no_config(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not a configuration that can be signed with",
        code="NOT_A_TRUST_CONFIG",
        where=where,
        expected="a ClientTrustConfig as JSON: trusted root and signing configuration, with services valid now",
        found=found.splitlines()[0][:160] if found else "",
    )

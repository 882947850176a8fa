"""Fulcio: checks token and proof of possession, and issues a certificate with an embedded certificate timestamp."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.conformance.forge import Instance, fulcio
from tests.simulator.sigstore_service.issuer import Issuer

GITHUB = "https://github.com/"


class Refused(Exception):  # noqa: N818 - an answer
    """What the service answers instead: status and message."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Authority:
    """The certificate authority of an instance."""

    def __init__(self, instance: Instance, issuer: Issuer) -> None:
        self.instance = instance
        self.issuer = issuer
        self.issued: list[x509.Certificate] = []
        self.lifetime = timedelta(minutes=10)
        self.options: dict[str, Any] = {}
        """Defects: options of `Instance.issue`."""

    def signing_cert(self, authorization: str, body: bytes) -> dict[str, Any]:
        """`POST /api/v2/signingCert`."""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer":
            raise Refused(401, "no bearer token")
        try:
            claims = self.issuer.read(token)
        except jwt.PyJWTError as error:
            raise Refused(401, f"There was an error processing the identity token: {error}") from error
        try:
            pem = base64.b64decode(json.loads(body)["certificateSigningRequest"], validate=True)
            request = x509.load_pem_x509_csr(pem)
        except (ValueError, KeyError) as error:
            raise Refused(400, "The certificate signing request could not be parsed") from error
        if not request.is_signature_valid:
            raise Refused(400, "There was an error verifying the proof of possession")
        certificate = self._issue(request.public_key(), claims)
        self.issued.append(certificate)
        chain = [certificate, self.instance.ca, self.instance.root]
        pems = [one.public_bytes(Encoding.PEM).decode() for one in chain]
        return {"signedCertificateEmbeddedSct": {"chain": {"certificates": pems}}}

    def _issue(self, key: Any, claims: dict[str, Any]) -> x509.Certificate:
        now = datetime.now(UTC).replace(microsecond=0)
        extra = [fulcio(1, claims["iss"]), fulcio(8, claims["iss"])]
        if "job_workflow_ref" in claims:
            names: list[x509.GeneralName] = [x509.UniformResourceIdentifier(GITHUB + claims["job_workflow_ref"])]
            extra += [
                fulcio(9, GITHUB + claims["job_workflow_ref"]),
                fulcio(11, claims["runner_environment"]),
                fulcio(12, GITHUB + claims["repository"]),
                fulcio(13, claims["sha"]),
                fulcio(14, claims["ref"]),
                fulcio(15, claims["repository_id"]),
                fulcio(20, claims["event_name"]),
            ]
        else:
            names = [x509.RFC822Name(claims["email"])]
        settings = {"start": now - timedelta(seconds=1), "end": now + self.lifetime, "sct_at": now}
        return self.instance.issue(_Public(key), names=names, extra=extra, **{**settings, **self.options})


class _Public:
    """A public key where `Instance.issue` wants a pair: the private half stays with whoever asked."""

    def __init__(self, key: Any) -> None:
        self._key = key

    def public_key(self) -> Any:
        return self._key

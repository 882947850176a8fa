"""A Sigstore instance on loopback that speaks the real protocols, and misbehaves on demand.

OIDC issuer and GitHub's token endpoint (`issuer`), Fulcio's `signingCert` (`authority`), Rekor v1 and v2 over a real Merkle
tree (`rekor`), an RFC 3161 authority (`stamper`), all behind one address (`service`).
"""

from tests.simulator.sigstore_service.service import Fault, SigstoreService, drop, refuse

__all__ = ["Fault", "SigstoreService", "drop", "refuse"]

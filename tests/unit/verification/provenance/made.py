"""Provenance as public builders write it, signed by our own Sigstore instance; every part can be changed for a test."""

from __future__ import annotations

import copy
import json
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from supplychain.artifact.digest import Digest
from supplychain.verification.expectations import Expectations
from supplychain.verification.provenance.outcome import PublicProvenance
from supplychain.verification.provenance.public import verify_public
from supplychain.verification.sigstore.trusted_root import TrustedRoot
from tests.conformance.forge import ISSUER, fulcio
from tests.conformance.forged import bundle, instance

SHOP = "https://github.com/example/shop"
WORKFLOWS = "https://github.com/slsa-framework/slsa-github-generator/.github/workflows/"
GENERIC = f"{WORKFLOWS}generator_generic_slsa3.yml@refs/tags/v2.1.0"
DELEGATOR = f"{WORKFLOWS}delegator_lowperms-generic_slsa3.yml@refs/tags/v2.1.0"
MAVEN = f"{WORKFLOWS}builder_maven_slsa3.yml@refs/tags/v2.1.0"
RELEASE = f"{SHOP}/.github/workflows/release.yml"
SHA = "1" * 40
ARTIFACT = Digest.of_bytes(b"shop 1.2.3")
EXPECTED = Expectations(source_uri="github.com/example/shop")


@cache
def root() -> TrustedRoot:
    return TrustedRoot.parse(json.dumps(instance().trusted_root()).encode(), where="ours")


def claims(ref: str = "refs/tags/v1.2.3", **changes: str) -> dict[int, str]:
    """What GitHub's certificate says, by extension; a change is named `c12="…"`; an empty one leaves it out."""
    said = {
        1: ISSUER,
        2: "push",
        3: SHA,
        5: "example/shop",
        6: ref,
        8: ISSUER,
        11: "github-hosted",
        12: SHOP,
        13: SHA,
        14: ref,
        15: "1001",
        17: "2002",
        18: f"{RELEASE}@{ref}",
        19: SHA,
        20: "push",
        21: f"{SHOP}/actions/runs/77/attempts/1",
    }
    said |= {int(name[1:]): value for name, value in changes.items()}
    return {number: text for number, text in said.items() if text}


def sign(statement: dict, *, by: str = GENERIC, said: dict[int, str] | None = None, **options) -> dict:
    """A Sigstore bundle around a statement, by a certificate for a workflow."""
    key = ec.generate_private_key(ec.SECP256R1())
    extra = [fulcio(number, text) for number, text in (said or claims()).items()]
    leaf = instance().issue(key, names=[x509.UniformResourceIdentifier(by)], extra=extra)
    return bundle(key=key, certificate=leaf, payload=json.dumps(statement).encode(), **options)


def verify(value: object, expected: Expectations = EXPECTED, *digests: Digest) -> PublicProvenance:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return verify_public(data, digests or (ARTIFACT,), expected, root=root(), where="made.json")


def changed(value: dict, path: str, new: object) -> dict:
    """A copy with one field replaced; numbers in the path count items of a list, `None` as value removes the field."""
    done = copy.deepcopy(value)
    *way, last = path.split(".")
    place: dict | list = done
    for step in way:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if new is None and isinstance(place, dict):
        del place[last]
    else:
        place[int(last) if isinstance(place, list) else last] = new  # type: ignore[index]
    return done


def generic(ref: str = "refs/tags/v1.2.3") -> dict:
    """Provenance v0.2, as slsa-github-generator's generic generator writes it."""
    source = f"git+{SHOP}@{ref}"
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v0.2",
        "subject": [
            {"name": "other", "digest": {"sha256": "0" * 64}},
            {"name": "shop", "digest": {"sha256": ARTIFACT.hex}},
        ],
        "predicate": {
            "builder": {"id": GENERIC},
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": {
                "configSource": {"uri": source, "digest": {"sha1": SHA}, "entryPoint": ".github/workflows/release.yml"},
                "environment": {
                    "github_base_ref": "",
                    "github_event_name": "push",
                    "github_event_payload": {"base_ref": "refs/heads/main"},
                    "github_ref": ref,
                    "github_ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
                },
            },
            "materials": [{"uri": source, "digest": {"sha1": SHA}}],
        },
    }


def delegated(ref: str = "refs/tags/v1.2.3") -> dict:
    """Provenance v1, as a delegator writes it for a builder."""
    return {
        "_type": "https://in-toto.io/Statement/v0.1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{"name": "shop.jar", "digest": {"sha256": ARTIFACT.hex}}],
        "predicate": {
            "buildDefinition": {
                "buildType": "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
                "externalParameters": {"inputs": {}},
                "internalParameters": {
                    "GITHUB_EVENT_NAME": "workflow_dispatch",
                    "GITHUB_EVENT_PAYLOAD": {"inputs": {"flavour": "small"}},
                    "GITHUB_REF": ref,
                    "GITHUB_REF_TYPE": "tag" if ref.startswith("refs/tags/") else "branch",
                    "GITHUB_WORKFLOW_REF": f"example/shop/.github/workflows/release.yml@{ref}",
                },
                "resolvedDependencies": [{"uri": f"git+{SHOP}@{ref}", "digest": {"gitCommit": SHA}}],
            },
            "runDetails": {"builder": {"id": MAVEN}},
        },
    }


def attestation(builder: str = f"{RELEASE}@refs/tags/v1.2.3", ref: str = "refs/tags/v1.2.3") -> dict:
    """Provenance v1, as GitHub's attest action writes it."""
    return {
        "_type": "https://in-toto.io/Statement/v1",
        "predicateType": "https://slsa.dev/provenance/v1",
        "subject": [{"name": "shop", "digest": {"sha256": ARTIFACT.hex}}],
        "predicate": {
            "buildDefinition": {
                "buildType": "https://actions.github.io/buildtypes/workflow/v1",
                "externalParameters": {
                    "workflow": {"ref": ref, "repository": SHOP, "path": ".github/workflows/release.yml"}
                },
                "internalParameters": {
                    "github": {
                        "event_name": "push",
                        "repository_id": "1001",
                        "repository_owner_id": "2002",
                        "runner_environment": "github-hosted",
                    }
                },
                "resolvedDependencies": [{"uri": f"git+{SHOP}@{ref}", "digest": {"gitCommit": SHA}}],
            },
            "runDetails": {
                "builder": {"id": builder},
                "metadata": {"invocationId": f"{SHOP}/actions/runs/77/attempts/1"},
            },
        },
    }

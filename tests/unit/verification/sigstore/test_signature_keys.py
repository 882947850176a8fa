"""Which key accepts which signature, and which key is none."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from supplychain.errors import MalformedInput
from supplychain.signing.identity import PublicKey
from supplychain.verification.sigstore.facts import ManagedKey
from supplychain.verification.sigstore.keys import DETAILS, accepts, hashes_of, matches_details

DATA = b"data"
RSA = rsa.generate_private_key(65537, 2048)


def test_rsa_signs_in_both_paddings_with_sha_256() -> None:
    public = RSA.public_key()
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    assert accepts(public, RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA256()), DATA)
    assert accepts(public, RSA.sign(DATA, pss, hashes.SHA256()), DATA)
    assert not accepts(public, RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA1()), DATA)
    assert not accepts(public, RSA.sign(DATA, padding.PKCS1v15(), hashes.SHA256()), b"other")


@pytest.mark.parametrize(
    ("curve", "algorithm", "good"),
    [
        (ec.SECP256R1(), hashes.SHA256(), True),
        (ec.SECP256R1(), hashes.SHA384(), False),
        (ec.SECP256R1(), hashes.SHA1(), False),
        (ec.SECP384R1(), hashes.SHA384(), True),
        (ec.SECP384R1(), hashes.SHA256(), True),
        (ec.SECP384R1(), hashes.SHA512(), False),
        (ec.SECP521R1(), hashes.SHA512(), True),
        (ec.SECP521R1(), hashes.SHA256(), True),
        (ec.SECP521R1(), hashes.SHA384(), False),
    ],
)
def test_a_curve_signs_with_its_own_hashes_only(curve, algorithm, good: bool) -> None:
    key = ec.generate_private_key(curve)
    assert accepts(key.public_key(), key.sign(DATA, ec.ECDSA(algorithm)), DATA) is good


def test_a_demanded_hash_is_the_only_one() -> None:
    key = ec.generate_private_key(ec.SECP384R1())
    signature = key.sign(DATA, ec.ECDSA(hashes.SHA256()))
    assert accepts(key.public_key(), signature, DATA, "sha256")
    assert not accepts(key.public_key(), signature, DATA, "sha384")


@pytest.mark.parametrize(
    "key",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP256K1()),
        ed448.Ed448PrivateKey.generate(),
        dsa.generate_private_key(2048),
    ],
    ids=["RSA 1024", "secp256k1", "Ed448", "DSA"],
)
def test_keys_that_are_not_accepted(key) -> None:
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    with pytest.raises(MalformedInput) as caught:
        ManagedKey.parse(pem, where="key.pem")
    assert caught.value.code == "NOT_A_KEY"


def test_details_name_kind_curve_and_size() -> None:
    assert matches_details(RSA.public_key(), DETAILS["PKIX_RSA_PKCS1V15_2048_SHA256"])
    assert matches_details(RSA.public_key(), DETAILS["PKIX_RSA_PSS_2048_SHA256"])
    assert not matches_details(RSA.public_key(), DETAILS["PKIX_RSA_PKCS1V15_3072_SHA256"])
    p256 = ec.generate_private_key(ec.SECP256R1()).public_key()
    assert matches_details(p256, DETAILS["PKIX_ECDSA_P256_SHA_256"])
    assert not matches_details(p256, DETAILS["PKIX_ECDSA_P384_SHA_384"])
    assert hashes_of(ed25519.Ed25519PrivateKey.generate().public_key()) == ("sha512",)


def test_a_key_is_named_as_elsewhere_in_this_package() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    known = PublicKey.parse(pem, where="x")
    assert ManagedKey.of(known).keyid == known.keyid == ManagedKey.parse(pem, where="x").keyid
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert hashlib.sha256(der).hexdigest()

from Crypto.PublicKey import RSA
from cryptography.hazmat.primitives.asymmetric import rsa


def generate():
    # ruleid: python-short-key
    first = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    # ruleid: python-short-key
    second = rsa.generate_private_key(65537, 1024)
    # ruleid: python-short-key
    third = RSA.generate(1024)
    # ok: python-short-key
    fourth = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    # ok: python-short-key
    fifth = RSA.generate(4096)
    return first, second, third, fourth, fifth

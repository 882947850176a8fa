import hashlib
import hmac
from hashlib import md5

from cryptography.hazmat.primitives import hashes


def digest(data, key):
    # ruleid: python-weak-hash
    first = hashlib.md5(data)
    # ruleid: python-weak-hash
    second = md5(data).hexdigest()
    # ruleid: python-weak-hash
    third = hashlib.sha1(data).digest()
    # ruleid: python-weak-hash
    fourth = hashlib.new("SHA1", data)
    # ruleid: python-weak-hash
    fifth = hmac.new(key, data, "md5")
    # ruleid: python-weak-hash
    key.sign(data, hashes.SHA1())
    # ok: python-weak-hash
    key.sign(data, hashes.SHA256())
    # ok: python-weak-hash
    names = {"sha1": hashes.SHA1()}
    # ok: python-weak-hash
    sixth = hashlib.sha256(data)
    # ok: python-weak-hash
    seventh = hashlib.md5(data, usedforsecurity=False)
    # ok: python-weak-hash
    eighth = hashlib.new("sha256", data)
    # ok: python-weak-hash
    ninth = hashlib.new("sha1", data, usedforsecurity=False)
    return first, second, third, fourth, fifth, sixth, seventh, eighth, ninth, names

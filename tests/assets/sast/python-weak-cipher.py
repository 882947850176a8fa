from Crypto.Cipher import AES, DES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


def encrypt(key, nonce):
    # ruleid: python-weak-cipher
    first = Cipher(algorithms.AES(key), modes.ECB())
    # ruleid: python-weak-cipher
    second = Cipher(algorithms.ARC4(key), mode=None)
    # ruleid: python-weak-cipher
    third = DES.new(key, DES.MODE_CBC)
    # ruleid: python-weak-cipher
    fourth = AES.new(key, AES.MODE_ECB)
    # ok: python-weak-cipher
    fifth = Cipher(algorithms.AES(key), modes.GCM(nonce))
    # ok: python-weak-cipher
    sixth = AES.new(key, AES.MODE_GCM)
    return first, second, third, fourth, fifth, sixth

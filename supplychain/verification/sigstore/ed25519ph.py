"""Ed25519ph verification (RFC 8032 section 5.1.7 with the prehash of 5.1), which `cryptography` does not offer.

It handles public values only, so it need not run in constant time. Points are in extended coordinates (section 5.1.4).
"""

from __future__ import annotations

import hashlib

_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_SQRT_M1 = pow(2, (_P - 1) // 4, _P)
_DOM2 = b"SigEd25519 no Ed25519 collisions\x01\x00"
"""dom2(1, "") of RFC 8032 section 2."""
_Point = tuple[int, int, int, int]


def verify_ed25519ph(public: bytes, signature: bytes, digest: bytes) -> bool:
    """Whether a signature over data with this SHA-512 digest is by this key.

    Args:
        public: 32 bytes.
        signature: 64 bytes; anything else is refused.
        digest: SHA-512 of the signed data.
    """
    if len(public) != 32 or len(signature) != 64 or len(digest) != 64:
        return False
    key, commitment = _decode(public), _decode(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if key is None or commitment is None or scalar >= _L:
        return False
    challenge = hashlib.sha512(_DOM2 + signature[:32] + public + digest).digest()
    factor = int.from_bytes(challenge, "little") % _L
    return _equal(_times(scalar, _BASE), _add(commitment, _times(factor, key)))


def _decode(data: bytes) -> _Point | None:
    """A point from its 32 bytes (section 5.1.3); None when there is no such point or the form is not the only one."""
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= _P:
        return None
    x = _root(y)
    if x is None or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


def _root(y: int) -> int | None:
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    square = u * pow(v, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if x * x % _P != square:
        x = x * _SQRT_M1 % _P
    return x if x * x % _P == square else None


def _add(first: _Point, second: _Point) -> _Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % _P
    b = (first[1] + first[0]) * (second[1] + second[0]) % _P
    c = 2 * first[3] * second[3] * _D % _P
    d = 2 * first[2] * second[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _times(factor: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _add(total, point)
        point, factor = _add(point, point), factor >> 1
    return total


def _equal(first: _Point, second: _Point) -> bool:
    same_x = (first[0] * second[2] - second[0] * first[2]) % _P == 0
    return same_x and (first[1] * second[2] - second[1] * first[2]) % _P == 0


_Y = 4 * pow(5, _P - 2, _P) % _P
_X = next(x for x in (_root(_Y) or 0, _P - (_root(_Y) or 0)) if x & 1 == 0)
_BASE: _Point = (_X, _Y, 1, _X * _Y % _P)

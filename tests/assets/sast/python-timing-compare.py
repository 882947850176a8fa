import hashlib
import hmac


def check(key, body, given):
    # ruleid: python-timing-compare
    first = hmac.new(key, body, "sha256").hexdigest() == given
    expected = hmac.new(key, body, hashlib.sha256).hexdigest()
    # ruleid: python-timing-compare
    if expected != given:
        return False
    # ok: python-timing-compare
    second = hmac.compare_digest(expected, given)
    # ok: python-timing-compare
    third = hashlib.sha256(body).hexdigest() == given
    return first and second and third

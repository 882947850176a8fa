import jwt


def read(token, key):
    # ruleid: python-jwt-verify-off
    first = jwt.decode(token, verify=False)
    # ruleid: python-jwt-verify-off
    second = jwt.decode(token, options={"verify_signature": False})
    # ruleid: python-jwt-verify-off
    third = jwt.decode(token, key, algorithms=["HS256", "none"])
    # ok: python-jwt-verify-off
    fourth = jwt.decode(token, key, algorithms=["RS256"])
    # ok: python-jwt-verify-off
    fifth = jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})
    return first, second, third, fourth, fifth

import random
import secrets
import string


def make_token():
    # ruleid: python-predictable-random
    return "".join(random.choice(string.hexdigits) for _ in range(32))


def issue(user, session):
    # ruleid: python-predictable-random
    reset_token = random.getrandbits(128)
    # ruleid: python-predictable-random
    user.password = str(random.randint(100000, 999999))
    # ruleid: python-predictable-random
    session["csrf_token"] = random.random()
    # ok: python-predictable-random
    colour = random.choice(["red", "green"])
    # ok: python-predictable-random
    access_token = secrets.token_urlsafe(32)
    # ok: python-predictable-random
    otp = secrets.SystemRandom().randint(100000, 999999)
    return reset_token, colour, access_token, otp

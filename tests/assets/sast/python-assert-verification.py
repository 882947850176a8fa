import hmac


def check(user, given, expected, request):
    # ruleid: python-assert-verification
    assert hmac.compare_digest(given, expected)
    # ruleid: python-assert-verification
    assert user.check_password(given), "wrong password"
    # ok: python-assert-verification
    if not hmac.compare_digest(given, expected):
        raise PermissionError("wrong code")
    # ok: python-assert-verification
    assert isinstance(request, dict)


def test_password(user):
    # ok: python-assert-verification
    assert user.check_password("right")

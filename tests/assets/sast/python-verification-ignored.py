import contextlib


def check(key, signature, data, log):
    # ruleid: python-verification-ignored
    try:
        key.verify(signature, data)
    except ValueError:
        pass
    # ruleid: python-verification-ignored
    try:
        verify_token(data)
    except:
        pass
    # ruleid: python-verification-ignored
    with contextlib.suppress(ValueError):
        key.verify(signature, data)
    # ok: python-verification-ignored
    try:
        key.verify(signature, data)
    except ValueError:
        return False
    # ok: python-verification-ignored
    try:
        log.flush()
    except OSError:
        pass
    return True


def any_key(keys, signature, data):
    for key in keys:
        # ok: python-verification-ignored
        try:
            key.verify(signature, data)
            return True
        except ValueError:
            pass
    return False

import tempfile


def names():
    # ruleid: python-tempfile-mktemp
    first = tempfile.mktemp(suffix=".txt")
    # ok: python-tempfile-mktemp
    second = tempfile.mkstemp(suffix=".txt")
    # ok: python-tempfile-mktemp
    third = tempfile.NamedTemporaryFile()
    return first, second, third

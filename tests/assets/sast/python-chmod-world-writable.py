import os
import stat
from pathlib import Path


def open_up(path):
    # ruleid: python-chmod-world-writable
    os.chmod(path, 0o777)
    # ruleid: python-chmod-world-writable
    Path(path).chmod(0o666)
    # ruleid: python-chmod-world-writable
    os.chmod(path, stat.S_IRUSR | stat.S_IWOTH)
    # ok: python-chmod-world-writable
    os.chmod(path, 0o755)
    # ok: python-chmod-world-writable
    Path(path).chmod(0o600)
    # ok: python-chmod-world-writable
    os.chmod(path, stat.S_IRUSR | stat.S_IWUSR)
    # ok: python-chmod-world-writable
    os.chmod(path, os.stat(path).st_mode & ~stat.S_IWOTH)

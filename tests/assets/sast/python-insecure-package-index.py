import subprocess
import sys


def install(name):
    # ruleid: python-insecure-package-index
    subprocess.run(["pip", "install", "--index-url", "http://packages.acme.io/simple", name], check=True)
    # ruleid: python-insecure-package-index
    command = [sys.executable, "-m", "pip", "install", "--extra-index-url=http://packages.acme.io/simple", name]
    # ruleid: python-insecure-package-index
    subprocess.run(["pip", "install", "--trusted-host", "packages.acme.io", name], check=True)
    # ok: python-insecure-package-index
    subprocess.run(["pip", "install", "--index-url", "https://packages.acme.io/simple", name], check=True)
    # ok: python-insecure-package-index
    subprocess.run(["pip", "install", "--index-url", "http://localhost:3141/simple", name], check=True)
    # ok: python-insecure-package-index
    subprocess.run(["pip", "install", "--require-hashes", "-r", "requirements.txt"], check=True)
    return command

import os
import subprocess

import requests


def install():
    # ruleid: python-download-and-run
    os.system("curl -sSL https://get.acme.io/install | sh")
    # ruleid: python-download-and-run
    subprocess.run("wget -qO- https://get.acme.io/install.sh | sudo bash -s -- -y", shell=True, check=True)
    # ruleid: python-download-and-run
    subprocess.run(["bash", "-c", "curl -fsS https://get.acme.io | bash"], check=True)
    # ruleid: python-download-and-run, python-eval
    exec(requests.get("https://get.acme.io/setup.py", timeout=5).text)
    # ok: python-download-and-run
    os.system("curl -sSLo install.sh https://get.acme.io/install")
    # ok: python-download-and-run
    subprocess.run(["curl", "-o", "install.sh", "https://get.acme.io/install"], check=True)
    # ok: python-download-and-run
    os.system("curl -s https://get.acme.io/list | sort")

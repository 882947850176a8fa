import os
import subprocess
from os import system


def show(path):
    # ruleid: python-os-system
    os.system("cat " + path)
    # ruleid: python-os-system
    system(f"cat {path}")
    # ruleid: python-os-system
    os.popen(path).read()
    # ruleid: python-os-system
    subprocess.getoutput("cat %s" % path)
    # ok: python-os-system
    os.system("clear")
    # ok: python-os-system
    os.popen("uname -r").read()
    # ok: python-os-system
    subprocess.run(["cat", path], check=True)

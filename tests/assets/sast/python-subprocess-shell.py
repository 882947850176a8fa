import asyncio
import subprocess
from subprocess import run


def build(target, argv):
    # ruleid: python-subprocess-shell
    subprocess.run("make " + target, shell=True, check=True)
    # ruleid: python-subprocess-shell
    run(f"make {target}", check=True, shell=True)
    # ruleid: python-subprocess-shell
    subprocess.Popen(args=target, shell=True)
    # ruleid: python-subprocess-shell
    asyncio.create_subprocess_shell(target)
    # ok: python-subprocess-shell
    subprocess.run("make all", shell=True, check=True)
    # ok: python-subprocess-shell
    subprocess.run(["make", target], check=True)
    # ok: python-subprocess-shell
    subprocess.run(argv, shell=False, check=True)
    # ok: python-subprocess-shell
    asyncio.create_subprocess_shell("make all")

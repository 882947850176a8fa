import shlex
import subprocess

from flask import request


def ping():
    host = request.args["host"]
    # ruleid: python-command-from-request
    subprocess.run(["ping", host], check=True)
    # ruleid: python-command-from-request
    subprocess.check_output(request.form["command"].split())
    # ok: python-command-from-request
    subprocess.run(["ping", "-c", str(int(request.args["count"])), "localhost"], check=True)
    # ok: python-command-from-request
    subprocess.run(["sort"], input=request.data, check=True)
    # ok: python-command-from-request
    subprocess.run(["logger", shlex.quote(request.args["text"])], check=True)

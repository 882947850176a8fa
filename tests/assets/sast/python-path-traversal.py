import os
from pathlib import Path

from flask import request, send_file
from werkzeug.utils import secure_filename


def download(folder):
    name = request.args["name"]
    # ruleid: python-path-traversal
    first = open(os.path.join(folder, name)).read()
    # ruleid: python-path-traversal
    second = Path(folder + name).read_text()
    # ruleid: python-path-traversal
    send_file(name)
    safe = secure_filename(request.args["name"])
    # ok: python-path-traversal
    third = open(os.path.join(folder, safe)).read()
    number = int(request.args["number"])
    # ok: python-path-traversal
    fourth = open(f"{folder}/{number}.txt").read()
    # ok: python-path-traversal
    fifth = open(os.path.join(folder, "fixed.txt"), request.args["mode"]).read()
    return first, second, third, fourth, fifth

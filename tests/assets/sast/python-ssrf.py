import urllib.request

import requests
from flask import request

HOSTS = {"docs": "https://docs.example.com"}


def proxy():
    url = request.args.get("url")
    # ruleid: python-ssrf
    first = requests.get(url, timeout=5)
    # ruleid: python-ssrf
    second = urllib.request.urlopen("https://" + request.args["host"])
    # ruleid: python-ssrf
    third = requests.request("GET", url)
    # ok: python-ssrf
    fourth = requests.get("https://api.example.com/items", params={"q": request.args["q"]}, timeout=5)
    # ok: python-ssrf
    fifth = requests.get(f"https://api.example.com/items/{int(request.args['id'])}", timeout=5)
    # ok: python-ssrf
    sixth = requests.get(HOSTS["docs"], timeout=5)
    return first, second, third, fourth, fifth, sixth

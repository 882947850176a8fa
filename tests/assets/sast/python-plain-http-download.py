import urllib.request

import requests


def fetch(url):
    # ruleid: python-plain-http-download
    requests.get("http://downloads.acme.io/tool.tar.gz", timeout=5)
    # ruleid: python-plain-http-download
    urllib.request.urlretrieve("http://downloads.acme.io/tool.tar.gz", "tool.tar.gz")
    # ok: python-plain-http-download
    requests.get("https://downloads.acme.io/tool.tar.gz", timeout=5)
    # ok: python-plain-http-download
    requests.get("http://localhost:8080/health", timeout=5)
    # ok: python-plain-http-download
    requests.get("http://127.0.0.1:8080/health", timeout=5)
    # ok: python-plain-http-download
    requests.get(url, timeout=5)

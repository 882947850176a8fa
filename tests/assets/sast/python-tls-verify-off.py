import aiohttp
import httpx
import requests
import urllib3


def fetch(url, session, ca_file):
    # ruleid: python-tls-verify-off
    requests.get(url, verify=False, timeout=5)
    # ruleid: python-tls-verify-off
    requests.post(url, json={}, verify=False)
    # ruleid: python-tls-verify-off
    httpx.Client(verify=False)
    # ruleid: python-tls-verify-off
    session.get(url, verify=False)
    own = requests.Session()
    # ruleid: python-tls-verify-off
    own.verify = False
    # ruleid: python-tls-verify-off
    aiohttp.TCPConnector(ssl=False)
    # ruleid: python-tls-verify-off
    urllib3.PoolManager(cert_reqs="CERT_NONE")
    # ok: python-tls-verify-off
    requests.get(url, timeout=5)
    # ok: python-tls-verify-off
    requests.get(url, verify=ca_file, timeout=5)
    # ok: python-tls-verify-off
    httpx.Client(verify=True)
    # ok: python-tls-verify-off
    own.verify = ca_file
    # ok: python-tls-verify-off
    save(url, verify=False)

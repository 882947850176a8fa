import ssl
import urllib.request


def contexts(url):
    # ruleid: python-ssl-unverified-context
    urllib.request.urlopen(url, context=ssl._create_unverified_context())
    # ruleid: python-ssl-unverified-context
    ssl._create_default_https_context = ssl._create_unverified_context
    context = ssl.create_default_context()
    # ruleid: python-ssl-unverified-context
    context.check_hostname = False
    # ruleid: python-ssl-unverified-context
    context.verify_mode = ssl.CERT_NONE
    # ok: python-ssl-unverified-context
    context.check_hostname = True
    # ok: python-ssl-unverified-context
    context.verify_mode = ssl.CERT_REQUIRED
    # ok: python-ssl-unverified-context
    return ssl.create_default_context(cafile="ca.pem")

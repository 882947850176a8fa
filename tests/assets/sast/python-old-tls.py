import ssl


def contexts():
    # ruleid: python-old-tls
    first = ssl.SSLContext(ssl.PROTOCOL_TLSv1)
    # ruleid: python-old-tls
    first.minimum_version = ssl.TLSVersion.TLSv1_1
    # ok: python-old-tls
    second = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # ok: python-old-tls
    second.minimum_version = ssl.TLSVersion.TLSv1_3
    return first, second

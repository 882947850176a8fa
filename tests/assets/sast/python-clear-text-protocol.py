import ftplib


def upload(host):
    # ruleid: python-clear-text-protocol
    first = ftplib.FTP(host)
    # ok: python-clear-text-protocol
    second = ftplib.FTP_TLS(host)
    return first, second

import paramiko
from paramiko import AutoAddPolicy, SSHClient


def connect():
    client = SSHClient()
    # ruleid: python-paramiko-host-key
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    # ruleid: python-paramiko-host-key
    client.set_missing_host_key_policy(AutoAddPolicy)
    # ruleid: python-paramiko-host-key
    client.set_missing_host_key_policy(paramiko.WarningPolicy())
    # ok: python-paramiko-host-key
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    # ok: python-paramiko-host-key
    client.load_system_host_keys()

from __future__ import annotations

import pytest

from supplychain.inventory.image.interface import Distribution
from supplychain.inventory.image.osrelease import parse_os_release, read_distribution

CASES = [
    ({"etc/os-release": 'ID=debian\nVERSION_ID="12"\n'}, "debian-12"),
    (
        {"etc/os-release": "-> usr/lib/os-release", "usr/lib/os-release": "ID=ubuntu\nVERSION_ID='22.04'\n"},
        "ubuntu-22.04",
    ),
    ({"usr/lib/os-release": "ID=alpine\nVERSION_ID=3.18.4\n"}, "alpine-3.18.4"),
    ({"etc/os-release": 'ID=alpine\nVERSION_ID=3.21_alpha20240807\nPRETTY_NAME="Alpine Linux edge"\n'}, "alpine-edge"),
    ({"etc/os-release": "ID=debian\nVERSION_CODENAME=trixie\n"}, "debian-trixie"),
    ({"etc/os-release": 'ID="rhel"\r\nVERSION_ID="9.2"\r\n'}, "rhel-9.2"),
    ({"etc/os-release": "ID=wolfi\n"}, "wolfi"),
    ({"etc/alpine-release": "3.10.4\n"}, "alpine-3.10.4"),
    ({"etc/debian_version": "11.7\n"}, "debian-11"),
    ({"etc/debian_version": "bookworm/sid\n"}, "debian-bookworm"),
    ({"etc/redhat-release": "CentOS Linux release 7.9.2009 (Core)\n"}, "centos-7.9.2009"),
    ({"etc/os-release": "", "usr/lib/os-release": "ID=fedora\nVERSION_ID=40\n"}, "fedora-40"),
    ({}, ""),
]


@pytest.mark.parametrize(("files", "label"), CASES, ids=[label or "none" for _, label in CASES])
def test_distribution(view, files, label):
    assert read_distribution(view(files)).label == label


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00junk", b"ID=../../x\n", b"ID=$(reboot)\n", b"A" * 200_000])
def test_junk_names_no_distribution(view, content):
    assert read_distribution(view({"etc/os-release": content})) == Distribution()


def test_a_link_loop_is_no_distribution(view):
    assert read_distribution(view({"etc/os-release": "-> etc/os-release"})) == Distribution()


def test_a_version_that_is_no_version_is_left_out(view):
    assert read_distribution(view({"etc/os-release": "ID=debian\nVERSION_ID=12&upstream=x\n"})).label == "debian"


def test_quotes_and_escapes():
    text = 'A="x \\"y\\" \\$z"\nB=\'it is\'\n#C=1\nD=plain\nbad line\nE=two words\n'
    assert parse_os_release(text) == {"A": 'x "y" $z', "B": "it is", "D": "plain"}

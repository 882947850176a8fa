"""rpm databases that rpm itself wrote, in all three forms.

SQLite: made here by `rpmbuild` and `rpm`. Berkeley DB and NDB no rpm of Debian can write any more; real ones (CentOS 5 to 8,
UBI 8, SLE 15), with what `rpm -qa` said in those images, come with the Go module github.com/knqyf263/go-rpmdb as test data.
It is taken from Go's module cache, where `go mod download github.com/knqyf263/go-rpmdb@v0.1.1` puts it.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from supplychain.inventory.image import rpm_header as tag
from supplychain.inventory.image.collect_image import collect_image
from supplychain.inventory.image.rpm_header import numbers, parse_header, text
from supplychain.inventory.image.rpm_storage import headers
from tests.simulator.image_trees import image_of, tree_of

pytestmark = pytest.mark.tools
MODULE = "github.com/knqyf263/go-rpmdb@v0.1.1"
SPEC = """
Name: hello
Version: 1.2~rc1
Release: 3
Epoch: 1
Summary: A sample
License: MIT
BuildArch: noarch
Requires: virtual-hello
%description
Sample.
%package -n libhello
Summary: Its library
License: Apache-2.0
Provides: virtual-hello = 2
%description -n libhello
Library.
%install
mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/lib/hello
echo '#!/bin/sh' > %{buildroot}/usr/bin/hello
echo x > %{buildroot}/usr/lib/hello/x
%files
/usr/bin/hello
%files -n libhello
/usr/lib/hello/x
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    if not all(map(shutil.which, ("rpm", "rpmbuild"))):
        pytest.skip("needs rpm and rpmbuild")
    (tmp_path / "hello.spec").write_text(SPEC)
    call = ["rpmbuild", "--quiet", "--define", f"_topdir {tmp_path}", "-bb", str(tmp_path / "hello.spec")]
    subprocess.run(call, check=True, capture_output=True)
    folder = tmp_path / "db"
    packages = sorted(map(str, tmp_path.rglob("*.rpm")))
    for words in (["--initdb"], ["-i", "--nodeps", "--justdb", "--noscripts", *packages]):
        place = ["rpm", "--dbpath", str(folder), "--define", "_db_backend sqlite"]
        subprocess.run([*place, *words], check=True, capture_output=True)
    return folder


def test_what_rpm_wrote_as_sqlite(database: Path) -> None:
    files = {
        "etc/os-release": "ID=fedora\nVERSION_ID=40\n",
        "usr/lib/sysimage/rpm/rpmdb.sqlite": (database / "rpmdb.sqlite").read_bytes(),
        "usr/lib/sysimage/rpm/rpmdb.sqlite-wal": (database / "rpmdb.sqlite-wal").read_bytes(),
    }
    sbom = collect_image(image_of(1), tree_of(files))
    assert sbom.gaps == ()
    library, hello = sorted(sbom.components, key=lambda component: -len(component.name))
    assert (
        hello.purl
        == "pkg:rpm/fedora/hello@1.2~rc1-3?arch=noarch&distro=fedora-40&epoch=1&upstream=hello-1.2~rc1-3.src.rpm"
    )
    assert (hello.depends_on, hello.licenses, library.licenses) == ((library.purl,), ("MIT",), ("Apache-2.0",))


@pytest.fixture(scope="module")
def samples() -> Path:
    go = shutil.which("go")
    cache = subprocess.run([go, "env", "GOMODCACHE"], capture_output=True, text=True).stdout.strip() if go else ""
    folder = Path(cache or "/nowhere") / MODULE / "pkg"
    if not folder.is_dir():
        pytest.skip(f"needs the test data of a Go module: go mod download {MODULE}")
    return folder


SAMPLES = {
    "centos5-plain/Packages": "CentOS5Plain",
    "centos6-devtools/Packages": "CentOS6DevTools",
    "centos6-plain/Packages": "CentOS6Plain",
    "centos7-plain/Packages": "CentOS7Plain",
    "centos7-many/Packages": "CentOS7Many",
    "centos8-modularitylabel/Packages": "CentOS8Modularitylabel",
    "ubi8-s390x/Packages": "UBI8s390x",
    "sle15-bci/Packages.db": "SLE15WithNDB",
    "fedora35/rpmdb.sqlite": "Fedora35WithSQLite3",
}


@pytest.mark.parametrize(("path", "name"), SAMPLES.items(), ids=[path.partition("/")[0] for path in SAMPLES])
def test_real_databases_hold_what_rpm_said(samples: Path, path: str, name: str) -> None:
    expected = said_by_rpm((samples / "rpmdb_testcase_test.go").read_text(), name)
    found = []
    for blob in headers((samples / "testdata" / path).read_bytes()):
        tags = parse_header(blob)
        epoch = next(iter(numbers(tags, tag.EPOCH)), None)
        keys = (tag.NAME, tag.VERSION, tag.RELEASE, tag.ARCH, tag.SOURCE, tag.LICENSE)
        found.append((epoch, *(text(tags, key) for key in keys)))
    assert len(expected) > 30
    # `rpm` says `0` and `(none)` where there is nothing, as in the entries of signing keys.
    assert sorted(map(str, map(plain, found))) == sorted(map(str, map(plain, expected)))


def said_by_rpm(source: str, name: str) -> list[tuple[int | str | None, ...]]:
    """Epoch, name, version, release, architecture, source package and licence of each package of one list."""
    body = re.search(rf"\n\t{name} = func\(\) \[\]\*PackageInfo \{{(.*?)\n\t\}}", source, re.DOTALL)
    assert body
    line = r'intRef\((\d*)\), "([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)", "([^"]*)", \d+, "([^"]*)"'
    return [(int(row[0]) if row[0] else None, *row[1:]) for row in re.findall(line, body[1])]


def plain(row: tuple[int | str | None, ...]) -> tuple[int | str | None, ...]:
    return tuple("" if value in ("0", "(none)") else value for value in row)

"""Builds two images to compare ourselves with: `python tests/integration/images/build.py FOLDER` (root, network).

FOLDER/debian   an OCI layout: minimal Debian, one layer
FOLDER/mixed    an OCI layout: Debian with Python, pip and npm; on top, in a layer of its own, a virtual environment,
                Python packages of the administrator and an application of Node modules
FOLDER/*.root   what is inside, unpacked by umoci

Needs mmdebstrap, umoci, pip and npm. What is there already is not built again. `test_image_contents.py` then asks the
programs inside the images what is installed, and compares.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

PROGRAMS = ("mmdebstrap", "umoci", "npm", "tar", "chroot")
SUITE = "bookworm"
DEBIAN = ("python3-pip", "python3-venv", "python3-yaml", "python3-requests", "npm")
PYTHON = ("flask", "requests", "cryptography", "pyyaml", "numpy", "setuptools>=78,<80")
OF_THE_ADMINISTRATOR = ("click", "attrs")
NODE = ("express@4", "lodash@4", "@babel/core@7", "semver@7")
ENVIRONMENT = {**os.environ, "HOME": "/root", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}


def run(*words: object, **more: object) -> str:
    """Run a program; its output. Shows what it said when it failed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False, **more)
    if done.returncode:
        sys.exit(f"{words[0]} failed with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return done.stdout


def inside(root: Path, *words: object) -> str:
    """Run a program of an unpacked image."""
    return run("chroot", root, *words, env=ENVIRONMENT)


def build(folder: Path) -> None:
    """Build both images."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "debian.root").is_dir():
        with_work(folder, debian)
    if not (folder / "mixed.root").is_dir():
        with_work(folder, mixed)


def with_work(folder: Path, make: object) -> None:
    work = folder / "work"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    make(folder, work)  # type: ignore[operator]
    shutil.rmtree(work)


def debian(folder: Path, work: Path) -> None:
    strap(work / "root")
    insert(folder / "debian", work / "root")
    unpack(folder / "debian", folder / "debian.root")


def mixed(folder: Path, work: Path) -> None:
    root, top = work / "root", work / "top"
    strap(root, *DEBIAN)
    insert(folder / "mixed", root)
    wheels = root / "wheels"
    run(
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--only-binary=:all:",
        "-d",
        wheels,
        *PYTHON,
        *OF_THE_ADMINISTRATOR,
    )
    inside(root, "python3", "-m", "venv", "/opt/venv")
    inside(root, "/opt/venv/bin/pip", "install", "-q", "--no-index", "--find-links", "/wheels", *PYTHON)
    own = ("--no-index", "--find-links", "/wheels", "--break-system-packages", "--ignore-installed")
    inside(root, "pip", "install", "-q", *own, *OF_THE_ADMINISTRATOR)
    (top / "app").mkdir(parents=True)
    run("npm", "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", *NODE, cwd=top / "app")
    for name in ("opt/venv", "usr/local/lib/python3.11/dist-packages"):
        shutil.copytree(root / name, top / name, symlinks=True)
    insert(folder / "mixed", top)
    unpack(folder / "mixed", folder / "mixed.root")


def strap(root: Path, *more: str) -> None:
    archive = root.with_suffix(".tar")
    include = [f"--include={','.join(more)}"] if more else []
    run("mmdebstrap", "--variant=minbase", *include, SUITE, archive)
    root.mkdir()
    run("tar", "-C", root, "--exclude=./dev/*", "-xf", archive)
    archive.unlink()


def insert(layout: Path, root: Path) -> None:
    """Put a folder into an image as one more layer."""
    if not layout.is_dir():
        run("umoci", "init", "--layout", layout)
        run("umoci", "new", "--image", f"{layout}:latest")
    run("umoci", "insert", "--image", f"{layout}:latest", f"{root}/", "/")


def unpack(layout: Path, into: Path) -> None:
    bundle = into.with_suffix(".bundle")
    run("umoci", "unpack", "--image", f"{layout}:latest", bundle)
    (bundle / "rootfs").rename(into)
    shutil.rmtree(bundle)


if __name__ == "__main__":
    lost = [name for name in PROGRAMS if not shutil.which(name)]
    if lost or os.geteuid() != 0 or len(sys.argv) != 2:
        sys.exit(f"usage, as root: {sys.argv[0]} FOLDER" + (f"; not found: {', '.join(lost)}" if lost else ""))
    build(Path(sys.argv[1]).absolute())

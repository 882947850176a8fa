"""Tiny images, honest and broken: archives made member by member, layouts made layer by layer.

layout = Layout(tmp_path).image(tar(file("etc/os-release", b"ID=debian")))
layout.damage(layout.layers[0])        # one byte of a blob
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def member(name: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", mode: int = 0o644, data: bytes = b"") -> bytes:
    """One member: header and padded content, without the end of an archive."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.size = kind, link, mode, len(data)
    header = info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    return header + data + bytes(-len(data) % 512)


def file(name: str, data: bytes = b"", mode: int = 0o644) -> bytes:
    return member(name, data=data, mode=mode)


def folder(name: str, mode: int = 0o755) -> bytes:
    return member(name.rstrip("/") + "/", tarfile.DIRTYPE, mode=mode)


def symlink(name: str, target: str) -> bytes:
    return member(name, tarfile.SYMTYPE, link=target, mode=0o777)


def hardlink(name: str, target: str) -> bytes:
    return member(name, tarfile.LNKTYPE, link=target)


def pax(records: dict[str, str], then: bytes) -> bytes:
    """A pax extended header before a member."""
    body = b""
    for key, value in records.items():
        rest = f" {key}={value}\n".encode("utf-8", "surrogateescape")
        length = len(rest)
        while len(str(length)) + len(rest) != length:
            length = len(str(length)) + len(rest)
        body += str(length).encode() + rest
    return member("PaxHeaders/x", b"x", data=body) + then


def tar(*members: bytes, end: bytes = bytes(1024)) -> bytes:
    return b"".join(members) + end


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def descriptor(data: bytes, kind: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": kind, "digest": digest(data), "size": len(data), **more}


def zipped(data: bytes) -> bytes:
    return gzip.compress(data, 1, mtime=0)


class Layout:
    """An OCI layout in a folder."""

    def __init__(self, path: Path) -> None:
        self.path = path / "layout"
        (self.path / "blobs/sha256").mkdir(parents=True)
        (self.path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.entries: list[dict[str, Any]] = []
        self.layers: list[str] = []
        """Digests of the layers of the last image."""

    @property
    def target(self) -> str:
        return f"oci:{self.path}"

    def blob(self, data: bytes) -> str:
        self.file(digest(data)).write_bytes(data)
        return digest(data)

    def file(self, name: str) -> Path:
        return self.path / "blobs/sha256" / name.removeprefix("sha256:")

    def manifest(self, *stored: bytes, archives: tuple[bytes, ...] | None = None, **config: Any) -> bytes:
        """Write layers, configuration and manifest.

        Args:
            stored: Layers as stored; uncompressed archives are compressed first.
            archives: What they are uncompressed, when that cannot be told.
            config: Overrides for the configuration.
        """
        if archives is None:
            archives = stored
            stored = tuple(zipped(archive) for archive in archives)
        self.layers = [self.blob(layer) for layer in stored]
        about = {
            "os": "linux",
            "architecture": "amd64",
            "config": {},
            "rootfs": {"type": "layers", "diff_ids": [digest(archive) for archive in archives]},
            "history": [{"created_by": f"RUN step {number}"} for number, _ in enumerate(stored)],
            **config,
        }
        data = json.dumps(about).encode()
        self.blob(data)
        manifest = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": descriptor(data, OCI_CONFIG),
            "layers": [descriptor(layer, OCI_LAYER) for layer in stored],
        }
        return self.document(manifest)

    def document(self, value: object) -> bytes:
        data = json.dumps(value).encode()
        self.blob(data)
        return data

    def image(self, *stored: bytes, tag: str | None = None, archives: tuple[bytes, ...] | None = None) -> Layout:
        """Add an image to the index."""
        more = {"annotations": {"org.opencontainers.image.ref.name": tag}} if tag else {}
        return self.add(descriptor(self.manifest(*stored, archives=archives), OCI_MANIFEST, **more))

    def add(self, entry: dict[str, Any]) -> Layout:
        self.entries.append(entry)
        self.index({"schemaVersion": 2, "manifests": self.entries})
        return self

    def index(self, value: object) -> None:
        (self.path / "index.json").write_text(json.dumps(value))

    def damage(self, name: str) -> None:
        """Change one byte in the middle of a blob."""
        data = bytearray(self.file(name).read_bytes())
        data[len(data) // 2] ^= 1
        self.file(name).write_bytes(data)

    def as_tar(self) -> Path:
        path = self.path.with_suffix(".tar")
        with tarfile.open(path, "w") as archive:
            archive.add(self.path, arcname=".")
        return path


def docker_save(path: Path, *layers: bytes, tags: tuple[str, ...] = ("app:1",), config_name: str | None = None) -> Path:
    """An archive as Docker wrote it before version 25."""
    about = {
        "os": "linux",
        "architecture": "amd64",
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
    }
    config = json.dumps(about).encode()
    name = config_name or f"{digest(config)[7:]}.json"
    names = [f"{number}/layer.tar" for number, _ in enumerate(layers)]
    listed = [{"Config": name, "RepoTags": list(tags), "Layers": names}]
    files = {"manifest.json": json.dumps(listed).encode(), name: config, **dict(zip(names, layers, strict=True))}
    with tarfile.open(path, "w") as archive:
        for at, data in files.items():
            info = tarfile.TarInfo(at)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path

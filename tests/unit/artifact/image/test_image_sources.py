"""Layouts and docker archives: every document and blob is what it says, or is refused by name."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from supplychain.artifact.image.opening import open_image, split_name
from supplychain.artifact.image.tree import Image, ImageTree
from supplychain.errors import MalformedInput, SupplychainError, UsageError, VerificationFailed
from tests.simulator.images import (
    OCI_INDEX,
    OCI_MANIFEST,
    Layout,
    descriptor,
    digest,
    docker_save,
    file,
    tar,
    zipped,
)

ARCHIVE = tar(file("etc/os-release", b"ID=x"))


def everything(path: str, size: int, mode: int) -> bool:
    return True


def images(target: str, platform: str | None = None) -> tuple[Image, ...]:
    with open_image(target) as source:
        return source.images(platform)


def read(target: str) -> ImageTree:
    with open_image(target) as source:
        (image,) = source.images()
        return source.read(image, everything)


def read_all(target: str, platform: str | None = None) -> None:
    with open_image(target) as source:
        for image in source.images(platform):
            source.read(image, everything)


def code(target: str, kind: type[SupplychainError], platform: str | None = None) -> str:
    with pytest.raises(kind) as caught:
        read_all(target, platform)
    assert caught.value.where
    return caught.value.code


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path)


def test_layout_as_a_folder_a_tar_and_a_compressed_tar(layout, tmp_path):
    layout.image(ARCHIVE, tag="v1")
    plain = layout.as_tar()
    small = tmp_path / "small.tar.gz"
    small.write_bytes(zipped(plain.read_bytes()))
    for target in (layout.target, f"oci:{plain}", f"oci:{small}", f"oci:{plain}:v1", f"docker-archive:{plain}"):
        assert set(read(target).files) == {"etc/os-release"}
    (image,) = images(layout.target)
    assert str(image.digest) == layout.entries[0]["digest"]
    assert image.index_digest is None


def test_tag_and_digest_choose(layout):
    layout.image(ARCHIVE, tag="v1").image(tar(file("b")), tag="v2")
    assert set(read(f"{layout.target}:v2").files) == {"b"}
    wanted = layout.entries[0]["digest"]
    assert str(images(f"{layout.target}@{wanted}")[0].digest) == wanted
    assert len(images(layout.target, "all")) == 2
    assert code(layout.target, UsageError) == "IMAGE_AMBIGUOUS"
    assert code(f"{layout.target}:v3", UsageError) == "TAG_MISSING"


def multi(layout: Layout, *platforms: str) -> Layout:
    entries = []
    for platform in platforms:
        os_name, architecture = platform.split("/")
        data = layout.manifest(tar(file(platform)), os=os_name, architecture=architecture)
        entries.append(descriptor(data, OCI_MANIFEST, platform={"os": os_name, "architecture": architecture}))
    attestation = layout.manifest(tar(file("x")))
    entries.append(
        descriptor(
            attestation,
            OCI_MANIFEST,
            platform={"os": "unknown", "architecture": "unknown"},
            annotations={"vnd.docker.reference.type": "attestation-manifest"},
        )
    )
    index = layout.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries})
    return layout.add(descriptor(index, OCI_INDEX))


def test_platforms(layout):
    multi(layout, "linux/arm64", "linux/amd64", "linux/s390x")
    (image,) = images(layout.target)
    assert str(image.platform) == "linux/amd64"
    assert image.platforms == ("linux/amd64", "linux/arm64", "linux/s390x")
    assert str(image.index_digest) == layout.entries[0]["digest"]
    assert [str(i.platform) for i in images(layout.target, "linux/s390x")] == ["linux/s390x"]
    assert len(images(layout.target, "all")) == 3
    assert code(layout.target, UsageError, "windows/amd64") == "PLATFORM_MISSING"


def test_no_platform_to_choose_by_default(tmp_path, layout):
    assert code(multi(layout, "linux/s390x", "linux/ppc64le").target, UsageError) == "PLATFORM_MISSING"
    (tmp_path / "one").mkdir()
    (image,) = images(multi(Layout(tmp_path / "one"), "linux/s390x").target)
    assert str(image.platform) == "linux/s390x"


def test_wrong_digest_of_a_layer_names_the_blob(layout):
    layout.image(ARCHIVE, tar(file("b", os.urandom(5000))))
    layout.damage(layout.layers[1])
    with pytest.raises(VerificationFailed) as caught:
        read(layout.target)
    assert caught.value.code == "BLOB_DIGEST"
    assert caught.value.where == f"layer 1 {layout.layers[1]}"


@pytest.mark.parametrize("change", [lambda data: data + b"x", lambda data: data[:-1]])
def test_wrong_size_of_a_layer(layout, change):
    layout.image(ARCHIVE)
    path = layout.file(layout.layers[0])
    path.write_bytes(change(path.read_bytes()))
    assert code(layout.target, VerificationFailed) == "BLOB_SIZE"


def test_truncated_gzip_that_has_the_right_digest(layout):
    layout.image(zipped(ARCHIVE)[:-10], archives=(ARCHIVE,))
    assert code(layout.target, MalformedInput) == "COMPRESSION"


def test_layer_that_is_not_the_archive_the_configuration_names(layout):
    layout.image(zipped(ARCHIVE), archives=(tar(file("other")),))
    assert code(layout.target, VerificationFailed) == "LAYER_DIGEST"


def test_config_of_a_wrong_digest(layout):
    manifest = json.loads(layout.manifest(ARCHIVE))
    layout.damage(manifest["config"]["digest"])
    layout.add(descriptor(layout.document(manifest), OCI_MANIFEST))
    assert code(layout.target, VerificationFailed) == "BLOB_DIGEST"


def test_manifest_of_a_wrong_digest(layout):
    layout.image(ARCHIVE)
    layout.damage(layout.entries[0]["digest"])
    assert code(layout.target, VerificationFailed) == "BLOB_DIGEST"


def test_blob_is_missing(layout):
    layout.image(ARCHIVE)
    layout.file(layout.layers[0]).unlink()
    assert code(layout.target, MalformedInput) == "BLOB_MISSING"


def test_a_pipe_in_place_of_a_blob_holds_nobody(layout):
    layout.image(ARCHIVE)
    path = layout.file(layout.layers[0])
    path.unlink()
    os.mkfifo(path)
    assert code(layout.target, MalformedInput) == "BLOB_MISSING"


def test_index_that_lists_itself(layout):
    # Its digest cannot be right; where it is not checked (the top), nothing must go round for ever.
    name = "sha256:" + "0" * 64
    index = json.dumps({"schemaVersion": 2, "manifests": [{"mediaType": OCI_INDEX, "digest": name, "size": 99}]})
    layout.file(name).write_text(index)
    layout.index(json.loads(index))
    assert code(layout.target, VerificationFailed) == "BLOB_SIZE"


def test_indexes_nested_without_end(layout):
    data = layout.manifest(ARCHIVE)
    kind = OCI_MANIFEST
    for _ in range(8):
        data = layout.document({"schemaVersion": 2, "manifests": [descriptor(data, kind)]})
        kind = OCI_INDEX
    layout.add(descriptor(data, kind))
    assert code(layout.target, MalformedInput) == "INDEX_CYCLE"


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ({"schemaVersion": 2, "manifests": []}, "INDEX_EMPTY"),
        ({"schemaVersion": 2, "manifests": None}, "INDEX_EMPTY"),
        ({"schemaVersion": 2}, "MANIFEST"),
        ([], "NOT_AN_OBJECT"),
        ({"manifests": {}}, "MANIFEST"),
        ({"manifests": [{"digest": "sha256:zz", "size": 1}]}, "NOT_A_DIGEST"),
        ({"manifests": [{"digest": "sha256:../../../../etc/passwd", "size": 1}]}, "NOT_A_DIGEST"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64}]}, "MANIFEST"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": -1}]}, "MANIFEST"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": True}]}, "MANIFEST"),
        ({"manifests": [], "layers": [], "config": {}}, "AMBIGUOUS_MANIFEST"),
        ({"mediaType": OCI_MANIFEST, "manifests": [1]}, "MANIFEST"),
        ({"schemaVersion": 1, "fsLayers": []}, "MANIFEST"),
        ({"manifests": [{"digest": "sha256:" + "0" * 64, "size": 1 << 40}]}, "TOO_LARGE"),
    ],
)
def test_bad_index(layout, index, expected):
    layout.index(index)
    assert code(layout.target, MalformedInput) == expected


def test_not_a_container_image(layout):
    config = b"{}"
    layout.blob(config)
    chart = {
        "schemaVersion": 2,
        "config": descriptor(config, "application/vnd.cncf.helm.config.v1+json"),
        "layers": [],
    }
    layout.add(descriptor(layout.document(chart), OCI_MANIFEST))
    assert code(layout.target, MalformedInput) == "NOT_AN_IMAGE"
    layout.image(ARCHIVE)
    assert set(read(layout.target).files) == {"etc/os-release"}


def test_encrypted_layer(layout):
    manifest = json.loads(layout.manifest(ARCHIVE))
    manifest["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.v1.tar+gzip+encrypted"
    layout.add(descriptor(layout.document(manifest), OCI_MANIFEST))
    assert code(layout.target, MalformedInput) == "LAYER_KIND"


def test_configuration_for_another_number_of_layers(layout):
    data = layout.manifest(ARCHIVE, rootfs={"type": "layers", "diff_ids": []})
    layout.add(descriptor(data, OCI_MANIFEST))
    assert code(layout.target, MalformedInput) == "MANIFEST"


def test_unknown_layout_version(layout):
    layout.image(ARCHIVE)
    (layout.path / "oci-layout").write_text('{"imageLayoutVersion":"9"}')
    assert code(layout.target, MalformedInput) == "LAYOUT_VERSION"


def test_docker_archive_of_old(tmp_path):
    path = docker_save(tmp_path / "a:b.tar", ARCHIVE, tar(file("b")))
    (image,) = images(f"docker-archive:{path}")
    assert (image.reference, image.config_digest) == ("app:1", image.digest)
    assert set(read(f"docker-archive:{path}:app:1").files) == {"b", "etc/os-release"}
    assert code(f"docker-archive:{path}:app:2", UsageError) == "TAG_MISSING"


def test_docker_archive_with_a_configuration_of_another_name(tmp_path):
    path = docker_save(tmp_path / "a.tar", ARCHIVE, config_name="0" * 64 + ".json")
    assert code(f"docker-archive:{path}", VerificationFailed) == "BLOB_DIGEST"


def test_docker_archive_with_a_changed_layer(tmp_path):
    path = docker_save(tmp_path / "a.tar", ARCHIVE)
    path.write_bytes(path.read_bytes().replace(b"ID=x", b"ID=y"))
    assert code(f"docker-archive:{path}", VerificationFailed) == "LAYER_DIGEST"


@pytest.mark.parametrize("scheme", ["oci", "docker-archive", "rootfs"])
def test_nothing_there(tmp_path, scheme):
    assert code(f"{scheme}:{tmp_path}/no", UsageError) == "FILE_MISSING"


def test_a_folder_that_is_no_layout(tmp_path):
    assert code(f"oci:{tmp_path}", UsageError) == "NOT_A_LAYOUT"


def test_the_longest_existing_path_is_the_path(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a:1").mkdir()
    assert split_name(f"{tmp_path}/a:1") == (tmp_path / "a:1", None)
    assert split_name(f"{tmp_path}/a:2") == (tmp_path / "a", "2")
    assert split_name(f"{tmp_path}/a:r/n:2") == (tmp_path / "a", "r/n:2")
    assert split_name(f"{tmp_path}/a@{digest(b'')}") == (tmp_path / "a", "@" + digest(b""))


REFUSED = {
    "source_image_with_empty_layer_history.tar": "BLOB_DIGEST",
    "content.tar": "NOT_A_DOCKER_ARCHIVE",
    "no_manifest.tar": "NOT_A_DOCKER_ARCHIVE",
    "null_manifest.tar": "INDEX_EMPTY",
    "empty.tar": "NOT_A_DOCKER_ARCHIVE",
    "escape.tar": "NOT_A_DOCKER_ARCHIVE",
    "test_gc_image_unknown_mediatype": "INDEX_EMPTY",
    "test_index_media_type": "NOT_AN_IMAGE",
    "invalid_file": "NOT_JSON",
    "no_manifests": "MANIFEST",
    "valid_manifest": "BLOB_SIZE",
}


@pytest.mark.shared
def test_every_shared_image_is_read_or_refused_for_its_reason(shared):
    archives = [f"docker-archive:{path}" for path in (shared / "images").rglob("*.tar")]
    layouts = [f"oci:{path.parent}" for path in (shared / "images").rglob("index.json")]
    assert len(archives) > 20
    assert len(layouts) > 8
    for target in archives + layouts:
        name = Path(target.partition(":")[2]).name
        if name in REFUSED:
            assert code(target, SupplychainError, "all") == REFUSED[name], target
        else:
            read_all(target, "all")

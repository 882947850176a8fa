"""Which base the annotations name, and where it may be looked up."""

from __future__ import annotations

import json

import pytest

from supplychain.errors import UsageError
from supplychain.inventory.image.base_image import Evidence
from supplychain.inventory.image.reading import open_images
from supplychain.inventory.target import ImageTarget
from tests.simulator.images import OCI_MANIFEST, Layout, descriptor, file, tar
from tests.simulator.registry_server import RegistryServer

LOW, MIDDLE, TOP = (tar(file(f"f{number}", b"x" * 2000)) for number in range(3))


def two(layout: Layout, name: str, **annotations: str) -> str:
    """A base, and an image on it that names it; the digest of the base."""
    named = {"org.opencontainers.image.ref.name": "base"}
    layout.add(descriptor(layout.manifest(LOW, MIDDLE), OCI_MANIFEST, annotations=named))
    base = str(layout.entries[0]["digest"])
    manifest = json.loads(layout.manifest(LOW, MIDDLE, TOP))
    manifest["annotations"] = {
        "org.opencontainers.image.base.name": name,
        "org.opencontainers.image.base.digest": base,
        **annotations,
    }
    named = {"org.opencontainers.image.ref.name": "app"}
    layout.add(descriptor(layout.document(manifest), OCI_MANIFEST, annotations=named))
    return base


def bases(target: ImageTarget):
    with open_images(target) as images:
        return [one.base for one in images]


def test_a_base_in_the_same_layout_is_found_by_its_digest(tmp_path):
    layout = Layout(tmp_path)
    digest = two(layout, "elsewhere.example/base")
    (base,) = bases(ImageTarget(text=f"{layout.target}:app"))
    assert (base.layers, base.evidence) == (2, Evidence.ANNOTATION)
    assert base.name == f"elsewhere.example/base@{digest}"


def test_a_base_that_is_not_there_is_told_and_nothing_is_claimed(tmp_path):
    layout = Layout(tmp_path)
    two(layout, "b", **{"org.opencontainers.image.base.digest": "sha256:" + "0" * 64})
    (base,) = bases(ImageTarget(text=f"{layout.target}:app"))
    assert (base.layers, base.evidence) == (0, Evidence.NONE)
    assert base.note == f"the base is named but not at hand; give it with --base b@sha256:{'0' * 64}"


def test_a_broken_base_is_told(tmp_path):
    layout = Layout(tmp_path)
    layout.damage(two(layout, "b"))
    (base,) = bases(ImageTarget(text=f"{layout.target}:app"))
    assert (base.layers, "cannot be looked at: the blob does not match" in base.note) == (0, True)


@pytest.mark.parametrize("name", ["not a name", "../../etc/passwd", "oci:/etc", ""])
def test_a_base_of_an_impossible_name_goes_nowhere(tmp_path, name):
    layout = Layout(tmp_path)
    two(layout, name, **{"org.opencontainers.image.base.digest": "sha256:junk"})
    (base,) = bases(ImageTarget(text=f"{layout.target}:app"))
    assert base.layers == 0


@pytest.mark.parametrize("given", [":base", "@"], ids=["tag", "digest"])
def test_a_given_base_is_compared_layer_by_layer(tmp_path, given):
    layout = Layout(tmp_path)
    digest = two(layout, "b")
    text = layout.target + (f"@{digest}" if given == "@" else given)
    (base,) = bases(ImageTarget(text=f"{layout.target}:app", base=text))
    assert (base.layers, base.evidence) == (2, Evidence.GIVEN)
    (base,) = bases(ImageTarget(text=f"{layout.target}:base", base=f"{layout.target}:app"))
    assert (base.layers, base.evidence) == (0, Evidence.NONE)
    assert base.note == "the given base does not fit: of its 3 layers only the first 2 are in the image"


def test_a_base_for_what_has_no_layers(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root/x").touch()
    layout = Layout(tmp_path).image(LOW)
    with pytest.raises(UsageError):
        bases(ImageTarget(text=f"rootfs:{tmp_path}/root", base=layout.target))


def test_a_base_is_looked_up_in_the_registry_of_the_image_alone(tmp_path):
    with RegistryServer() as server, RegistryServer() as stranger:
        for number, host in enumerate((server.host, stranger.host)):
            (tmp_path / str(number)).mkdir()
            layout = Layout(tmp_path / str(number))
            two(layout, f"{host}/base")
            server.put("v1", layout)
            stranger.put("v1", layout)
            app = str(layout.entries[1]["digest"])
            (base,) = bases(ImageTarget(text=f"{server.host}/app@{app}", home=tmp_path / f"home{number}"))
            if host == server.host:
                assert (base.layers, base.evidence) == (2, Evidence.ANNOTATION)
            else:
                assert (base.layers, base.note.startswith("the base is named but not at hand")) == (0, True)
        assert stranger.requests == []


def test_a_base_that_was_pulled_before_is_known_without_asking(tmp_path):
    home = tmp_path / "home"
    with RegistryServer() as other:
        layout = Layout(tmp_path)
        digest = two(layout, f"{other.host}/base")
        other.put("v1", layout)
        bases(ImageTarget(text=f"{other.host}/base@{digest}", home=home))
        other.requests.clear()
        with RegistryServer() as server:
            server.put("v1", layout)
            app = str(layout.entries[1]["digest"])
            (base,) = bases(ImageTarget(text=f"{server.host}/app@{app}", home=home))
        assert (base.layers, base.evidence) == (2, Evidence.ANNOTATION)
        assert other.requests == []

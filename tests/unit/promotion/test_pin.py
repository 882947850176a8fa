"""Digests written into kustomizations, Helm values and manifests: the pins change, and nothing else does."""

from __future__ import annotations

import json

import pytest
import yaml

from supplychain.artifact.digest import Digest
from supplychain.errors import MalformedInput, UsageError
from supplychain.promotion.pin import pin_image

DIGEST = Digest(algorithm="sha256", hex="ab" * 32)
IMAGE = "registry.example/shop"
KUSTOMIZATION = """\
# which image runs where   <- a comment
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
images:
  - name: registry.example/shop
    newName: mirror.example/shop   # kept
    newTag: "1.0"                  # goes
  - name: registry.example/other
    newTag: "2.0"
"""
VALUES = """\
replicas: 2
image:
  registry: registry.example
  repository: shop
  tag: "1.0"
  pullPolicy: Always
sidecar: {image: {repository: registry.example/shop, tag: 1.0, digest: }}
"""
MANIFESTS = """\
apiVersion: apps/v1
kind: Deployment
spec:
  template:
    spec:
      initContainers:
        - {name: setup, image: registry.example/shop:1.0}
      containers:
        - name: \u00fcbung
          image: "registry.example/shop:1.0@sha256:00"
        - name: other
          image: registry.example/shop-tools:1.0
---
kind: Pod
spec:
  containers:
    - image: registry.example/shop
      name: x
"""


def pinned(text, image=IMAGE, where="x.yaml"):
    return pin_image(text, image, DIGEST, where=where)


def test_kustomization():
    done = pinned(KUSTOMIZATION)
    assert done.text == KUSTOMIZATION.replace('newTag: "1.0"', f"digest: {DIGEST}")
    assert (done.lines, done.changed) == ((7,), True)
    again = pinned(done.text)
    assert (again.text, again.changed) == (done.text, False)


def test_a_digest_takes_the_place_of_an_older_one_and_of_a_tag():
    text = KUSTOMIZATION.replace('    newTag: "1.0"', '    digest: sha256:00\n    newTag: "1.0"')
    entry = yaml.safe_load(pinned(text).text)["images"][0]
    assert entry == {"name": IMAGE, "newName": "mirror.example/shop", "digest": str(DIGEST)}


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("  - name: registry.example/shop\n", {"name": IMAGE}),
        ("  - name: registry.example/shop", {"name": IMAGE}),
        ("  - newTag: x\n    name: registry.example/shop\n", {"name": IMAGE}),
        ("  - newTag: x\n    name: registry.example/shop\n    digest: sha256:1\n", {"name": IMAGE}),
        ("  - {name: registry.example/shop, newName: y}\n", {"name": IMAGE, "newName": "y"}),
        ("  - {name: registry.example/shop, newTag: 1}\n", {"name": IMAGE}),
        ("  - {newTag: 1, name: registry.example/shop, digest: sha256:1}\n", {"name": IMAGE}),
        ("  - {name: registry.example/shop, digest: sha256:1, newTag: 1}\n", {"name": IMAGE}),
    ],
)
def test_every_way_to_write_an_entry(entry, expected):
    text = f"images:\n{entry}"
    done = pinned(text, where="deploy/kustomization.yaml")
    assert yaml.safe_load(done.text)["images"] == [{**expected, "digest": str(DIGEST)}]


def test_values_of_a_chart():
    done = pinned(VALUES)
    assert yaml.safe_load(done.text) == {
        "replicas": 2,
        "image": {"registry": "registry.example", "repository": "shop", "tag": f"1.0@{DIGEST}", "pullPolicy": "Always"},
        "sidecar": {"image": {"repository": IMAGE, "tag": 1.0, "digest": str(DIGEST)}},
    }
    assert not pinned(done.text).changed


def test_manifests():
    done = pinned(MANIFESTS)
    deployment, pod = yaml.safe_load_all(done.text)
    spec = deployment["spec"]["template"]["spec"]
    assert spec["initContainers"] == [{"name": "setup", "image": f"{IMAGE}@{DIGEST}"}]
    assert [c["image"] for c in spec["containers"]] == [f"{IMAGE}@{DIGEST}", "registry.example/shop-tools:1.0"]
    assert pod["spec"]["containers"][0]["image"] == f"{IMAGE}@{DIGEST}"
    assert done.lines == (7, 10, 17)


def test_short_names_mean_the_same_image():
    done = pinned("image: nginx:1.2\n", image="docker.io/library/nginx")
    assert done.text == f"image: nginx@{DIGEST}\n"


def test_a_digest_that_is_there_and_empty_is_filled():
    for text in (
        "images:\n- name: registry.example/shop\n  digest:\n",
        "images: [{name: registry.example/shop, digest: }]",
    ):
        done = pinned(text, where="kustomization.yaml")
        assert yaml.safe_load(done.text)["images"] == [{"name": IMAGE, "digest": str(DIGEST)}]


def test_what_the_image_is_renamed_to_is_the_image():
    text = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nimages:\n- {name: shop, newName: registry.example/shop}\n"
    assert yaml.safe_load(pinned(text).text)["images"][0]["digest"] == str(DIGEST)


@pytest.mark.parametrize("key", ["image", "name"])
def test_values_that_call_the_repository_otherwise(key):
    done = pinned(f"shop:\n  {key}: registry.example/shop\n  tag: v1\n")
    assert yaml.safe_load(done.text) == {"shop": {key: IMAGE, "tag": f"v1@{DIGEST}"}}
    done = pinned("shop: {image: registry.example/shop:1, tag: v1}\n")
    assert yaml.safe_load(done.text)["shop"]["image"] == f"{IMAGE}@{DIGEST}"


def test_json_stays_json():
    for text, where in (
        ('{"image":"registry.example/shop:1","x":1}\n', "pod.json"),
        ('{"kind": "Kustomization", "images": [{"name": "registry.example/shop", "newTag": "1"}]}', "k.json"),
        ('{"kind": "Kustomization", "images": [{"name": "registry.example/shop"}]}', "k.json"),
    ):
        done = pinned(text, where=where)
        assert json.loads(done.text) == yaml.safe_load(done.text)
        assert str(DIGEST) in done.text


def test_line_ends_stay_what_they_are():
    done = pinned("images:\r\n- name: registry.example/shop\r\n  newName: z\r\n", where="kustomization.yaml")
    assert done.text.count("\n") == done.text.count("\r\n") == 4


def test_what_still_follows_a_tag_elsewhere_is_told():
    text = """\
image: registry.example/shop:1
args: ["--sidecar=registry.example/shop:1", "registry.example/shop-tools:1", "registry.example/shop"]
sidecar: registry.example/shop:2
"""
    done = pinned(text)
    assert done.left == (2, 3)
    patch = (
        "kind: Kustomization\nimages: [{name: registry.example/shop}]\npatch: |-\n  value: registry.example/shop:1\n"
    )
    assert pinned(patch).left == (3,)
    assert not pinned(MANIFESTS).left


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("image: registry.example/other:1\n", "PIN_NOT_FOUND"),
        ("name: registry.example/shop\n", "PIN_NOT_FOUND"),
        ("", "PIN_NOT_FOUND"),
        ("image: registry.example/shop:1\nimage: registry.example/shop:2\n", "PIN_NO_PLACE"),
        ("image: {repository: registry.example/shop, tag: 1, tag: 2}\n", "PIN_NO_PLACE"),
        ("image: >-\n  registry.example/shop:1\nname: x\n", "PIN_NO_PLACE"),
        ("image: {repository: registry.example/shop}\n", "PIN_NO_PLACE"),
        ("image: {repository: registry.example/shop, tag: ''}\n", "PIN_NO_PLACE"),
    ],
)
def test_what_cannot_be_pinned_is_an_error(text, code):
    with pytest.raises(UsageError) as caught:
        pinned(text)
    assert caught.value.code == code


@pytest.mark.parametrize("image", ["Registry.Example/Shop", "shop!", "@sha256:00"])
def test_what_is_no_name_of_an_image_pins_no_other_that_is_none(image):
    with pytest.raises(UsageError) as caught:
        pinned("image: Registry.Example/Other:1\n", image=image)
    assert (caught.value.code, caught.value.message) == ("PIN_NOT_FOUND", "this is no name of an image")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("image: [registry.example/shop\n", "NOT_YAML"),
        ("a: &x registry.example/shop\nimage: *x\n", "YAML_ALIAS"),
        ("{a: " * 101 + "1" + "}" * 101, "YAML_TOO_DEEP"),
        ("{[a]: b}: c\n", "NOT_YAML"),
        ("image: \x00\n", "NOT_YAML"),
        ("a: b\n" * 2_000_000, "TOO_LARGE"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text, code):
    with pytest.raises(MalformedInput) as caught:
        pinned(text)
    assert caught.value.code == code

"""Digests written into kustomizations, Helm values and manifests: the pins change, and nothing else does."""

from __future__ import annotations

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


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("image: registry.example/other:1\n", "PIN_NOT_FOUND"),
        ("name: registry.example/shop\n", "PIN_NOT_FOUND"),
        ("", "PIN_NOT_FOUND"),
        ("image: {repository: registry.example/shop}\n", "PIN_NO_PLACE"),
        ("image: {repository: registry.example/shop, tag: ''}\n", "PIN_NO_PLACE"),
    ],
)
def test_what_cannot_be_pinned_is_an_error(text, code):
    with pytest.raises(UsageError) as caught:
        pinned(text)
    assert caught.value.code == code


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

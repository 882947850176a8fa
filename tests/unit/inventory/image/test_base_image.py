from __future__ import annotations

from dataclasses import replace

import pytest

from supplychain.inventory.image.base_image import base_layers, base_name

LAYER = {"created_by": "RUN x"}
END = {"created_by": '/bin/sh -c #(nop)  CMD ["bash"]', "empty_layer": True}
ENV = {"created_by": "ENV A=b", "empty_layer": True}


@pytest.mark.parametrize(
    ("history", "count"),
    [
        ([LAYER, END, LAYER, LAYER, END], 1),
        ([LAYER, END, ENV, LAYER, {"created_by": "CMD [x]", "empty_layer": True}, LAYER], 2),
        ([LAYER, END], 0),
        ([LAYER, LAYER], 0),
        ([], 0),
        ("junk", 0),
        ([1, None, END], 0),
    ],
)
def test_the_history_shows_where_the_base_ends(image, history, count):
    assert base_layers(image(3, config={"history": history})) == count


def test_a_given_base_counts_only_if_its_layers_are_there(image):
    whole, base = image(3), image(2)
    assert base_layers(whole, base) == 2
    assert base_layers(whole, replace(base, layers=base.layers[::-1])) == 0


def test_what_the_image_says_of_its_base(image):
    labels = {"org.opencontainers.image.base.name": "docker.io/library/debian:12"}
    assert base_name(image(config={"config": {"Labels": labels}})) == "docker.io/library/debian:12"
    both = {**labels, "org.opencontainers.image.base.digest": "sha256:1"}
    assert base_name(image(annotations=both)) == "docker.io/library/debian:12@sha256:1"
    assert base_name(image(config={"config": None})) == ""

from __future__ import annotations

from dataclasses import replace

import pytest

from supplychain.inventory.image.base_image import Base, Evidence, Origin, base_name, find_base

LAYER = {"created_by": "RUN x"}
END = {"created_by": '/bin/sh -c #(nop)  CMD ["bash"]', "empty_layer": True}
ENV = {"created_by": "ENV A=b", "empty_layer": True}


@pytest.mark.parametrize(
    ("history", "count"),
    [
        ([LAYER, END, LAYER, LAYER, END], 1),
        ([LAYER, END, ENV, LAYER, {"created_by": "CMD [x]", "empty_layer": True}, LAYER], 2),
        ([LAYER, LAYER, LAYER, END], 0),
        ([LAYER, END], 0),
        ([LAYER, END, LAYER], 0),
        ([], 0),
        ("junk", 0),
        ([1, None, END], 0),
    ],
    ids=["usual", "twice", "at the end", "short", "of two layers", "empty", "junk", "mixed junk"],
)
def test_the_history_shows_where_the_base_ends(image, history, count):
    found = find_base(image(3, config={"history": history}))
    assert (found.layers, found.evidence) == (count, Evidence.HISTORY if count else Evidence.NONE)


def test_the_history_tells_the_age_of_the_base(image):
    whole = image(2, config={"history": [LAYER, END, LAYER]})
    layers = (replace(whole.layers[0], created="2020-01-01T00:00:00Z"), whole.layers[1])
    assert find_base(replace(whole, layers=layers)).created == "2020-01-01T00:00:00Z"


def test_a_given_base_counts_only_if_its_layers_are_there(image):
    whole, base = image(3, config={"history": [LAYER, END, LAYER, LAYER]}), image(2, config={"created": "x"})
    found = find_base(whole, given=base)
    assert (found.layers, found.evidence, found.created, found.note) == (2, Evidence.GIVEN, "x", "")
    assert found.name == f"{base.reference}@{base.digest}"
    wrong = find_base(whole, given=replace(base, layers=base.layers[::-1]))
    assert (wrong.layers, wrong.evidence) == (0, Evidence.NONE), "nothing is guessed beside it"
    assert "of its 2 layers only the first 0 are in the image" in wrong.note
    assert find_base(whole, given=image(4)).layers == 0
    assert find_base(whole, given=image(0)).note.endswith("it has no layers")


def test_an_annotated_base_goes_before_the_history_and_must_fit(image):
    whole = image(
        3, config={"history": [LAYER, END, LAYER, LAYER]}, annotations={"org.opencontainers.image.base.name": "b"}
    )
    assert (find_base(whole, annotated=image(2)).layers, find_base(whole, annotated=image(2)).evidence) == (
        2,
        Evidence.ANNOTATION,
    )
    other = find_base(whole, annotated=image(4))
    assert (other.layers, other.evidence, other.name) == (1, Evidence.HISTORY, "b")
    assert "the base that the annotations name does not fit" in other.note


def test_origins():
    base = Base(layers=2, evidence=Evidence.GIVEN)
    assert [base.origin(index) for index in (0, 1, 2, None)] == [
        Origin.BASE,
        Origin.BASE,
        Origin.APPLICATION,
        Origin.UNKNOWN,
    ]
    assert Base().origin(0) is Origin.UNKNOWN


def test_what_the_image_says_of_its_base(image):
    labels = {"org.opencontainers.image.base.name": "docker.io/library/debian:12"}
    assert base_name(image(config={"config": {"Labels": labels}})) == "docker.io/library/debian:12"
    both = {**labels, "org.opencontainers.image.base.digest": "sha256:1"}
    assert base_name(image(annotations=both)) == "docker.io/library/debian:12@sha256:1"
    assert base_name(image(config={"config": None})) == ""
    assert base_name(image(config={"config": {"Labels": {"org.opencontainers.image.base.name": None}}})) == ""

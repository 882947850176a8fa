"""Views, trees and images for tests of catalogers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from supplychain.artifact.image.tree import Image, ImageTree
from supplychain.inventory.image.interface import Distribution, View
from supplychain.inventory.image.wanted import group_by_kind
from tests.simulator.image_trees import Content, image_of, tree_of

DEBIAN = Distribution(id="debian", version="12", origin="etc/os-release")


@pytest.fixture
def view() -> Callable[..., View]:
    """A view of one or more layers; `distribution` defaults to Debian 12."""

    def make(*layers: Mapping[str, Content], distribution: Distribution = DEBIAN) -> View:
        tree = tree_of(*layers)
        return View(tree=tree, kinds=group_by_kind(tree), distribution=distribution)

    return make


@pytest.fixture
def tree() -> Callable[..., ImageTree]:
    """A tree as the inventory wants it."""
    return tree_of


@pytest.fixture
def image() -> Callable[..., Image]:
    """An image of a number of layers."""
    return image_of

"""Where a store is, as a person writes it: a folder, or `oci:HOST/REPO` for a repository of a registry.

To add a kind of store: a class that has what `interface.Store` asks for, and a line here.
"""

from __future__ import annotations

from pathlib import Path

from supplychain.artifact.image.reference import DOCKER_HUB, Reference, parse_reference
from supplychain.errors import UsageError
from supplychain.store.directory import DirectoryStore
from supplychain.store.interface import Store

SCHEME = "oci:"
Place = Path | Reference
"""A folder, or a repository of a registry."""


def parse_place(text: str, *, base: Path = Path()) -> Place:
    """Read where a store is.

    Args:
        text: `DIR` or `oci:HOST/REPO`.
        base: Folder that a relative folder starts at.

    Raises:
        UsageError: `NOT_A_STORE`.
    """
    if text.startswith(SCHEME):
        return _repository(text, text.removeprefix(SCHEME))
    if "://" in text:
        raise _no_store(text, "a store of that kind is not known")
    if not text:
        raise _no_store(text, "the store has no name")
    return base / Path(text).expanduser()


def open_store(place: Place) -> Store:
    """The store at a place; nothing is asked or made yet."""
    match place:
        case Path():
            return DirectoryStore(place)
        case Reference():
            from supplychain.store.oci import OciStore

            return OciStore(place)


def _repository(text: str, rest: str) -> Reference:
    try:
        reference = parse_reference(rest)
    except UsageError:
        raise _no_store(text, "not a repository of a registry") from None
    named = rest.partition("/")[0] in (reference.registry, "index.docker.io")
    if not named:
        raise _no_store(text, f"the registry is not named; {DOCKER_HUB} is not guessed here")
    if reference.digest is not None or rest.rpartition("/")[2].count(":"):
        raise _no_store(text, "a store is a whole repository, without a tag or digest")
    return reference


def _no_store(text: str, message: str) -> UsageError:
    return UsageError(
        message, code="NOT_A_STORE", where=text[:200] or '""', expected="a folder, or oci:HOST/REPOSITORY"
    )

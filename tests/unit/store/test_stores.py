"""What every store has to do, whatever it is made of: one set of tests over all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.artifact.image.credentials import Credentials
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.registry_client import RegistryClient
from supplychain.artifact.image.registry_push import PushClient
from supplychain.errors import ToolFailed
from supplychain.store.directory import DirectoryStore
from supplychain.store.interface import Store
from supplychain.store.oci import OciStore
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.keys import pem_pair
from tests.simulator.real_registry import RealRegistry

A, B = Digest.of_bytes(b"a"), Digest.of_bytes(b"b")
LONG = Digest(algorithm="sha512", hex="0123456789abcdef" * 8)
Make = Callable[[ExitStack, Path], Store]


def directory(_: ExitStack, folder: Path) -> Store:
    return DirectoryStore(folder / "store")


def with_referrers(stack: ExitStack, _: Path) -> Store:
    return stack.enter_context(EvidenceRegistry()).store()


def with_pages(stack: ExitStack, _: Path) -> Store:
    registry = stack.enter_context(EvidenceRegistry(filters=False))
    registry.page = 1
    return registry.store()


def without_referrers(stack: ExitStack, _: Path) -> Store:
    return stack.enter_context(EvidenceRegistry(referrers=False)).store()


def with_conditions(stack: ExitStack, _: Path) -> Store:
    return stack.enter_context(EvidenceRegistry(referrers=False, conditions=True)).store()


def with_basic(stack: ExitStack, folder: Path) -> Store:
    registry = stack.enter_context(EvidenceRegistry())
    registry.behaviour.auth = "basic"
    return registry.store(login=registry.login(folder))


def with_token(stack: ExitStack, folder: Path) -> Store:
    registry = stack.enter_context(EvidenceRegistry(referrers=False))
    registry.behaviour.auth = "bearer"
    return registry.store(login=registry.login(folder))


def real(stack: ExitStack, folder: Path) -> Store:
    registry = stack.enter_context(RealRegistry(folder / "registry"))
    reference = parse_reference(f"{registry.host}/team/evidence")
    known = Credentials((registry.login / "config.json",))
    return OciStore(
        reference, reader=RegistryClient(reference, credentials=known), writer=PushClient(reference, credentials=known)
    )


@pytest.fixture(
    params=[
        directory,
        with_referrers,
        with_pages,
        without_referrers,
        with_conditions,
        with_basic,
        with_token,
        pytest.param(real, marks=pytest.mark.tools),
    ],
    ids=lambda make: make.__name__,
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    make: Make = request.param
    with ExitStack() as stack:
        made = make(stack, tmp_path)
        yield made
        made.close()


def data_of(store: Store, subject: Digest) -> list[bytes]:
    return [found.data for found in store.find(subject)]


def test_nothing_is_there_at_first(store: Store) -> None:
    assert store.find(A) == ()
    assert store.document(A) is None
    assert store.subjects() == ()
    assert store.documents() == ()


def test_what_was_put_comes_back_under_every_subject(store: Store) -> None:
    place = store.put([A, B], "provenance-1", b"one")
    store.put([A], "scan-2", b"two")
    assert data_of(store, A) == [b"one", b"two"]
    assert data_of(store, B) == [b"one"]
    assert [(found.name, found.ref == place) for found in store.find(A)] == [("provenance-1", True), ("scan-2", False)]
    assert store.subjects() == tuple(sorted([A, B]))


def test_the_same_content_is_kept_once(store: Store) -> None:
    first = store.put([A], "scan-2", b"two")
    assert store.put([A], "scan-2", b"two") == first
    assert data_of(store, A) == [b"two"]


def test_another_store_at_the_same_place_finds_it(store: Store) -> None:
    store.put([A], "x", b"one")
    store.close()
    assert data_of(store, A) == [b"one"]


def test_the_order_is_that_of_the_names(store: Store) -> None:
    for name in ("c", "a", "b"):
        store.put([A], name, name.encode())
    assert data_of(store, A) == [b"a", b"b", b"c"]


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "A", "a\n", "a" * 200, "a b", "\u00e9"])
def test_a_name_is_one_harmless_word(store: Store, name: str) -> None:
    with pytest.raises(ValueError, match="not a name"):
        store.put([A], name, b"x")
    assert store.find(A) == ()


def test_bytes_come_back_as_they_were(store: Store) -> None:
    for number, data in enumerate((b'{"a":1}', b'{\r\n "a" : 1}\n', bytes(range(256)), b"\xff\xfe" * 1_000_000)):
        store.put([A], f"e-{number}", data)
        assert data in data_of(store, A)


def test_longer_digests(store: Store) -> None:
    store.put([LONG], "x", b"one")
    assert data_of(store, LONG) == [b"one"]
    assert store.find(Digest(algorithm="sha256", hex=LONG.hex[:64])) == ()


def test_documents(store: Store) -> None:
    digest = store.put_document(b"content")
    store.put_document(b"content")
    assert digest == Digest.of_bytes(b"content")
    assert store.document(digest) == b"content"
    assert store.document(A) is None
    assert store.document(Digest(algorithm="sha512", hex="0" * 128)) is None
    assert store.documents() == (digest,)
    assert store.subjects() == ()


def test_a_document_in_pieces(store: Store) -> None:
    data = pem_pair("release")[0] * 100_000
    assert len(data) > 20_000_000
    assert store.document(store.put_document(data)) == data


def test_a_place_that_is_no_store_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    with EvidenceRegistry() as registry:
        gone = registry.store()
    for store in (DirectoryStore(tmp_path / "file"), gone):
        for ask in (lambda s: s.find(A), lambda s: s.subjects(), lambda s: s.put([A], "x", b"x")):
            with pytest.raises(ToolFailed):
                ask(store)

"""The store in a registry: what it writes, what it reads of others, and what a registry may do to it."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.errors import ToolFailed
from supplychain.signing.envelope import BUNDLE_TYPE
from supplychain.store import oci, referrers
from tests.simulator import evidence
from tests.simulator.evidence_registry import EvidenceRegistry
from tests.simulator.images import OCI_INDEX, OCI_MANIFEST
from tests.simulator.keys import write_keys

A, B = Digest.of_bytes(b"a"), Digest.of_bytes(b"b")
TAG = f"sha256-{A.hex}"
DSSE = "application/vnd.dsse.envelope.v1+json"
AT = datetime(2026, 11, 20, 12, 30, tzinfo=UTC)


def code(ask: Callable[[], object]) -> str:
    with pytest.raises(ToolFailed) as caught:
        ask()
    return caught.value.code


def bundle(folder: Path) -> bytes:
    signer = write_keys(folder)["release"]
    return signer.sign(evidence.sast([Artifact(name="a", digest=A)], at=AT)).to_bundle()


# what is written


def test_it_writes_what_cosign_and_github_write(tmp_path: Path) -> None:
    with EvidenceRegistry() as registry:
        image = registry.add_manifest({"schemaVersion": 2, "mediaType": OCI_MANIFEST}, "v1")
        data = bundle(tmp_path)
        name = registry.store().put([Digest.parse(image["digest"])], "scan-1", data).partition("@")[2]
        body = json.loads(registry.blobs[name])
    assert body["artifactType"] == BUNDLE_TYPE
    assert body["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    assert body["subject"] == image
    (layer,) = body["layers"]
    assert (layer["mediaType"], layer["digest"], layer["size"]) == (BUNDLE_TYPE, str(Digest.of_bytes(data)), len(data))
    assert body["annotations"] == {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": "urn:supplychain:predicate:scan:v1",
        "org.opencontainers.image.created": "2026-11-20T12:30:00Z",
    }
    assert set(registry.tags) == {"v1"}


def test_it_writes_the_index_where_the_registry_keeps_none(tmp_path: Path) -> None:
    with EvidenceRegistry(referrers=False) as registry:
        name = registry.store().put([A], "scan-1", bundle(tmp_path)).partition("@")[2]
        index = json.loads(registry.tags[TAG])
    assert index["mediaType"] == OCI_INDEX
    (line,) = index["manifests"]
    assert (line["digest"], line["artifactType"]) == (name, BUNDLE_TYPE)
    assert line["annotations"]["dev.sigstore.bundle.predicateType"] == "urn:supplychain:predicate:scan:v1"
    assert set(registry.tags) == {TAG, f"{TAG}.{name[7:39]}.ev"}


def test_about_something_that_is_no_image_there_it_writes_both(tmp_path: Path) -> None:
    """A registry may collect referrers of what it does not have; a tag it leaves alone."""
    with EvidenceRegistry() as registry:
        registry.store().put([A], "scan-1", bundle(tmp_path))
        assert TAG in registry.tags
        registry.tags.clear()
        assert len(registry.store().find(A)) == 1


def test_it_asks_for_evidence_only() -> None:
    with EvidenceRegistry() as registry:
        registry.add_referrer(A, b"sbom", "text/spdx+json")
        registry.add_referrer(A, b"dsse", DSSE)
        registry.add_referrer(A, b"bundle", BUNDLE_TYPE)
        registry.add_referrer(A, b"older", "application/vnd.dev.sigstore.bundle+json;version=0.2")
        registry.add_referrer(B, b"other", BUNDLE_TYPE)
        assert {found.data for found in registry.store().find(A)} == {b"dsse", b"bundle"}
        registry.filters = False
        registry.requests.clear()
        assert {found.data for found in registry.store().find(A)} == {b"dsse", b"bundle", b"older"}
        assert sum("referrers" in request for request in registry.requests) == 1
        assert not any(str(Digest.of_bytes(b"sbom")) in request for request in registry.requests)


def test_evidence_older_than_the_api_is_still_found() -> None:
    with EvidenceRegistry(referrers=False) as registry:
        registry.store().put([A], "a", b"old")
        registry.referrers = True
        registry.manifests.clear()  # the registry does not list what was there before, but has it
        registry.manifests.update(line["digest"] for line in json.loads(registry.tags[TAG])["manifests"])
        registry.listing = json.dumps({"manifests": []}).encode()
        assert [found.data for found in registry.store().find(A)] == [b"old"]


@pytest.mark.parametrize("said", [None, "", "application/vnd.oci.empty.v1+json"])
def test_an_index_that_does_not_say_what_things_are(said: str | None) -> None:
    """The last is what the registry of go-containerregistry says of everything."""
    with EvidenceRegistry(referrers=False) as registry:
        line = registry.add_referrer(A, b"bundle", BUNDLE_TYPE)
        sbom = registry.add_referrer(A, b"sbom", "text/spdx+json")
        index = {"manifests": [{**one, "artifactType": said} for one in (line, sbom)]}
        registry.tags[TAG] = json.dumps(index).encode()
        assert [found.data for found in registry.store().find(A)] == [b"bundle"]


# what somebody else left there


def test_junk_is_handed_on_as_empty_and_hides_nothing() -> None:
    with EvidenceRegistry(referrers=False) as registry:
        registry.add_referrer(A, b"good", BUNDLE_TYPE)
        registry.add_referrer(A, b"x", BUNDLE_TYPE, layers=[])
        registry.add_referrer(A, b"x", BUNDLE_TYPE, layers="many")
        registry.add_referrer(A, b"x", BUNDLE_TYPE, layers=[5, {"digest": "none"}])
        index = json.loads(registry.tags[TAG])
        index["manifests"] += [5, {"digest": "sha256:short"}, {}]
        registry.tags[TAG] = json.dumps(index).encode()
        registry.add_cosign(A, ".sig", [])
        registry.tags[f"{TAG}.att"] = b"junk"
        assert sorted(found.data for found in registry.store().find(A)) == [b""] * 5 + [b"good"]


def test_larger_than_any_evidence_is_handed_on_as_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci, "MAX_ENVELOPE", 10)
    with EvidenceRegistry() as registry:
        for data in (b"0123456789", b"0123456789+"):
            registry.add_referrer(A, data, BUNDLE_TYPE)
        assert sorted(found.data for found in registry.store().find(A)) == [b"", b"0123456789"]


def test_names_of_others_are_only_names() -> None:
    with EvidenceRegistry() as registry:
        for number, title in enumerate(("../../etc/x.sigstore.json", "fine.sigstore.json", "A b")):
            layer = {**registry.add_blob(b"%d" % number), "mediaType": DSSE}
            titled = {**layer, "annotations": {"org.opencontainers.image.title": title}}
            registry.add_referrer(A, b"%d" % number, DSSE, layers=[titled])
        assert sorted(found.name for found in registry.store().find(A)) == ["", "", "fine"]


# a registry that does not do its part: never "nothing there"


@pytest.mark.parametrize("kind", ["manifest", "blob"])
def test_what_is_listed_and_not_there_is_a_failure(kind: str) -> None:
    with EvidenceRegistry() as registry:
        line = registry.add_referrer(A, b"bundle", BUNDLE_TYPE)
        registry.hide.add(line["digest"] if kind == "manifest" else str(Digest.of_bytes(b"bundle")))
        assert code(lambda: registry.store().find(A)) == "STORE_INCOMPLETE"


@pytest.mark.parametrize("kind", ["manifest", "blob"])
def test_other_content_than_the_digest_says_is_a_failure(kind: str) -> None:
    with EvidenceRegistry() as registry:
        line = registry.add_referrer(A, b"bundle", BUNDLE_TYPE)
        registry.behaviour.lie = {line["digest"] if kind == "manifest" else str(Digest.of_bytes(b"bundle")): b"{}"}
        assert code(lambda: registry.store().find(A)) == "STORE_CORRUPT"


@pytest.mark.parametrize("listing", [b"", b"<html>", b"[]", b'{"manifests": 5}', b'{"manifests": [], "manifests": []}'])
def test_a_listing_that_is_none(listing: bytes) -> None:
    with EvidenceRegistry() as registry:
        registry.listing = listing
        assert code(lambda: registry.store().find(A)) == "STORE_UNREADABLE"
        registry.referrers = False
        registry.tags[TAG] = listing
        assert code(lambda: registry.store().find(A)) == "STORE_UNREADABLE"
        assert code(lambda: registry.store().put([A], "x", b"x")) == "STORE_UNREADABLE"
        assert registry.tags[TAG] == listing


def test_pages_without_end() -> None:
    with EvidenceRegistry() as registry:
        registry.link = f"/v2/app/referrers/{A}?start={{start}}"
        assert code(lambda: registry.store().find(A)) == "STORE_FLOODED"
        assert sum("referrers" in request for request in registry.requests) == referrers.MAX_PAGES
        registry.requests.clear()
        registry.link = f"/v2/app/referrers/{A}"
        assert code(lambda: registry.store().find(A)) == "STORE_FLOODED"
        assert sum("referrers" in request for request in registry.requests) == 2


@pytest.mark.parametrize(
    "link", ["http://127.0.0.1:9/v2/app/referrers/x", "//else.example/v2/app/", "/v2/other/referrers/x", "/v2/app/../x"]
)
def test_the_next_page_is_in_this_repository(link: str) -> None:
    with EvidenceRegistry() as registry:
        registry.link = link
        assert code(lambda: registry.store().find(A)) == "STORE_UNREADABLE"
        assert sum("referrers" in request for request in registry.requests) == 1


@pytest.mark.parametrize(
    ("module", "limit"),
    [(referrers, "MAX_LISTED"), (referrers, "MAX_LINES"), (oci, "MAX_FOUND_BYTES"), (oci, "_MAX_LAYERS")],
)
def test_more_than_anybody_reads(module: object, limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with EvidenceRegistry(filters=False) as registry:
        registry.page = 2
        registry.add_referrer(A, b"0", BUNDLE_TYPE, layers=[registry.add_blob(b"0"), registry.add_blob(b"1")])
        registry.add_referrer(A, b"1", BUNDLE_TYPE)
        registry.add_referrer(A, b"2", BUNDLE_TYPE)
        assert len(registry.store().find(A)) == 3
        monkeypatch.setattr(module, limit, 1)
        assert code(lambda: registry.store().find(A)) == "STORE_FLOODED"


def test_a_listing_of_millions() -> None:
    with EvidenceRegistry() as registry:
        registry.listing = b'{"manifests": [' + b",".join([b"{}"] * 2_000_000) + b"]}"
        assert code(lambda: registry.store().find(A)) == "STORE_FLOODED"


def test_a_page_that_fails_is_not_the_last_one() -> None:
    with EvidenceRegistry() as registry:
        registry.link = "/v2/app/referrers/gone?x={start}"
        registry.add_referrer(A, b"one", BUNDLE_TYPE)

        def before(method: str, path: str) -> None:
            registry.referrers = not path.endswith("/gone")

        registry.before = before
        assert code(lambda: registry.store().find(A)) == "STORE_UNREADABLE"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"busy": 99}, "REGISTRY_BUSY"),
        ({"broken": True}, "REGISTRY_FAILED"),
        ({"hang": "/referrers/"}, "REGISTRY_UNREACHABLE"),
        ({"hang": "/blobs/"}, "REGISTRY_UNREACHABLE"),
        ({"cut": 99}, "REGISTRY_BROKE_OFF"),
        ({"auth": "basic"}, "REGISTRY_DENIED"),
        ({"auth": "bearer"}, "REGISTRY_DENIED"),
    ],
)
def test_a_registry_that_fails(change: dict[str, object], expected: str) -> None:
    with EvidenceRegistry() as registry:
        registry.add_referrer(A, b"bundle", BUNDLE_TYPE)
        for name, value in change.items():
            setattr(registry.behaviour, name, value)
        assert code(lambda: registry.store().find(A)) == expected


def test_a_registry_that_takes_nothing() -> None:
    with EvidenceRegistry() as registry:
        registry._take_part = lambda request, name, data: registry._send(request, 405, b"{}")  # type: ignore[method-assign]
        assert code(lambda: registry.store().put([A], "x", b"x")) == "REGISTRY_READ_ONLY"
        registry._take_part = lambda request, name, data: registry._send(request, 403, b"{}")  # type: ignore[method-assign]
        assert code(lambda: registry.store().put([A], "x", b"x")) == "REGISTRY_DENIED"


def test_an_answer_that_gets_lost_is_no_failure() -> None:
    with EvidenceRegistry() as registry:
        registry.lose_answers = 1
        registry.store(patience=60).put([A], "x", b"one")
        assert [found.data for found in registry.store().find(A)] == [b"one"]


# several writers


@pytest.mark.parametrize("conditions", [False, True])
def test_a_slow_writer_undoes_nothing(conditions: bool) -> None:
    """It has read the index; another writes, and is done; then it writes what it knew."""
    with EvidenceRegistry(referrers=False, conditions=conditions) as registry:
        registry.store().put([A], "first", b"0")
        done: list[str] = []

        def before(method: str, path: str) -> None:
            if method == "PUT" and path.endswith(f"/{TAG}") and not done:
                done.append(path)
                registry.store().put([A], "fast", b"2")

        registry.before = before
        registry.store().put([A], "slow", b"1")
        assert done
        assert sorted(found.data for found in registry.store().find(A)) == [b"0", b"1", b"2"]


@pytest.mark.parametrize("conditions", [False, True])
def test_many_writers_at_once(conditions: bool) -> None:
    with EvidenceRegistry(referrers=False, conditions=conditions) as registry, ThreadPoolExecutor(8) as pool:
        names = [f"e-{number:02}" for number in range(16)]
        list(pool.map(lambda name: registry.store().put([A], name, name.encode()), names))
        assert [found.name for found in registry.store().find(A)] == names


def test_a_writer_that_died_is_completed_by_the_next() -> None:
    with EvidenceRegistry(referrers=False) as registry:
        registry.store().put([A], "died", b"1")
        del registry.tags[TAG]
        assert registry.store().find(A) == ()
        registry.store().put([A], "next", b"2")
        assert [found.name for found in registry.store().find(A)] == ["died", "next"]


def test_what_others_wrote_into_the_index_stays() -> None:
    with EvidenceRegistry(referrers=False) as registry:
        registry.add_referrer(A, b"theirs", BUNDLE_TYPE)
        registry.add_referrer(A, b"sbom", "text/spdx+json", annotations={"org.example": "kept"})
        before = json.loads(registry.tags[TAG])["manifests"]
        registry.store().put([A], "ours", b"ours")
        assert json.loads(registry.tags[TAG])["manifests"][:2] == before
        assert {found.data for found in registry.store().find(A)} == {b"ours", b"theirs"}


def test_somebody_who_keeps_changing_the_index() -> None:
    with EvidenceRegistry(referrers=False, conditions=True) as registry:

        def before(method: str, path: str) -> None:
            if method == "PUT" and path.endswith(f"/{TAG}"):
                registry.tags[TAG] = json.dumps({"manifests": [], "n": len(registry.requests)}).encode()

        registry.before = before
        assert code(lambda: registry.store().put([A], "x", b"x")) == "STORE_BUSY"


# what there is


def test_subjects_are_told_by_tags_and_tagged_images() -> None:
    with EvidenceRegistry() as registry:
        image = registry.add_manifest({"schemaVersion": 2, "mediaType": OCI_MANIFEST}, "v1", "latest")
        store = registry.store()
        store.put([A], "x", b"x")
        store.put_document(b"document")
        registry.add_cosign(B, ".att", [])
        assert store.subjects() == tuple(sorted([A, B, Digest.parse(image["digest"])]))


def test_more_tags_than_anybody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oci, "MAX_TAGS", 1)
    with EvidenceRegistry() as registry:
        registry.tags |= {"a": b"{}", "b": b"{}"}
        assert code(lambda: registry.store().subjects()) == "STORE_FLOODED"

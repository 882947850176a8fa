"""Mirrors: asked first, believed nothing but the digest of a tag, passed over when they fail."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from supplychain.artifact.image.budget import shared_budget
from supplychain.artifact.image.endpoints import Endpoints
from supplychain.artifact.image.mirrors import parse_rules, route_of, routed
from supplychain.artifact.image.opening import open_image
from supplychain.artifact.image.reference import parse_reference
from supplychain.artifact.image.registry import RegistrySource
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from tests.simulator.images import Layout, file, tar
from tests.simulator.registry_server import Behaviour, RegistryServer

FILES = {"etc/os-release", "b"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path).image(tar(file("etc/os-release", b"ID=x")), tar(file("b", b"b")))


@pytest.fixture
def origin(layout: Layout):
    with RegistryServer() as running:
        running.put("v1", layout)
        yield running


@pytest.fixture
def mirror(layout: Layout):
    with RegistryServer() as running:
        running.put("v1", layout)
        yield running


def through(origin: RegistryServer, mirror: RegistryServer, rest: str = "app:v1", **more) -> RegistrySource:
    return origin.source(rest, mirrors=(mirror.endpoint("hub/app", mirror=True),), **more)


def pulled(source: RegistrySource):
    with source:
        (image,) = source.images()
        assert set(source.read(image, lambda *_: True).files) == FILES
        return image


def notes(source: RegistrySource) -> list[str]:
    return source._endpoints.notes


def test_a_mirror_is_asked_first_and_says_which_digest_the_tag_is(origin, mirror):
    image = pulled(through(origin, mirror))
    assert image.resolved_by == f"{mirror.host}/hub/app"
    assert image.reference == f"{origin.host}/app:v1"
    assert origin.requests == []
    assert {path.split(" ")[1].split("/")[2] for path in mirror.requests} == {"hub"}


@pytest.mark.parametrize(
    "wrong",
    [
        Behaviour(broken=True),
        Behaviour(busy=99, retry_after="3600"),
        Behaviour(hang="/v2/"),
        Behaviour(auth="basic"),
        Behaviour(auth="bearer"),
        Behaviour(cut=99),
    ],
    ids=["500", "429 for ever", "hangs", "wants a login", "gives no token", "breaks off"],
)
def test_a_mirror_that_fails_is_passed_over_and_told(origin, mirror, wrong):
    mirror.behave(wrong)
    source = through(origin, mirror)
    pulled(source)
    assert len(notes(source)) == 1
    assert f"the mirror {mirror.host}/hub/app is passed over" in notes(source)[0]
    assert any("/blobs/" in line for line in origin.requests)


def test_a_mirror_that_is_gone_is_asked_once(origin, mirror):
    with RegistryServer() as gone:
        place = gone.endpoint("hub/app", mirror=True)
    source = origin.source("app:v1", mirrors=(place, mirror.endpoint("hub/app", mirror=True)))
    assert pulled(source).resolved_by == f"{mirror.host}/hub/app"
    assert len(notes(source)) == 1
    assert origin.requests == []


def test_what_a_mirror_does_not_have_is_asked_of_the_next(origin, mirror, layout):
    mirror.tags.clear()
    del mirror.blobs[layout.layers[1]]
    source = through(origin, mirror)
    assert pulled(source).resolved_by == ""
    assert notes(source) == []
    assert [line for line in origin.requests if "/blobs/" in line] == [f"GET /v2/app/blobs/{layout.layers[1]}"]
    assert f"GET /v2/hub/app/blobs/{layout.layers[0]}" in mirror.requests


def test_wrong_bytes_of_a_mirror_are_refused_and_fetched_from_the_registry(origin, mirror, layout):
    mirror.behave(Behaviour(lie={layout.layers[0]: b"evil" * 40}))
    source = through(origin, mirror)
    pulled(source)
    assert "larger than its descriptor" in notes(source)[0] or "does not match" in notes(source)[0]
    assert f"GET /v2/app/blobs/{layout.layers[0]}" in origin.requests


def test_a_manifest_of_a_mirror_must_match_the_digest_that_was_asked_for(origin, mirror, layout):
    name = str(layout.entries[0]["digest"])
    mirror.behave(Behaviour(lie={name: layout.manifest(tar(file("evil")))}))
    source = through(origin, mirror, f"app@{name}")
    assert str(pulled(source).digest) == name
    assert "does not match its digest" in notes(source)[0] or "larger" in notes(source)[0]


def test_a_mirror_never_sees_the_credentials_of_the_registry(origin, mirror, tmp_path, monkeypatch):
    for server in (origin, mirror):
        server.behave(Behaviour(auth="basic"))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "docker"))
    (tmp_path / "docker").mkdir()
    origin.login(tmp_path / "docker")
    configure(tmp_path / "home", origin, mirror)
    with open_image(f"{origin.host}/app:v1", home=tmp_path / "home") as source:
        pulled(source)
    assert mirror.requests
    assert not [seen for seen in mirror.seen if "authorization" in seen]
    assert [seen for seen in origin.seen if "authorization" in seen]


def test_a_mirror_gets_the_credentials_that_are_its_own(origin, mirror, tmp_path, monkeypatch):
    mirror.behave(Behaviour(auth="basic"))
    entry = {"auth": base64.b64encode(b"alice:wonder").decode()}
    other = {"auth": base64.b64encode(b"bob:builder").decode()}
    (tmp_path / "config.json").write_text(json.dumps({"auths": {mirror.host: entry, origin.host: other}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    configure(tmp_path / "home", origin, mirror)
    with open_image(f"{origin.host}/app:v1", home=tmp_path / "home") as source:
        assert pulled(source).resolved_by == f"{mirror.host}/hub/app"
    assert {seen["authorization"] for seen in mirror.seen if "authorization" in seen} == {f"Basic {entry['auth']}"}


def test_when_everybody_fails_the_error_is_that_of_the_registry_and_names_the_mirrors(origin, mirror):
    for server in (origin, mirror):
        server.behave(Behaviour(broken=True))
    with pytest.raises(ToolFailed) as caught, through(origin, mirror) as source:
        source.images()
    assert origin.host in caught.value.where
    assert mirror.host in caught.value.hint


def test_pulled_once_through_a_mirror_nothing_is_fetched_again(origin, mirror, tmp_path):
    pulled(through(origin, mirror, home=tmp_path))
    mirror.requests.clear()
    pulled(through(origin, mirror, home=tmp_path))
    assert mirror.requests == ["HEAD /v2/hub/app/manifests/v1"]
    assert origin.requests == []


def configure(home: Path, origin: RegistryServer, mirror: RegistryServer) -> None:
    home.mkdir()
    (home / "registries.conf").write_text(
        f'[[registry]]\nlocation = "{origin.host}"\n[[registry.mirror]]\nlocation = "{mirror.host}/hub"\n'
    )


def route(text: str, reference: str):
    return routed(parse_reference(reference), parse_rules(text.encode(), where="registries.conf"))


def names(text: str, reference: str) -> tuple[str, list[str]]:
    found = route(text, reference)
    return str(found.origin), [str(mirror.reference) for mirror in found.mirrors]


HUB = (
    '[[registry]]\nprefix = "docker.io"\nlocation = "docker.io"\n[[registry.mirror]]\nlocation = "m.example:5000/hub"\n'
)


@pytest.mark.parametrize(
    ("text", "reference", "origin", "mirrors"),
    [
        (HUB, "nginx:1", "docker.io/library/nginx:1", ["m.example:5000/hub/library/nginx:1"]),
        (HUB, "r.example/app:1", "r.example/app:1", []),
        ('[[registry]]\nlocation = "a.example/x"\nprefix = "r.example"', "r.example/app:1", "a.example/x/app:1", []),
        ('[[registry]]\nlocation = "r.example/te"\nblocked = true', "r.example/team/app:1", "r.example/team/app:1", []),
        (
            '[[registry]]\nprefix = "*.example"\n[[registry.mirror]]\nlocation = "m.test"\n'
            '[[registry]]\nprefix = "r.example/team"\n[[registry.mirror]]\nlocation = "n.test/t"',
            "r.example/team/app:1",
            "r.example/team/app:1",
            ["n.test/t/app:1"],
        ),
        (
            '[[registry]]\nprefix = "*.example"\n[[registry.mirror]]\nlocation = "m.test"',
            "r.example/app@sha256:" + "0" * 64,
            "r.example/app@sha256:" + "0" * 64,
            ["m.test/app@sha256:" + "0" * 64],
        ),
        (
            'unqualified-search-registries = ["q.example"]\n[aliases]\n"nginx" = "x"',
            "nginx:1",
            "docker.io/library/nginx:1",
            [],
        ),
    ],
    ids=["hub", "another", "moved", "half a name", "longest prefix", "wildcard", "short names"],
)
def test_rules(text, reference, origin, mirrors):
    assert names(text, reference) == (origin, mirrors)


def test_mirrors_for_digests_alone():
    text = HUB + 'pull-from-mirror = "digest-only"\n'
    assert [(m.by_tag, m.by_digest) for m in route(text, "nginx").mirrors] == [(False, True)]
    old = HUB.replace("[[registry.mirror]]", "mirror-by-digest-only = true\n[[registry.mirror]]")
    assert [(m.by_tag, m.by_digest) for m in route(old, "nginx").mirrors] == [(False, True)]
    tags = HUB + 'pull-from-mirror = "tag-only"\n'
    assert [(m.by_tag, m.by_digest) for m in route(tags, "nginx").mirrors] == [(True, False)]


def test_a_mirror_for_digests_is_not_asked_for_tags(origin, mirror):
    place = mirror.endpoint("hub/app", mirror=True)
    place.by_tag = False
    assert pulled(origin.source("app:v1", mirrors=(place,))).resolved_by == ""
    assert not [line for line in mirror.requests if line.endswith("/v1")]
    assert [line for line in mirror.requests if "/blobs/" in line]


def test_a_blocked_registry_is_not_asked():
    with pytest.raises(UsageError) as caught:
        route('[[registry]]\nlocation = "r.example"\nblocked = true', "r.example/app:1")
    assert caught.value.code == "REGISTRY_BLOCKED"


@pytest.mark.parametrize(
    "text",
    [
        "[[registry]]\nblocked = true",
        '[[registry]]\nlocation = "r.example"\n[[registry.mirror]]\nlocation = "https://m.example"',
        '[[registry]]\nlocation = "r.example"\n[[registry.mirror]]\nlocation = "m.example"\npull-from-mirror = "no"',
        '[[registry]]\nlocation = "r.example"\nmirror = "m.example"',
        '[[registry]]\nlocation = "r.example"\nblocked = "yes"',
        '[[registry]]\nprefix = "r.example"\nlocation = "../etc"',
        "[registry]\n",
        "[[registry",
    ],
)
def test_broken_configuration(text):
    with pytest.raises(MalformedInput):
        route(text, "r.example/app:1")


def test_the_first_file_that_is_there_counts_with_its_drop_ins(tmp_path, monkeypatch):
    for name in ("home", "containers"):
        (tmp_path / name).mkdir()
    rule = '[[registry]]\nlocation = "r.example"\n[[registry.mirror]]\nlocation = "{}"\n'
    reference = parse_reference("r.example/app:1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("CONTAINERS_REGISTRIES_CONF", raising=False)

    def mirrors() -> list[str]:
        return [mirror.reference.registry for mirror in route_of(reference, home=tmp_path / "home").mirrors]

    (tmp_path / "containers/registries.conf").write_text("# nothing\n")
    (tmp_path / "containers/registries.conf.d").mkdir()
    (tmp_path / "containers/registries.conf.d/00-empty.conf").touch()
    (tmp_path / "containers/registries.conf.d/50-ours.conf").write_text(rule.format("drop.example"))
    assert mirrors() == ["drop.example"]
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "named.conf"))
    (tmp_path / "named.conf").write_text(rule.format("named.example"))
    assert mirrors() == ["named.example"]
    (tmp_path / "home/registries.conf").write_text(rule.format("home.example"))
    assert mirrors() == ["home.example"]


def test_a_mirror_has_a_small_budget_and_everybody_the_same_for_one_host():
    assert shared_budget("r.example") is shared_budget("r.example")
    assert shared_budget("r.example", mirror=5.0) is shared_budget("r.example", mirror=5.0)
    assert shared_budget("r.example") is not shared_budget("r.example", mirror=5.0)
    assert not shared_budget("slow.example", mirror=5.0).try_again(6.0)
    places = Endpoints.of(route(HUB, "nginx")).places
    assert [(place.name, place.mirror) for place in places] == [
        ("m.example:5000/hub/library/nginx", True),
        ("docker.io", False),
    ]

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from supplychain.artifact.image.tree import Oddity
from supplychain.inventory.image.base_image import Base, Evidence
from supplychain.scan.coverage import Reason
from supplychain.scan.image_config import ImageConfigScanner
from supplychain.scan.image_wanted import image_wanted
from tests.simulator.image_trees import image_of, tree_of

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
GOOD = {
    "User": "1000:1000",
    "Healthcheck": {"Test": ["CMD", "true"]},
    "Labels": {"org.opencontainers.image.base.name": "debian:12"},
    "Env": ["PATH=/usr/bin", "GPG_KEY=E3FF2839C048B25C084DEBE9B26995E310250568", "TOKEN_FILE=/run/secrets/token"],
}


def scan(config: object = None, *, tree=None, reference: str = "example.org/app:1.0", **top):
    config = GOOD if config is None else config
    image = replace(
        image_of(1, config={"config": config, "created": "2026-01-01T00:00:00Z", **top}), reference=reference
    )
    return ImageConfigScanner(image, tree or tree_of({}, more=image_wanted), at=AT).scan()


def ids(result) -> list[str]:
    return [finding.id for finding in result.findings]


def test_a_careful_image_has_no_finding():
    result = scan(history=[{"created_by": "ENV PATH=/usr/bin"}, {"created_by": "RUN pip install --no-cache-dir x"}])
    assert (result.findings, result.coverage.complete, result.kind) == ((), True, "image")


@pytest.mark.parametrize("user", ["", None, "root", "0", "0:0", "root:app"])
def test_root(user):
    assert ids(scan({**GOOD, "User": user})) == ["image-runs-as-root"]


@pytest.mark.parametrize("check", [None, {}, {"Test": ["NONE"]}])
def test_no_health_check(check):
    assert ids(scan({**GOOD, "Healthcheck": check})) == ["image-no-healthcheck"]


@pytest.mark.parametrize(
    "entry",
    [
        "DB_PASSWORD=correct horse battery",
        "api_key=9f8e7d6c5b4a",
        "X=ghp_" + "a1B2" * 9,
        "DATABASE_URL=postgres://user:s3cr3tpw@db/x",
    ],
)
def test_secrets_in_the_environment(entry):
    result = scan({**GOOD, "Env": [entry]})
    assert ids(result) == ["image-secret-in-environment"]
    assert entry.partition("=")[2] not in result.findings[0].title


@pytest.mark.parametrize(
    "entry",
    [
        "PASSWORD=",
        "PASSWORD=$OTHER",
        "SECRET=changeme-please",
        "TOKEN_URL=https://x.example/a",
        "KEY",
        "A_TOKEN=aaaaaaaaaaaa",
    ],
)
def test_what_is_no_secret(entry):
    assert ids(scan({**GOOD, "Env": [entry]})) == []


def test_secrets_in_labels_and_history():
    labels = {**GOOD["Labels"], "deploy.token": "9f8e7d6c5b4a"}
    history = [
        {"created_by": "|1 NPM_TOKEN=9f8e7d6c5b4a /bin/sh -c npm ci"},
        {"created_by": "RUN curl -H AKIAQYLPMN5HABCDEFGH"},
        {},
    ]
    result = scan({**GOOD, "Labels": labels}, history=history)
    assert ids(result) == ["image-secret-in-history", "image-secret-in-history", "image-secret-in-label"]


@pytest.mark.parametrize(
    ("created", "found"),
    [
        ("2025-01-01T00:00:00Z", ["image-old"]),
        ("1970-01-01T00:00:00Z", []),
        ("0001-01-01T00:00:00Z", []),
        (None, []),
        ("2026-01-30T00:00:00.123456789Z", []),
    ],
)
def test_age(created, found):
    assert ids(scan(created=created)) == found


def test_the_accepted_age_can_be_set():
    image = image_of(1, config={"config": GOOD, "created": "2026-01-01T00:00:00Z"})
    result = ImageConfigScanner(image, tree_of({}), at=AT, max_age=timedelta(days=7)).scan()
    assert ids(result) == ["image-old"]


@pytest.mark.parametrize(
    ("reference", "moves"),
    [
        ("debian", True),
        ("localhost:5000/app", True),
        ("localhost:5000/app:latest", True),
        ("app:1", False),
        ("app@sha256:" + "0" * 64, False),
    ],
)
def test_moving_tags(reference, moves):
    found = replace(image_of(1, config={"config": GOOD}), reference=reference, from_registry=True)
    result = ImageConfigScanner(found, tree_of({}, more=image_wanted), at=AT).scan()
    assert ids(result) == (["image-latest-tag"] if moves else [])


@pytest.mark.parametrize("reference", ["/tmp/layout:latest", "build/layout", "app:latest"])
def test_a_tag_in_a_file_moves_nowhere(reference):
    assert ids(scan(reference=reference)) == []


def base(created: str, layers: int = 1) -> Base:
    return Base(layers=layers, evidence=Evidence.GIVEN, name="debian:12", created=created)


@pytest.mark.parametrize(
    ("created", "old"),
    [("2025-01-01T00:00:00Z", True), ("2026-01-01T00:00:00Z", False), ("1970-01-01T00:00:00Z", False), ("", False)],
)
def test_the_age_of_the_base(created, old):
    result = ImageConfigScanner(
        image_of(2, config={"config": GOOD}), tree_of({}, more=image_wanted), at=AT, base=base(created)
    ).scan()
    assert ids(result) == (["image-base-old"] if old else [])
    if old:
        (finding,) = result.findings
        assert "the base image debian:12 was built 395 days ago" in finding.title
        assert finding.image is not None
        assert finding.image.index == 0


def test_an_age_of_the_base_that_is_no_time_is_lost_coverage():
    image = image_of(2, config={"config": GOOD})
    scanner = ImageConfigScanner(image, tree_of({}, more=image_wanted), at=AT, base=base("yesterday"))
    assert [skip.reason for skip in scanner.scan().coverage.skipped] == [Reason.UNREADABLE]


def test_the_base_is_part_of_what_a_result_is_kept_by():
    tree = tree_of({}, more=image_wanted)
    one, two = (ImageConfigScanner(image_of(2), tree, at=AT, base=base("", layers)).fingerprint() for layers in (1, 2))
    assert one != two


def test_no_base_named():
    assert ids(scan({**GOOD, "Labels": None})) == ["image-base-unknown"]


@pytest.mark.parametrize(
    ("config", "top"),
    [
        ("junk", {}),
        ([], {}),
        ({**GOOD, "Env": {"a": 1}}, {}),
        ({**GOOD, "User": 7}, {}),
        (GOOD, {"created": "yesterday"}),
    ],
)
def test_a_broken_configuration_is_coverage_lost(config, top):
    result = scan(config, **top)
    assert not result.coverage.complete
    assert {skip.reason for skip in result.coverage.skipped} == {Reason.UNREADABLE}
    assert result.coverage.looked_at < result.coverage.asked


def test_a_root_file_system_has_no_configuration_to_judge():
    image = replace(image_of(0), digest=None, reference="/srv/root")
    result = ImageConfigScanner(image, tree_of({}), at=AT).scan()
    assert (ids(result), result.coverage.complete) == ([], True)


def test_what_the_reader_lost_is_coverage_lost():
    result = scan(tree=tree_of({}, oddities=(Oddity(what="x", reason="too_large", lost=True),)))
    assert [skip.what for skip in result.coverage.skipped] == ["x"]

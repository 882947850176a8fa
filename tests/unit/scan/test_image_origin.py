from __future__ import annotations

from supplychain.inventory.component import Component
from supplychain.inventory.image.base_image import Base, Evidence
from supplychain.scan.coverage import Coverage
from supplychain.scan.finding import Brought, Finding, Level
from supplychain.scan.image_origin import with_origins
from supplychain.scan.interface import ScanResult
from tests.simulator.image_trees import image_of

BASE = Base(layers=1, evidence=Evidence.GIVEN, name="debian:12")


def finding(name: str, *, layer: str | None = None, image: Brought | None = None) -> Finding:
    properties = (("supplychain:layer-index", layer),) if layer is not None else ()
    part = Component(name=name, version="1", purl=f"pkg:deb/debian/{name}@1", properties=properties)
    return Finding(id=name, title=name, level=Level.LOW, component=None if image else part, image=image)


def marked(*findings: Finding, base: Base = BASE, platform: str = ""):
    coverage = Coverage(asked=1, looked_at=1)
    result = ScanResult(kind="deps", scanner="s", version="1", findings=findings, coverage=coverage)
    return with_origins([result], image_of(2, ["ADD root", "RUN x" * 200]), base, platform=platform)


def test_components_and_files_say_where_they_come_from():
    (result,), image = marked(
        finding("a", layer="0"), finding("b", layer="1"), finding("c", image=Brought(index=1)), finding("d")
    )
    assert [f.image.origin for f in result.findings if f.image] == ["base", "application", "application", "unknown"]
    assert image.origins == {"base": 1, "application": 2, "unknown": 1}
    first, second = (f.to_json() for f in result.findings[:2])
    layers = image_of(2).layers
    assert first["layer"] == {"index": 0, "digest": str(layers[0].digest), "created_by": "ADD root"}
    assert len(second["layer"]["created_by"]) == 300
    assert "platform" not in first
    assert "layer" not in result.findings[3].to_json()


def test_without_a_base_nothing_is_claimed_but_the_layer_is_known():
    (result,), image = marked(finding("a", layer="0"), base=Base())
    assert result.findings[0].to_json()["origin"] == "unknown"
    assert result.findings[0].to_json()["layer"]["index"] == 0
    assert image.to_json()["base"] == {"name": "", "layers": 0, "evidence": "none"}


def test_a_layer_that_is_not_there_is_no_layer():
    for index in ("7", "-1", "x", "", "²"):
        (result,), _ = marked(finding("a", layer=index))
        assert result.findings[0].to_json()["origin"] == "unknown"


def test_the_platform_is_said_where_there_are_several():
    (result,), _ = marked(finding("a", layer="0"), platform="linux/arm64")
    assert result.platform == result.findings[0].to_json()["platform"] == "linux/arm64"

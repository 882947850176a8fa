from __future__ import annotations

import pytest

from supplychain.inventory.image.gems import read_gems

SPEC = """# -*- encoding: utf-8 -*-
# stub: {name} {version} {platform} lib

Gem::Specification.new do |s|
  s.name = "{name}".freeze
  s.version = "{version}"
  s.licenses = ["MIT".freeze, "Ruby".freeze]
  s.add_runtime_dependency(%q<rack>.freeze, ["~> 2.0"])
  s.add_development_dependency(%q<minitest>.freeze, [">= 0"])
end
"""


def spec(name: str, version: str = "1.0.0", platform: str = "ruby") -> str:
    return SPEC.format(name=name, version=version, platform=platform)


def test_gems_platforms_licences_and_edges(view):
    files = {
        "usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.3.gemspec": spec("rack", "2.2.3"),
        "usr/lib/ruby/gems/3.1.0/specifications/default/nokogiri-1.15.0-x86_64-linux.gemspec": spec(
            "nokogiri", "1.15.0", "x86_64-linux"
        ),
        "app/thing.gemspec": spec("thing"),
    }
    found = read_gems(view(files))
    assert {c.purl: c.depends_on for c in found.components} == {
        "pkg:gem/nokogiri@1.15.0?platform=x86_64-linux": ("pkg:gem/rack@2.2.3",),
        "pkg:gem/rack@2.2.3": (),
    }
    assert found.components[0].licenses == ("MIT", "Ruby")


def test_without_the_stub_line(view):
    text = "Gem::Specification.new do |s|\n  s.name = 'old'\n  s.version = Gem::Version.new('1.2.3')\nend\n"
    found = read_gems(view({"x/specifications/old-1.2.3.gemspec": text}))
    assert [component.purl for component in found.components] == ["pkg:gem/old@1.2.3"]


@pytest.mark.parametrize("content", [b"", b"\xff\0junk", b"s.name = compute()\n", b"# stub: a b?c ruby lib\n"])
def test_broken_specifications_are_named(view, content):
    found = read_gems(view({"x/specifications/a.gemspec": content}))
    assert (found.components, [gap.what for gap in found.gaps]) == ((), ["x/specifications/a.gemspec"])

"""Lock files and manifests that are known for what they are but that nothing here reads yet.

Each becomes a gap: a folder of another ecosystem must never look like a folder without dependencies.
"""

from __future__ import annotations

from supplychain.inventory.catalogers.interface import Cataloger, Catalogued, Role, Source
from supplychain.inventory.sbom import Gap

_LOCKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("npm", ("bun.lockb", "deno.lock")),
    ("nuget", ("packages.config", "paket.lock")),
    ("hex", ("mix.lock", "rebar.lock")),
    ("pub", ("pubspec.lock",)),
    ("swift", ("Package.resolved",)),
    ("cocoapods", ("Podfile.lock",)),
    ("conan", ("conan.lock",)),
    ("conda", ("conda-lock.yml", "pixi.lock")),
    ("cran", ("renv.lock",)),
    ("hackage", ("stack.yaml.lock", "cabal.project.freeze")),
    ("cpan", ("cpanfile.snapshot",)),
    ("maven", ("buildscript-gradle.lockfile",)),
)
_MANIFESTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("npm", ("bower.json", "deno.json", "deno.jsonc")),
    ("maven", ("build.gradle", "build.gradle.kts", "libs.versions.toml", "build.sbt", "ivy.xml")),
    ("gem", ("Gemfile", "gems.rb", "*.gemspec")),
    ("golang", ("go.sum", "Gopkg.lock", "glide.lock")),
    ("nuget", ("*.csproj", "*.fsproj", "*.vbproj", "Directory.Packages.props", "paket.dependencies")),
    ("hex", ("mix.exs", "rebar.config")),
    ("pub", ("pubspec.yaml",)),
    ("swift", ("Package.swift", "Cartfile", "Cartfile.resolved")),
    ("cocoapods", ("Podfile",)),
    ("conan", ("conanfile.txt", "conanfile.py", "vcpkg.json")),
    ("conda", ("environment.yml", "environment.yaml", "pixi.toml")),
    ("cpan", ("cpanfile",)),
)


def not_read_yet(source: Source) -> Catalogued:
    """Say that the file is known but not read."""
    detail = "this version knows what the file is but cannot read it"
    return Catalogued(gaps=(Gap(what=str(source.path), reason="unsupported_file", detail=detail),))


UNREAD: tuple[Cataloger, ...] = (
    *(Cataloger(ecosystem=e, role=Role.LOCK, patterns=p, read=not_read_yet) for e, p in _LOCKS),
    *(Cataloger(ecosystem=e, role=Role.MANIFEST, patterns=p, read=not_read_yet) for e, p in _MANIFESTS),
)
"""What stands in for the catalogers that do not exist yet."""

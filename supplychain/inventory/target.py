"""TARGET on the command line: what to list, and how to get its inventory.

Forms: a folder, `env:PYTHON`, `sbom:FILE`, and container images: `oci:LAYOUT[:TAG]`, `docker-archive:FILE`,
`rootfs:DIR`, or an image reference, which alone leaves the machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, NothingToCheck, UsageError
from supplychain.files import read_bytes
from supplychain.inventory.sbom import Sbom

FORMS = "a folder, env:PYTHON, sbom:FILE, oci:LAYOUT[:TAG], docker-archive:FILE, rootfs:DIR or an image reference"
"""The accepted forms, for messages and help."""
_IMAGE_FORMS = ("oci:", "docker-archive:", "rootfs:")
_IMAGE = re.compile(
    r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?"
    r"|[a-z0-9._-]+(:[\w.-]+|@sha256:[0-9a-f]{64})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTarget:
    """A source tree."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentTarget:
    """A Python environment, by its interpreter or its folder."""

    python: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentTarget:
    """An SBOM that exists already, as CycloneDX or SPDX JSON."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageTarget:
    """A container image or a root file system."""

    text: str
    """As `artifact.image.opening.open_image` takes it."""
    platform: str | None = None
    """`os/arch[/variant]`, several with commas, or `all`; None: the only one there is, or this machine's."""
    base: str | None = None
    """The image it is said to be built on, as `text`."""
    home: Path | None = None
    """Where fetched blobs are kept."""


Target = FolderTarget | EnvironmentTarget | DocumentTarget | ImageTarget


def parse_target(
    text: str, *, platform: str | None = None, home: Path | None = None, base: str | None = None
) -> Target:
    """Read a TARGET argument.

    Args:
        text: The argument.
        platform: For images: which of several.
        home: For images: the user's folder, where fetched blobs are kept.
        base: For images: what they are built on.

    Raises:
        UsageError: It is empty or names nothing that exists, or is no image and has no platform and no base.
    """
    target = _parse(text, ImageTarget(text=text, platform=platform, home=home, base=base))
    if base is not None and not isinstance(target, ImageTarget):
        raise UsageError("only an image has a base image", where="--base", expected="an image as TARGET", found=text)
    if platform is not None and not isinstance(target, ImageTarget):
        raise UsageError("only images have platforms", where="--platform", expected="an image as TARGET", found=text)
    return target


def _parse(text: str, image: ImageTarget) -> Target:
    kind, colon, rest = text.partition(":")
    if colon and kind == "env" and rest:
        return EnvironmentTarget(python=Path(rest).expanduser())
    if colon and kind == "sbom" and rest:
        return DocumentTarget(path=Path(rest).expanduser())
    if text.startswith(_IMAGE_FORMS):
        return image
    path = Path(text).expanduser()
    if text and path.is_dir():
        return FolderTarget(path=path)
    if text and path.is_file():
        raise UsageError(
            "a file is no target by itself",
            where=text,
            expected=FORMS,
            hint=f"sbom:{text} for an SBOM document, or the folder that holds the file",
        )
    if _IMAGE.fullmatch(text) and not text.startswith((".", "/")):
        return image
    raise UsageError("no such folder", code="FILE_MISSING", where=text or "TARGET", expected=FORMS)


def inventory_of(target: Target, *, exclude: Sequence[str] = ()) -> Sbom:
    """List what a target is made of.

    Args:
        target: From `parse_target`.
        exclude: Patterns of files and folders of a source tree to leave out.

    Raises:
        UsageError: A file or folder is missing.
        NothingToCheck: There is nothing to list.
        MalformedInput: A lock file or document is broken.
        ToolFailed: A tool failed.
    """
    match target:
        case FolderTarget(path=path):
            from supplychain.inventory.collect import collect_directory

            return collect_directory(path, name=path.resolve().name, exclude=exclude)
        case EnvironmentTarget(python=python):
            from supplychain.inventory.environment import collect_environment

            return collect_environment(python)
        case DocumentTarget(path=path):
            return read_document(path)
        case ImageTarget():
            return _inventory_of_image(target)
        case _:
            assert_never(target)


def _inventory_of_image(target: ImageTarget) -> Sbom:
    from supplychain.inventory.image.collect_image import inventories_of

    sboms = [sbom for _, sbom in inventories_of(target)]
    if len(sboms) != 1:
        raise UsageError("one SBOM is of one image", where="--platform", expected="one platform", found=str(len(sboms)))
    return sboms[0]


def read_document(path: Path) -> Sbom:
    """Read an SBOM document of any known format.

    Raises:
        UsageError: The file is missing.
        MalformedInput: The file is no valid CycloneDX or SPDX JSON document.
        NothingToCheck: The document lists nothing.
    """
    sbom = parse_document(read_bytes(path, what="an SBOM"), where=str(path))
    if not sbom.components and not sbom.gaps:
        hint = "make it anew, and look why it was empty"
        raise NothingToCheck("the SBOM lists no component", where=str(path), hint=hint)
    return sbom


def parse_document(data: bytes, *, where: str) -> Sbom:
    """Parse SBOM bytes, telling the format by the document itself. Raises MalformedInput."""
    other = _other_format(data)
    if other:
        raise _unknown_format(where, other)
    document = parse_json_object(data, where=where)
    if "bomFormat" in document or "specVersion" in document:
        from supplychain.inventory.cyclonedx import parse_cyclonedx

        return parse_cyclonedx(data, where=where)
    if _is_spdx(document):
        from supplychain.inventory.spdx import parse_spdx

        return parse_spdx(data, where=where)
    raise _unknown_format(where, "an object with " + ", ".join(sorted(document)[:6]))


def _unknown_format(where: str, found: str) -> MalformedInput:
    return MalformedInput(
        "not an SBOM of a known format",
        code="UNKNOWN_SBOM",
        where=where,
        expected="CycloneDX JSON 1.2 to 1.7, or SPDX JSON 2.2, 2.3 or 3.0",
        found=found,
        hint="let the tool that wrote it write JSON",
    )


def _other_format(data: bytes) -> str:
    """The name of a form of SBOM that is not read; empty: none of them."""
    begin = data[:400].removeprefix(b"\xef\xbb\xbf").lstrip()
    if begin.startswith(b"<"):
        return "SPDX as RDF" if b"rdf:" in data[:2000] else "XML"
    tags = (b"SPDXVersion:", b"##", b"#")
    return "SPDX as tag and value" if begin.startswith(tags) and b"SPDXVersion:" in data[:4000] else ""


def _is_spdx(document: dict[str, Any]) -> bool:
    return "spdxVersion" in document or "SPDXID" in document or "spdx" in str(document.get("@context", ""))[:300]

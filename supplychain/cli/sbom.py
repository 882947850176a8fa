"""`supplychain sbom TARGET`: list what a thing is made of, as CycloneDX or SPDX.

Exit 0 once the document is written, also with gaps: they stand in the document and on standard error. Exit 3 when
there was nothing to list at all.
"""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from supplychain.cli.common import At, BaseImage, Platform, clock, home, say
from supplychain.errors import NothingToCheck, UsageError
from supplychain.files import write_atomic
from supplychain.inventory.sbom import Sbom
from supplychain.inventory.target import FORMS, ImageTarget, inventory_of, parse_target

_SHOWN_GAPS = 20


class SbomFormat(StrEnum):
    """The formats that are written."""

    CYCLONEDX = "cyclonedx"
    SPDX = "spdx"


def sbom(
    target: Annotated[str, typer.Argument(metavar="TARGET", help=f"What to list: {FORMS}.")],
    *,
    format_: Annotated[SbomFormat, typer.Option("--format", help="The format to write.")] = SbomFormat.CYCLONEDX,
    spec: Annotated[
        str, typer.Option("--spec", help="CycloneDX 1.5, 1.6 or 1.7; SPDX 2.3.", show_default="1.6, 2.3")
    ] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write here, not to standard output.")] = None,
    exclude: Annotated[list[str] | None, typer.Option("--exclude", help="Leave out files matching this.")] = None,
    platform: Platform = None,
    base: BaseImage = None,
    at: At = None,
) -> None:
    """List what a folder, an environment, an image or an SBOM document is made of.

    With several platforms (--platform all), -o names a folder, and each platform becomes a file in it.
    """
    moment = clock(at)
    wanted = parse_target(target, platform=platform, home=home(), base=base)
    if isinstance(wanted, ImageTarget):
        from supplychain.cli.sbom_images import write_images

        write_images(wanted, partial(_written, format_=format_, spec=spec, moment=moment), output, format_.value)
        return
    found = inventory_of(wanted, exclude=tuple(exclude or ()))
    if not found.components and not found.gaps:
        raise NothingToCheck(
            "no component is listed there",
            where=target,
            found=", ".join(found.sources[:5]),
            hint="the lock files are valid but name no package",
        )
    write_document(_written(found, format_, spec, moment), output)
    say_gaps(found)


def write_document(document: bytes, output: Path | None) -> None:
    """Write to a file, or to standard output."""
    if output is None:
        sys.stdout.buffer.write(document)
        sys.stdout.buffer.flush()
    else:
        write_atomic(output, document)


def _written(found: Sbom, format_: SbomFormat, spec: str, moment: datetime) -> bytes:
    if format_ is SbomFormat.CYCLONEDX:
        from supplychain.inventory.cyclonedx import to_cyclonedx

        return to_cyclonedx(found, at=moment, spec=spec or "1.6")
    from supplychain.inventory.spdx import to_spdx

    if spec not in ("", "2.3"):
        raise UsageError(
            "this version of SPDX is not written", code="UNKNOWN_SPEC", where="--spec", expected="2.3", found=spec
        )
    return to_spdx(found, at=moment)


def say_gaps(found: Sbom) -> None:
    """Tell what could not be listed."""
    if not found.gaps:
        return
    say(f"warning: incomplete: {len(found.gaps)} not listed or not pinned")
    for gap in found.gaps[:_SHOWN_GAPS]:
        say(f"  {gap.reason}: {gap.what}" + (f" ({gap.detail})" if gap.detail else ""))
    if len(found.gaps) > _SHOWN_GAPS:
        say(f"  and {len(found.gaps) - _SHOWN_GAPS} more; all of them stand in the document")

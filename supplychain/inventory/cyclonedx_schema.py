"""The published CycloneDX JSON schemas (1.2 to 1.7), applied without a network.

The schema files are the ones inside the installed `cyclonedx-python-lib`; the package itself, slow to import, is only
located, never imported. Compiling takes a few milliseconds and happens at first use.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.encoding import parse_json_object
from supplychain.errors import MalformedInput, ToolFailed

if TYPE_CHECKING:
    from jsonschema_rs import Validator

SPECS = ("1.2", "1.3", "1.4", "1.5", "1.6", "1.7")
"""Every version of the specification that is read."""
_SHOWN = 5


def validate_cyclonedx(data: bytes, *, where: str, spec: str = "", repeats: bool = False) -> dict[str, Any]:
    """Check a document against the schema of its version.

    Args:
        data: The document.
        where: Its name, for the message.
        spec: The version it must have; empty: the one it states.
        repeats: Accept lists that hold the same item twice. Readers do: a repeat says nothing new, and tools write it.

    Returns:
        The parsed document.

    Raises:
        MalformedInput: Not JSON, no CycloneDX document of a known version, or not what the schema demands; the
            message names the place of each error.
        ToolFailed: The schema files are not installed.
    """
    document = parse_json_object(data, where=where)
    stated = document.get("specVersion")
    if document.get("bomFormat") != "CycloneDX" or stated not in SPECS or (spec and stated != spec):
        raise MalformedInput(
            "not a CycloneDX document of an accepted version",
            code="NOT_CYCLONEDX",
            where=where,
            expected=f'"bomFormat": "CycloneDX", "specVersion": {spec or " or ".join(SPECS)}',
            found=f"{document.get('bomFormat')!r}, {stated!r}"[:160],
        )
    check_schema(document, spec=stated, where=where, repeats=repeats)
    return document


def check_schema(document: dict[str, Any], *, spec: str, where: str, repeats: bool = False) -> None:
    """Check a parsed document against the schema of a version. Raises as `validate_cyclonedx`."""
    validator = _validator(spec)
    if validator.is_valid(document):
        return
    errors = []
    for error in validator.iter_errors(document):
        if repeats and error.schema_path[-1:] == ["uniqueItems"]:
            continue
        place = "/".join(str(part) for part in error.instance_path) or "the document"
        errors.append(f"{place}: {error.message[:200]}")
        if len(errors) == _SHOWN:
            break
    if not errors:
        return
    raise MalformedInput(
        f"not valid CycloneDX {spec}: {'; '.join(errors)}",
        code="CYCLONEDX_INVALID",
        where=where,
        expected=f"the JSON schema of CycloneDX {spec}",
    )


@cache
def spdx_ids() -> frozenset[str]:
    """The SPDX licence identifiers that CycloneDX accepts."""
    return frozenset(_schema("spdx.SNAPSHOT.schema.json")["enum"])


@cache
def _validator(spec: str) -> Validator:
    from jsonschema_rs import validator_for

    # `offline` and the retriever: a schema is a file of the installed package or nothing.
    return validator_for(_schema(f"bom-{spec}.SNAPSHOT.schema.json"), retriever=_retrieve, validate_formats=True)


def _retrieve(uri: str) -> dict[str, Any]:
    name = uri.split("#", 1)[0].rsplit("/", 1)[-1]
    return _schema(name if ".SNAPSHOT." in name else name.replace(".schema.json", ".SNAPSHOT.schema.json"))


@cache
def _schema(name: str) -> dict[str, Any]:
    try:
        return dict(json.loads((_folder() / Path(name).name).read_bytes()))
    except (OSError, ValueError) as error:
        raise _no_schemas(str(error)) from error


@cache
def _folder() -> Path:
    found = find_spec("cyclonedx")
    if found is None or not found.submodule_search_locations:
        raise _no_schemas("the package is not installed")
    return Path(found.submodule_search_locations[0]) / "schema" / "_res"


def _no_schemas(why: str) -> ToolFailed:
    return ToolFailed(
        f"the CycloneDX schemas cannot be read: {why}",
        code="TOOL_MISSING",
        where="cyclonedx-python-lib",
        hint="reinstall supplychain with its dependencies",
    )

"""attestations/trust/v1.schema.json and the code that reads trust files accept the same files."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from supplychain.encoding import parse_yaml
from supplychain.errors import MalformedInput
from supplychain.verification import trust_file
from supplychain.verification.certificates import CLAIMS
from supplychain.verification.trust import Trust

FOLDER = Path(__file__).resolve().parents[3] / "attestations" / "trust"
SCHEMA = json.loads((FOLDER / "v1.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema_rs.Draft202012Validator(SCHEMA)
FILES = sorted(path.name for path in FOLDER.glob("*.yaml"))
KEYLESS = parse_yaml((FOLDER / "keyless.yaml").read_bytes(), where="keyless.yaml")
PUBLIC = parse_yaml((FOLDER / "public-builders.yaml").read_bytes(), where="public-builders.yaml")


@pytest.mark.parametrize("name", FILES)
def test_every_example(name: str) -> None:
    value = parse_yaml((FOLDER / name).read_bytes(), where=name)
    assert [f"{problem.instance_path}: {problem.message}" for problem in VALIDATOR.iter_errors(value)] == []


def test_the_fields_are_those_of_the_code() -> None:
    defs = SCHEMA["$defs"]
    assert set(SCHEMA["properties"]) == trust_file.TOP_FIELDS
    assert set(defs["identity"]["properties"]) == trust_file.IDENTITY_FIELDS
    assert set(defs["identity"]["properties"]["claims"]["properties"]) == set(CLAIMS)
    assert set(defs["rule"]["properties"]) == trust_file.RULE_FIELDS
    assert set(defs["publicBuilder"]["properties"]) == trust_file.BUILDER_FIELDS


def changed(value: Any, path: str, new: Any) -> Any:
    body = copy.deepcopy(value)
    place = body
    *steps, last = path.split("/")
    for step in steps:
        place = place[int(step) if isinstance(place, list) else step]
    if new is ...:
        del place[last]
    else:
        place[last] = new
    return body


WRONG = [
    *(("version", value) for value in (..., 2, "1", None)),
    *(("trusted_root", value) for value in ("staging", {}, {"file": "x"}, {"file": "x", "sha256": "Z" * 64}, None)),
    ("identities", []),
    ("identities", ...),
    ("rules", {}),
    ("rules", ...),
    ("more", 1),
    ("identities/gate/key", ...),
    ("identities/gate/issuer", "https://x"),
    ("identities/gate/claims", {}),
    ("identities/gate/log", "yes"),
    ("identities/ada/issuer", ...),
    ("identities/ada/subject", ...),
    ("identities/ada/subject", ""),
    ("identities/ada/subject_pattern", "x"),
    ("identities/ada/issuer", "accounts.google.com"),
    ("identities/ada/until", "tomorrow"),
    ("identities/ada/claims", {"colour": "red"}),
    ("identities/ada/claims", {"sha": []}),
    ("identities/ada/claims", {"sha": [1]}),
    ("rules/0/claims", "provenance"),
    ("rules/0/signers", []),
    ("rules/0/artifacts", ...),
    ("rules/0/threshold", 0),
    ("rules/0/threshold", "1"),
    ("rules/0/builders", {"x": 4}),
    ("rules/0/environments", []),
    ("rules/0/colour", "red"),
]
WRONG_PUBLIC = [
    *((f"public_builders/npm/{name}", ...) for name in ("builder", "level", "source", "artifacts")),
    ("public_builders/npm/level", 4),
    ("public_builders/npm/tag", 1),
    ("public_builders/npm/colour", 1),
    ("public_builders/npm", None),
    ("public_builders", []),
]


@pytest.mark.parametrize(
    ("base", "path", "new"), [(KEYLESS, *one) for one in WRONG] + [(PUBLIC, *one) for one in WRONG_PUBLIC]
)
def test_both_refuse(base: Any, path: str, new: Any) -> None:
    value = changed(base, path, new)
    assert not VALIDATOR.is_valid(value)
    with pytest.raises(MalformedInput):
        Trust.parse(yaml.safe_dump(value).encode(), where="trust.yaml")

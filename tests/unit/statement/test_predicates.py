"""Predicates: what is written is read back, and a field of another kind is told by its name."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from supplychain.artifact.artifact import Artifact
from supplychain.artifact.digest import Digest
from supplychain.artifact.source import Source
from supplychain.errors import MalformedInput
from supplychain.statement.predicates import provenance, reference, scan, vsa, vulns
from supplychain.statement.predicates.fields import Fields
from supplychain.statement.predicates.registry import CLASSES, KINDS, TYPES, parse_predicate
from supplychain.statement.statement import Statement
from tests.simulator import evidence
from tests.simulator.world import AT

A = Artifact(name="a", digest=Digest.of_bytes(b"a"))
STATEMENTS: dict[str, Statement] = {
    provenance.TYPE: evidence.provenance([A], at=AT),
    reference.TYPE: evidence.sbom([A], at=AT),
    scan.TYPE: evidence.sast([A], at=AT, findings=[evidence.weakness()]),
    vulns.TYPE: evidence.dependencies([A], at=AT, findings=[evidence.HIGH]),
    vsa.TYPE: evidence.summary(A, "staging", at=AT),
}
MISSING = [
    (kind, path)
    for kind, path in [
        (provenance.TYPE, "buildDefinition"),
        (provenance.TYPE, "buildDefinition.buildType"),
        (provenance.TYPE, "buildDefinition.externalParameters"),
        (provenance.TYPE, "runDetails"),
        (provenance.TYPE, "runDetails.builder"),
        (provenance.TYPE, "runDetails.builder.id"),
        (reference.TYPE, "attester"),
        (reference.TYPE, "references"),
        (scan.TYPE, "scanner.kind"),
        (scan.TYPE, "metadata"),
        (scan.TYPE, "metadata.scanFinishedOn"),
        (scan.TYPE, "findings"),
        (scan.TYPE, "coverage"),
        (vulns.TYPE, "scanner.uri"),
        (vulns.TYPE, "scanner.result"),
        (vulns.TYPE, "metadata.scanStartedOn"),
        (vsa.TYPE, "verifier"),
        (vsa.TYPE, "timeVerified"),
        (vsa.TYPE, "resourceUri"),
        (vsa.TYPE, "policy"),
        (vsa.TYPE, "policy.uri"),
        (vsa.TYPE, "policy.digest"),
        (vsa.TYPE, "verificationResult"),
    ]
]


def changed(value: Any, path: str, new: Any) -> Any:
    head, _, rest = path.partition(".")
    copy = dict(value)
    if rest:
        copy[head] = changed(copy[head], rest, new)
    elif new is ...:
        del copy[head]
    else:
        copy[head] = new
    return copy


@pytest.mark.parametrize("kind", STATEMENTS)
def test_it_survives(kind: str) -> None:
    statement = STATEMENTS[kind]
    assert statement.predicate_type == kind
    value = parse_predicate(kind, statement.predicate, where="")
    assert value is not None
    assert value.to_json() == statement.predicate


def test_every_kind_has_one_type() -> None:
    assert {TYPES[word]: word for word in TYPES} == KINDS
    assert set(STATEMENTS) <= set(KINDS)
    for uri, (_, module, name) in CLASSES.items():
        found = import_module(f"supplychain.statement.predicates.{module}")
        assert uri == found.TYPE
        assert getattr(found, name).__module__ == found.__name__


def test_a_type_nobody_knows_has_no_class() -> None:
    assert parse_predicate("urn:example:t", {"x": 1}, where="") is None


@pytest.mark.parametrize(("kind", "path"), MISSING)
def test_a_field_that_is_missing_or_of_another_kind(kind: str, path: str) -> None:
    for wrong in (..., None, 5, [1], True):
        with pytest.raises(MalformedInput) as caught:
            parse_predicate(kind, changed(STATEMENTS[kind].predicate, path, wrong), where="there")
        assert "there" in caught.value.where
        assert caught.value.code in ("BAD_PREDICATE", "NOT_A_TIME", "NOT_A_DIGEST")


@pytest.mark.parametrize(
    ("kind", "path", "wrong"),
    [
        (vsa.TYPE, "verificationResult", "passed"),
        (vsa.TYPE, "policy.digest", {}),
        (vsa.TYPE, "policy.digest", {"sha1": "a" * 40}),
        (vsa.TYPE, "timeVerified", "yesterday"),
        (vsa.TYPE, "inputAttestations", [5]),
        (reference.TYPE, "references", []),
        (reference.TYPE, "references", [{}, {}]),
        (reference.TYPE, "references", [{"digest": {"md5": "x"}}]),
        (provenance.TYPE, "runDetails.metadata", {"finishedOn": "soon"}),
        (provenance.TYPE, "buildDefinition.resolvedDependencies", ["x"]),
        (scan.TYPE, "findings", ["x"]),
    ],
)
def test_a_value_that_does_not_do(kind: str, path: str, wrong: object) -> None:
    with pytest.raises(MalformedInput):
        parse_predicate(kind, changed(STATEMENTS[kind].predicate, path, wrong), where="there")


def test_two_documents_are_not_one() -> None:
    one = STATEMENTS[reference.TYPE].predicate["references"][0]
    with pytest.raises(MalformedInput, match="one document"):
        parse_predicate(reference.TYPE, {"attester": {"id": "x"}, "references": [one, one]}, where="")


@pytest.mark.parametrize(
    ("uri", "environment"),
    [("urn:supplychain:policy:staging", "staging"), ("urn:supplychain:policy:", ""), ("https://example/staging", None)],
)
def test_the_environment_of_a_summary(uri: str, environment: str | None) -> None:
    body = changed(STATEMENTS[vsa.TYPE].predicate, "policy.uri", uri)
    assert vsa.Vsa.parse(body, where="").environment == environment


@pytest.mark.parametrize("commit", [None, "1" * 40])
@pytest.mark.parametrize("ref", [None, "refs/heads/main"])
def test_the_source_as_a_dependency(commit: str | None, ref: str | None) -> None:
    source = Source(uri="git+https://x/y", tree=Digest.of_bytes(b"tree"), commit=commit, ref=ref, dirty=True)
    found = provenance.source_dependency(source)
    assert found.digest["sha256"] == source.tree.hex
    assert found.digest.get("gitCommit") == commit
    assert found.annotations["dirty"] is True
    assert found.uri == ("git+https://x/y@refs/heads/main" if commit and ref else "git+https://x/y")
    assert found.annotations.get("revision_control") == (None if commit else "none")


def test_fields() -> None:
    fields = Fields({"t": "x", "n": 5, "b": True, "o": {"t": 1}, "l": [{}], "s": ["a"], "null": None}, "top")
    assert (fields.text("t"), fields.number("n"), fields.texts("s")) == ("x", 5, ("a",))
    assert (fields.text("no", optional=True), fields.number("null", optional=True)) == ("", 0)
    assert fields.object("no", optional=True).value == {}
    assert (fields.objects("no", optional=True), fields.texts("no", optional=True)) == ((), ())
    for ask in (
        lambda: fields.text("no"),
        lambda: fields.text("n"),
        lambda: fields.text("n", optional=True),
        lambda: fields.number("b"),
        lambda: fields.object("l"),
        lambda: fields.objects("s"),
        lambda: fields.texts("l"),
    ):
        with pytest.raises(MalformedInput) as caught:
            ask()
        assert caught.value.where.startswith("top.")
    with pytest.raises(MalformedInput) as caught:
        fields.object("o").text("t")
    assert caught.value.where == "top.o.t"

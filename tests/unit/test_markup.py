"""XML from outside: no entities, no fetching, limits on depth and size."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from supplychain import markup
from supplychain.errors import MalformedInput
from supplychain.markup import Elements, read_xml, root_of


class Seen(Elements):
    def __init__(self) -> None:
        self.names: list[str] = []
        self.texts: dict[str, str] = {}

    def begin(self, name: str, attributes: Mapping[str, str], path: tuple[str, ...]) -> None:
        self.names.append("/".join([*path, name]))

    def end(self, name: str, text: str) -> None:
        self.texts[name] = text


def refused(data: bytes) -> str:
    with pytest.raises(MalformedInput) as error:
        read_xml(data, Seen(), where="x")
    return error.value.code


def test_elements_come_with_their_path_and_text() -> None:
    seen = Seen()
    read_xml(b'<?xml version="1.0"?><a xmlns:n="u"><n:b>1&amp;2</n:b></a>', seen, where="x")
    assert (seen.names, seen.texts["b"]) == (["a", "a/b"], "1&2")


def test_entities_are_refused(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
    assert refused(f'<!DOCTYPE a [<!ENTITY l0 "lol">{bomb}]><a>&l9;</a>'.encode()) == "XML_ENTITY"
    secret = tmp_path / "secret"
    secret.write_text("secret")
    assert refused(f'<!DOCTYPE a [<!ENTITY e SYSTEM "{secret.as_uri()}">]><a>&e;</a>'.encode()) == "XML_ENTITY"
    assert refused(f'<!DOCTYPE a [<!ENTITY % e SYSTEM "{secret.as_uri()}">%e;]><a/>'.encode()) == "XML_ENTITY"
    assert refused(b"<a>&undeclared;</a>") == "NOT_XML"


def test_a_document_type_that_is_named_is_not_fetched() -> None:
    seen = Seen()
    read_xml(b'<!DOCTYPE coverage SYSTEM "http://127.0.0.1:1/coverage-04.dtd"><coverage/>', seen, where="x")
    assert seen.names == ["coverage"]


def test_depth_and_number_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(b"<a>" * 101 + b"</a>" * 101) == "TOO_DEEP"
    monkeypatch.setattr(markup, "MAX_ELEMENTS", 10)
    assert refused(b"<a>" + b"<b/>" * 10 + b"</a>") == "TOO_LARGE"


def test_root() -> None:
    assert root_of(b"<?xml version='1.0'?><!-- x --><testsuite a='1'>" + b"x" * 9000) == "testsuite"
    assert root_of(b"{}") == ""

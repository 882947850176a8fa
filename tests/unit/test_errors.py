"""The error tree: every leaf says who must act, and explains itself."""

from __future__ import annotations

import pytest

from supplychain import errors
from supplychain.errors import CANNOT_TELL, EXIT_CODES, ExitCode, SupplychainError

LEAVES = SupplychainError.__subclasses__()


def test_every_leaf_has_an_exit_code_of_its_own() -> None:
    codes = [leaf.exit_code for leaf in LEAVES]
    assert len(LEAVES) == len(set(codes)) == 6
    assert set(codes) == set(EXIT_CODES) - {ExitCode.OK, ExitCode.BUG, ExitCode.DENIED}
    assert not [leaf for leaf in LEAVES if leaf.__subclasses__()]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    for leaf in LEAVES:
        assert f"── {leaf.__name__:<22}{int(leaf.exit_code)}   " in str(errors.__doc__)


def test_cannot_tell_is_3_4_and_7() -> None:
    assert {int(code) for code in CANNOT_TELL} == {3, 4, 7}


@pytest.mark.parametrize("leaf", LEAVES)
def test_diagnostics(leaf: type[SupplychainError]) -> None:
    error = leaf("it broke", where="here", expected="this", found="that", hint="do so")
    head, *lines = error.diagnostics().splitlines()
    word = "CANNOT-TELL" if leaf.exit_code in CANNOT_TELL else "error"
    assert head == f"{word} [{leaf.default_code}]: it broke"
    assert lines == ["  where:    here", "  expected: this", "  found:    that", "  next:     do so"]
    assert leaf("it broke", code="OWN").diagnostics() == f"{word} [OWN]: it broke"
    assert str(error) == "it broke"


def test_as_json() -> None:
    body = errors.ToolFailed("it broke", code="OWN", where="here").to_json()
    assert body == {"error": {"code": "OWN", "message": "it broke", "where": "here", "exit_code": 4}}

"""The ladder."""

from __future__ import annotations

import pytest

from supplychain.errors import UsageError
from supplychain.promotion.ladder import Ladder


def test_the_rungs() -> None:
    ladder = Ladder()
    assert [ladder.before(name) for name in ladder.environments] == [None, "dev", "staging"]
    assert ladder.upto("staging") == ("dev", "staging")
    assert ladder.upto("production") == ladder.environments
    assert Ladder(environments=("only",)).before("only") is None


@pytest.mark.parametrize("name", ["", "prod", "Dev", "dev ", "*"])
def test_what_is_no_rung(name: str) -> None:
    for ask in (Ladder().before, Ladder().upto):
        with pytest.raises(UsageError) as caught:
            ask(name)
        assert caught.value.code == "UNKNOWN_ENVIRONMENT"
        assert "dev → staging → production" in caught.value.expected

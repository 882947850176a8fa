"""`--log-url`, `--timestamp-url` and notes about log entries: an address that no client can ask is told, not a crash."""

from __future__ import annotations

import pytest

from supplychain.errors import UsageError
from supplychain.signing.service import Service


@pytest.mark.parametrize(
    "url",
    [
        "https://h:x/",
        "https://h:99999/",
        "https://h/\x7f",
        "https://h\tx/",
        "https://h/\n",
        "https://\udcff/",
        "https://h/" + "a" * 70_000,
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        Service.at("LOG", "the log", url)
    assert caught.value.code == "BAD_ADDRESS"


@pytest.mark.parametrize("url", ["https://rekor.example", "https://rekor.example:8443/api/v2/", "http://127.0.0.1:1/"])
def test_an_address(url: str) -> None:
    assert Service.at("LOG", "the log", url).url == url.rstrip("/")

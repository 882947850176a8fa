from __future__ import annotations

import time

import pytest

from supplychain.scan.image_secret_patterns import entropy, is_secret, named_secrets, shaped_secrets


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        ("DB_PASSWORD", "9f8e7d6c5b4a", True),
        ("aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzzzzz", True),
        ("stripe.api-key", "9f8e7d6c5b4a", True),
        ("PATH", "9f8e7d6c5b4a", False),
        ("PUBLIC_TOKEN", "9f8e7d6c5b4a", False),
        ("TOKEN_TTL", "9f8e7d6c5b4a", False),
        ("TOKEN", "short", False),
        ("TOKEN", "aaaaaaaaaaaaaaa", False),
        ("TOKEN", "/run/secrets/token", False),
        ("TOKEN", "{{ token }}", False),
    ],
)
def test_names_and_values(name, value, secret):
    assert is_secret(name, value) is secret


def test_entropy():
    assert (entropy("aaaa"), entropy("abab"), entropy("")) == (0.0, 1.0, 0)


@pytest.mark.parametrize(
    "text",
    [
        "PASSWORD" * 30_000,
        "a." * 150_000,
        "TOKEN " * 50_000,
        "-----BEGIN PRIVATE KEY-----\n" + "A: b " * 60_000,
        "-----BEGIN PRIVATE KEY-----\n" * 10_000,
        "a://b:" * 50_000,
        "hooks.slack.com/services/T" * 12_000,
        "ghp_" * 75_000,
    ],
    ids=["names", "dots", "words", "headers", "begins", "addresses", "hooks", "tokens"],
)
def test_text_made_to_be_slow_is_not(text):
    started = time.monotonic()
    list(shaped_secrets(text.encode()))
    list(named_secrets(text))
    assert time.monotonic() - started < 2

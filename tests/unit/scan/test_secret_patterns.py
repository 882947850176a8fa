from __future__ import annotations

import pytest

from supplychain.scan.secret_patterns import entropy, is_secret, named_secrets, shaped_secrets
from tests.simulator.runaway import ends


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
        "AKIAABCDEFGHIJKLMNOP\n" * 100_000,
        "API_TOKEN=9f8e7d6c5b4a\n" * 20_000,
        "SG." * 300_000,
    ],
    ids=["names", "dots", "words", "headers", "begins", "addresses", "hooks", "tokens", "keys", "values", "starts"],
)
def test_text_made_to_be_slow_is_not(text):
    with ends():
        assert len(list(shaped_secrets(text.encode()))) <= 50
        assert len(list(named_secrets(text))) <= 100


def test_a_bundle_of_thirty_megabytes_is_searched():
    text = b"const a1b2=function(c){return npm_config+'SG.x'+gh_pages}; " * 550_000
    assert [secret.kind for secret in shaped_secrets(text + b" ghp_" + b"a1B2" * 9)] == ["github-token"]


def test_one_text_is_one_secret_and_lines_are_counted():
    key = b"-----BEGIN RSA PRIVATE KEY-----\nAKIAABCDEFGHIJKLMNOP\nMIIEowIBAAKCAQEAq3JpZ2h0\n-----END RSA PRIVATE KEY-----\n"
    found = list(shaped_secrets(b"x\n" + key + b"sk_live_" + b"a1B2" * 6 + b"\nxoxb-123456789012-" + b"a1B2" * 4))
    assert [(secret.kind, secret.line) for secret in found] == [
        ("private-key", 2),
        ("stripe-key", 6),
        ("slack-token", 7),
    ]
    assert [secret.line for _, secret in named_secrets("\nA_TOKEN=9f8e7d6c5b4a\n\nB_TOKEN=1f8e7d6c5b4a")] == [2, 4]


@pytest.mark.parametrize("text", [b"k_live_" + b"a" * 30, b"xghp_" + b"a1B2" * 9, b"ghp_" + b"a1B2" * 10, b"AIza", b""])
def test_what_only_begins_like_a_secret(text):
    assert list(shaped_secrets(text)) == []

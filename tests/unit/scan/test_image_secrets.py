from __future__ import annotations

import base64
import json

import pytest

from supplychain.artifact.image.tree import Oddity
from supplychain.scan.finding import Level
from supplychain.scan.image_secrets import ImageSecretScanner, is_searched
from supplychain.scan.image_wanted import image_wanted
from tests.simulator.image_trees import image_of, tree_of

BODY = "\n".join(["MIIEpAIBAAKCAQEA" + "x1Y2" * 12] * 5)
KEY = f"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n"
TOKEN = "ghp_" + "a1B2" * 9


def scan(*layers, **rest):
    return ImageSecretScanner(image_of(len(layers)), tree_of(*layers, more=image_wanted, **rest)).scan()


def ids(result) -> list[str]:
    return [finding.id.removeprefix("image-secret-") for finding in result.findings]


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("root/.ssh/id_rsa", KEY, "private-key"),
        ("etc/ssl/private/server.key", KEY.replace("RSA ", ""), "private-key"),
        ("app/account.json", json.dumps({"private_key": KEY}), "private-key"),
        ("app/settings.py", "x = 1\nAWS = 'AKIAQYLPMN5HABCDEFGH'\n", "aws-access-key"),
        ("app/config.yaml", f"token: {TOKEN}\n", "github-token"),
        ("app/a.js", "const k = 'sk_live_" + "a1B2c3" * 4 + "'", "stripe-key"),
        ("app/a.txt", "AIza" + "a1B2c3D" * 5, "google-api-key"),
        ("app/a.toml", "xoxb-1234567890-abcdefGHIJKL", "slack-token"),
        ("app/binary.key", b"\0\1" + KEY.encode(), "private-key"),
        ("root/.npmrc", "//registry.example/:_authToken=abcdef0123456789\n", "npm-credentials"),
        ("root/.pypirc", "[pypi]\nusername: x\npassword: hunter22\n", "pypi-credentials"),
        ("root/.netrc", "machine x login y password hunter22\n", "netrc-password"),
        ("root/.git-credentials", "https://user:hunter22@git.example.org\n", "password-in-address"),
        ("app/.env", "# x\nDB_PASSWORD=9f8e7d6c5b4a\n", "password"),
        ("app/prod.env", 'SECRET_KEY="9f8e7d6c5b4a"\n', "password"),
        ("root/.docker/config.json", '{"auths": {"r.example": {"auth": "dXNlcjpwdw=="}}}', "registry-login"),
    ],
)
def test_each_kind(path, content, kind):
    result = scan({path: content})
    assert ids(result) == [kind]
    assert result.findings[0].location is not None
    assert result.findings[0].location.path == path
    assert result.coverage.complete


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("root/.ssh/id_rsa.pub", "ssh-rsa AAAA"),
        ("etc/ssl/certs/ca.pem", "-----BEGIN CERTIFICATE-----\nMIIE\n"),
        ("app/readme.txt", "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----\n"),
        ("app/aws.py", "KEY = 'AKIAIOSFODNN7EXAMPLE'"),
        ("root/.npmrc", "//registry.example/:_authToken=${NPM_TOKEN}\n"),
        ("app/.env", "DB_PASSWORD=changeme123\nAPI_KEY=<your key>\nSECRET_FILE=/run/x\nTOKEN=$OTHER\n"),
        ("root/.docker/config.json", '{"credsStore": "desktop", "auths": {"r.example": {}}}'),
        ("root/.docker/config.json", "{"),
        ("usr/lib/python3.11/site-packages/certs/test.key", KEY),
        ("app/node_modules/x/test/key.pem", KEY),
        ("usr/share/doc/x/id_rsa", KEY),
    ],
)
def test_no_noise(path, content):
    assert ids(scan({path: content})) == []


def test_what_a_later_layer_replaces_is_still_there():
    result = scan({"app/.npmrc": f"x={TOKEN}\n"}, {"app/.npmrc": "\n"})
    assert ids(result) == ["github-token"]
    assert "in layer 0" in result.findings[0].title
    assert "deleted or replaced" in result.findings[0].title


def test_one_secret_in_two_places_is_one_finding():
    result = scan({"app/a.txt": TOKEN, "app/b.txt": TOKEN})
    assert ids(result) == ["github-token"]


def test_a_secret_is_never_shown():
    text = json.dumps(
        scan({"app/.env": f"A_TOKEN={TOKEN}\nPASSWORD=9f8e7d6c5b4a\n", "root/.ssh/id_rsa": KEY}).to_json()
    )
    assert TOKEN not in text
    assert "9f8e7d6c5b4a" not in text
    assert "x1Y2" not in text


def test_lines_and_levels():
    result = scan({"app/.env": "A=1\n\nDB_PASSWORD=9f8e7d6c5b4a\n", "app/x.txt": "\n" + TOKEN})
    assert [(finding.level, finding.location.line) for finding in result.findings if finding.location] == [
        (Level.CRITICAL, 2),
        (Level.HIGH, 3),
    ]


def test_large_and_lost_files_are_coverage_lost():
    oddities = (Oddity(what="y", reason="too_large", lost=True),)
    files = {"app/big.txt": b" " * 33_600_000, "app/.env": b" " * 3_000_000, "app/bundle.js": b" " * 3_000_000}
    result = scan({**files, "app/small.txt": b"x"}, oddities=oddities)
    assert sorted(skip.what for skip in result.coverage.skipped) == ["app/.env", "app/big.txt", "y"]
    assert (result.coverage.asked, result.coverage.looked_at) == (5, 2)


def test_many_secrets_in_one_file_are_limited():
    lines = "\n".join("ghp_" + base64.b32encode(f"{index:022}".encode()).decode()[:36] for index in range(500))
    assert len(scan({"app/x.txt": lines}).findings) <= 50


def test_where_is_searched():
    assert [
        is_searched(path) for path in ("app/x.py", "srv/usr/lib/x.py", "usr/lib/x.py", "app/package.json", "app/x")
    ] == [
        True,
        True,
        False,
        False,
        False,
    ]

"""Side by side with in-toto's own programs: they accept our links, and refuse what we refuse.

`in-toto-verify` and `in-toto-run` come with the package that checks layouts here; they run as a user would run them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from supplychain.errors import ExitCode
from tests.simulator.layouts import BUILD, CHECKOUT, PRODUCT, SOURCE, Chain
from tests.simulator.runner import assert_told

VERIFY = Path(sys.executable).with_name("in-toto-verify")
RUN = Path(sys.executable).with_name("in-toto-run")
pytestmark = [
    pytest.mark.tools,
    pytest.mark.skipif(not VERIFY.exists() or not RUN.exists(), reason="in-toto's programs are not installed"),
]
LATER = "2099-01-01T00:00:00Z"
"""Their clock is the wall's."""
STEPS = (
    {"name": "review", "pubkeys": ["bob"], "expected_products": [["REQUIRE", "src/app.py"], ["ALLOW", "*"]]},
    {
        "name": "build",
        "pubkeys": ["bob"],
        "expected_materials": [["MATCH", "src/*", "WITH", "PRODUCTS", "FROM", "review"], ["DISALLOW", "src/*"]],
        "expected_products": [["CREATE", "shop.tar"], ["DISALLOW", "*"]],
    },
)


def theirs(chain: Chain) -> subprocess.CompletedProcess[str]:
    words = [
        VERIFY,
        "--layout",
        chain.path,
        "--verification-keys",
        chain.folder / "owner.pub",
        "--link-dir",
        chain.links,
    ]
    return subprocess.run([str(word) for word in words], cwd=chain.folder, capture_output=True, text=True, timeout=60)


def with_source(chain: Chain) -> Path:
    """A project in the chain's folder, whose links will be ours."""
    root = chain.folder / "shop"
    for path, data in SOURCE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    pem = "".join(f"      {line}\n" for line in chain.signer("bob").public_key.pem.splitlines())
    rule = '  - {claims: ["*"], signers: [bob], artifacts: ["*"]}\n'
    (root / "trust.yaml").write_text(f"version: 1\nidentities:\n  bob:\n    key: |\n{pem}rules:\n{rule}")
    shutil.rmtree(chain.links)
    chain.layout(STEPS, expires=LATER)
    return root


def perform(chain: Chain, root: Path) -> None:
    """Both steps by our program."""
    words = ["-C", root, "--link-dir", chain.links]
    told = chain.run("attest", "link", "--step", "review", "--product", "src/*", *words)
    assert_told(told, ExitCode.OK)
    script = "import pathlib; pathlib.Path('shop.tar').write_bytes(b'the archive\\n')"
    told = chain.run("build", "--product", "shop.tar", *words, "--", sys.executable, "-c", script)
    assert_told(told, ExitCode.OK)


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ed25519"])
def test_in_toto_verify_accepts_our_links(tmp_path: Path, kind: str) -> None:
    chain = Chain(tmp_path / "chain", kind=kind)
    root = with_source(chain)
    perform(chain, root)
    done = theirs(chain)
    assert done.returncode == 0, done.stderr
    assert_told(chain.verify(artifact=root / "shop.tar"), ExitCode.OK)
    link = next(chain.links.glob("build.*"))
    link.write_text(link.read_text().replace('"sig": "', '"sig": "AAAA'))
    assert theirs(chain).returncode == 1
    assert chain.verify(artifact=root / "shop.tar").exit_code != 0


def test_links_of_the_store_serve_as_well(tmp_path: Path) -> None:
    """Statements, signed and kept under their products: found from the artifact back to the first step."""
    chain = Chain(tmp_path / "chain")
    root = with_source(chain)
    perform(chain, root)
    shutil.rmtree(chain.links)
    told = chain.verify("--link-dir", "store", "--project", root, artifact=root / "shop.tar")
    assert_told(told, ExitCode.OK)
    (root / "src" / "app.py").write_bytes(b"evil")
    script = "import pathlib; pathlib.Path('shop.tar').write_bytes(b'evil')"
    chain.run("build", "--product", "shop.tar", "-C", root, "--", sys.executable, "-c", script)
    told = chain.verify("--link-dir", "store", "--project", root, artifact=root / "shop.tar")
    assert_told(told, ExitCode.VERIFICATION_FAILED, "LAYOUT_RULE")


def test_we_accept_the_links_of_in_toto_run(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain")
    root = with_source(chain)
    for step, products, command in (
        ("review", ["src"], ["true"]),
        ("build", ["shop.tar"], ["cp", "src/app.py", "shop.tar"]),
    ):
        words = ["--step-name", step, "--signing-key", chain.folder / "bob.pem", "--metadata-directory", chain.links]
        words += ["--materials", "src", "--products", *products, "--", *command]
        chain.links.mkdir(exist_ok=True)
        subprocess.run([str(w) for w in (RUN, *words)], cwd=root, check=True, capture_output=True, timeout=60)
    assert theirs(chain).returncode == 0
    assert_told(chain.verify(artifact=root / "shop.tar"), ExitCode.OK)


def test_layout_of_the_documentation(tmp_path: Path) -> None:
    """The script in docs/steps-and-layouts.md, run as it stands there."""
    chain = Chain(tmp_path / "chain")
    root = with_source(chain)
    text = (Path(__file__).parents[2] / "docs" / "steps-and-layouts.md").read_text("utf-8")
    script = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    shutil.copy(chain.folder / "bob.pub", chain.folder / "builder.pub")
    subprocess.run([sys.executable, "-c", script], cwd=chain.folder, check=True, timeout=60)
    words = ["-C", root, "--link-dir", chain.links]
    chain.run("attest", "link", "--step", "review", "--product", "src/**/*.py", *words)
    make = "import pathlib; pathlib.Path('dist').mkdir(); pathlib.Path('dist/shop.tar').write_bytes(b'made')"
    chain.run("build", "--product", "dist/*.tar", *words, "--", sys.executable, "-c", make)
    told = chain.verify(artifact=root / "dist" / "shop.tar")
    assert_told(told, ExitCode.OK)
    assert re.findall(r"step (\w+):", told.stdout) == ["review", "build"]


def nothing(chain: Chain) -> None:
    """Leave it honest."""


def swapped(chain: Chain) -> None:
    chain.link("build", by="bob", materials={**SOURCE, "src/app.py": b"evil"}, products=PRODUCT)


def missing(chain: Chain) -> None:
    next(chain.links.glob("checkout.*")).unlink()


def stranger(chain: Chain) -> None:
    forged = chain.link("build", by="mallory", materials=SOURCE, products=PRODUCT)
    forged.rename(next(chain.links.glob(f"build.{chain.keyid('bob'):.8}.*")))


def unsigned(chain: Chain) -> None:
    chain.layout(expires=LATER, by=())


def expired(chain: Chain) -> None:
    chain.layout(expires="2020-01-01T00:00:00Z")


def alone(chain: Chain) -> None:
    chain.layout((CHECKOUT, {**BUILD, "pubkeys": ["bob", "carol"], "threshold": 2}), expires=LATER)


def at_odds(chain: Chain) -> None:
    alone(chain)
    chain.link("build", by="carol", materials=SOURCE, products={"shop.tar": b"other"})


def required(chain: Chain) -> None:
    chain.layout((CHECKOUT, {**BUILD, "expected_products": [["REQUIRE", "README"], ["ALLOW", "*"]]}), expires=LATER)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (nothing, ""),
        (swapped, "LAYOUT_RULE"),
        (missing, "LINK_MISSING"),
        (stranger, "LINK_UNKNOWN_SIGNER"),
        (unsigned, "LAYOUT_NOT_SIGNED"),
        (expired, "LAYOUT_EXPIRED"),
        (alone, "LAYOUT_THRESHOLD"),
        (at_odds, "LINKS_DIFFER"),
        (required, "LAYOUT_RULE"),
    ],
)
@pytest.mark.parametrize("dsse", [False, True], ids=["metablock", "dsse"])
def test_both_say_the_same(tmp_path: Path, dsse: bool, change: Callable[[Chain], None], code: str) -> None:
    chain = Chain(tmp_path / "chain", dsse=dsse)
    chain.layout(expires=LATER)
    change(chain)
    assert theirs(chain).returncode == (1 if code else 0)
    assert_told(chain.verify(), ExitCode.VERIFICATION_FAILED if code else ExitCode.OK, code)

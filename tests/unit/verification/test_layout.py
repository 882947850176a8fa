"""Layouts, through the command line: what is followed, what is not, and why. `tests/attacks/test_layout_*` has the rest."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from supplychain.artifact.digest import Digest
from supplychain.errors import ExitCode, MalformedInput
from supplychain.signing.identity import PublicKey
from supplychain.verification.layout_keys import LayoutKey, in_toto_keyid, parse_keys
from supplychain.verification.layout_metadata import SignedMetadata, canonical
from tests.simulator.layouts import BUILD, CHECKOUT, PRODUCT, SOURCE, Chain, hashed
from tests.simulator.runner import Outcome, assert_told

PACK = {**BUILD, "name": "pack", "pubkeys": ["bob", "carol"], "threshold": 2}


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    return Chain(tmp_path / "chain")


def refused(outcome: Outcome, error: str, exit_code: ExitCode = ExitCode.VERIFICATION_FAILED) -> None:
    assert_told(outcome, exit_code, error)


@pytest.mark.parametrize("kind", ["ecdsa-p256", "ecdsa-p384", "ed25519"])
@pytest.mark.parametrize("dsse", [False, True], ids=["metablock", "dsse"])
def test_honest_chain_is_followed(tmp_path: Path, dsse: bool, kind: str) -> None:
    chain = Chain(tmp_path / "chain", dsse=dsse, kind=kind)
    told = chain.verify("--format", "json")
    assert_told(told, ExitCode.OK)
    layout = told.json["layout"]
    assert (layout["result"], layout["keys"]) == ("PASSED", [chain.keyid("owner")])
    assert layout["layout"]["digest"] == Digest.of_file(chain.path).to_set()
    assert [step["functionaries"] for step in layout["steps"]] == [[chain.keyid("alice")], [chain.keyid("bob")]]
    assert told.json["notes"] == []


def test_table_names_steps_and_functionaries(chain: Chain) -> None:
    told = chain.verify().stdout
    assert told.startswith(f"followed  root.layout  {Digest.of_file(chain.path)}\n")
    assert f"  step build: {chain.keyid('bob')[:16]}\n" in told


def test_artifact_by_digest(chain: Chain) -> None:
    assert_told(chain.verify(artifact=str(Digest.of_file(chain.file))), ExitCode.OK)


def test_another_command_is_noted(chain: Chain) -> None:
    chain.link("build", by="bob", materials=SOURCE, products=PRODUCT, command=["make"])
    told = chain.verify()
    assert_told(told, ExitCode.OK)
    assert "note: step 'build'" in told.stderr
    assert "['make']" in told.stderr


# The layout


def test_layout_that_expired_at_the_time_asked_for(chain: Chain) -> None:
    chain.layout(expires="2020-01-01T00:00:00Z")
    refused(chain.verify(), "LAYOUT_EXPIRED")
    assert_told(chain.verify(at="2019-12-31T23:59:59Z"), ExitCode.OK)


def test_every_owner_must_have_signed(chain: Chain) -> None:
    refused(chain.verify("--layout-key", chain.folder / "carol.pub"), "LAYOUT_SIGNATURE")
    chain.layout(by=("owner", "carol"))
    assert_told(chain.verify("--layout-key", chain.folder / "carol.pub"), ExitCode.OK)


def test_layout_without_signature(chain: Chain) -> None:
    chain.layout(by=())
    refused(chain.verify(), "LAYOUT_NOT_SIGNED")


def test_layout_without_key_is_a_question_without_sense(chain: Chain) -> None:
    told = chain.run("verify", chain.file, "--layout", chain.path, "--link-dir", chain.links)
    refused(told, "LAYOUT_KEY_MISSING", ExitCode.USAGE)


@pytest.mark.parametrize("change", [{"steps": []}, {"_type": "link"}, {"expires": "tomorrow"}, {"keys": []}])
def test_layout_that_is_none(chain: Chain, change: dict[str, object]) -> None:
    body = json.loads(chain.path.read_bytes())["signed"]
    resign(chain, {**body, **change})
    refused(chain.verify(), "BAD_LAYOUT", ExitCode.MALFORMED)


@pytest.mark.parametrize("threshold", [0, -1, 2, True])
def test_threshold_that_means_nothing(chain: Chain, threshold: int) -> None:
    body = json.loads(chain.path.read_bytes())["signed"]
    body["steps"][1]["threshold"] = threshold
    resign(chain, body)
    refused(chain.verify(), "BAD_LAYOUT", ExitCode.MALFORMED)


def test_openpgp_keys_are_not_read(chain: Chain) -> None:
    body = json.loads(chain.path.read_bytes())["signed"]
    body["keys"] |= {"ab" * 20: {"type": "rsa", "method": "pgp+rsa-pkcsv1.5", "hashes": [], "keyval": {}}}
    resign(chain, body)
    refused(chain.verify(), "LAYOUT_KEY_UNSUPPORTED", ExitCode.MALFORMED)


def test_scheme_that_is_not_the_key_s(chain: Chain) -> None:
    body = json.loads(chain.path.read_bytes())["signed"]
    next(iter(body["keys"].values()))["scheme"] = "rsa-pkcs1v15-sha256"
    resign(chain, body)
    refused(chain.verify(), "LAYOUT_KEY_UNSUPPORTED", ExitCode.MALFORMED)


def resign(chain: Chain, body: dict[str, object]) -> None:
    message = canonical(body, where="test")
    signature = {"keyid": chain.keyid("owner"), "sig": chain.signer("owner")._sign(message).hex()}
    chain.path.write_text(json.dumps({"signed": body, "signatures": [signature]}))


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"signed": 1, "signatures": []}', '{"signed": {"a": 0.5}, "signatures": []}', "\x00"]
)
def test_file_that_is_no_metadata(chain: Chain, text: str) -> None:
    chain.path.write_text(text)
    assert chain.verify().exit_code == ExitCode.MALFORMED


# Parameters


def test_parameters_are_put_in(chain: Chain) -> None:
    build = {**BUILD, "expected_products": [["CREATE", "{NAME}.tar"], ["ALLOW", "src/*"], ["DISALLOW", "*"]]}
    chain.layout((CHECKOUT, build))
    refused(chain.verify(), "LAYOUT_PARAMETER")
    refused(chain.verify("--layout-parameter", "NAME=other"), "LAYOUT_RULE")
    told = chain.verify("--layout-parameter", "NAME=shop", "--format", "json")
    assert told.json["layout"]["parameters"] == {"NAME": "shop"}


@pytest.mark.parametrize("text", ["{NAME.__class__}", "{NAME!r}", "{NAME:>9}", "{0}x{", "{}"])
def test_placeholder_that_is_more_than_a_name(chain: Chain, text: str) -> None:
    chain.layout((CHECKOUT, {**BUILD, "expected_materials": [["ALLOW", text]]}))
    refused(chain.verify("--layout-parameter", "NAME=shop"), "BAD_LAYOUT", ExitCode.MALFORMED)


@pytest.mark.parametrize(
    "words", [["--layout-parameter", "x"], ["--layout-parameter", "a=1", "--layout-parameter", "a=2"]]
)
def test_parameter_that_is_none(chain: Chain, words: list[str]) -> None:
    assert chain.verify(*words).exit_code == ExitCode.USAGE


# Links


def test_missing_link(chain: Chain) -> None:
    next(chain.links.glob("checkout.*")).unlink()
    refused(chain.verify(), "LINK_MISSING")


def test_threshold_counts_people(chain: Chain) -> None:
    chain.layout((CHECKOUT, PACK))
    chain.link("pack", by="bob", materials=SOURCE, products=PRODUCT)
    refused(chain.verify(), "LAYOUT_THRESHOLD")
    chain.link("pack", by="carol", materials=SOURCE, products=PRODUCT)
    assert_told(chain.verify(), ExitCode.OK)


def test_functionaries_who_differ(chain: Chain) -> None:
    chain.layout((CHECKOUT, PACK))
    chain.link("pack", by="bob", materials=SOURCE, products=PRODUCT)
    chain.link("pack", by="carol", materials=SOURCE, products={**PRODUCT, "src/app.py": b"other"})
    refused(chain.verify(), "LINKS_DIFFER")


def test_functionary_of_another_step(chain: Chain) -> None:
    chain.layout(({**CHECKOUT, "pubkeys": ["carol"]}, BUILD))
    refused(chain.verify(), "LINK_NOT_ALLOWED")


@pytest.mark.parametrize("digests", [{"sha1": "a" * 40}, {}, {"md5": "b" * 32}])
def test_weak_digests_count_for_nothing(chain: Chain, digests: dict[str, str]) -> None:
    path = next(chain.links.glob("build.*"))
    body = json.loads(path.read_bytes())["signed"]
    body["materials"]["src/app.py"] = digests
    signature = {"keyid": chain.keyid("bob"), "sig": chain.signer("bob")._sign(canonical(body, where="")).hex()}
    path.write_text(json.dumps({"signed": body, "signatures": [signature]}))
    refused(chain.verify(), "LINK_MALFORMED")


def test_garbage_beside_good_links_is_noted(chain: Chain) -> None:
    (chain.links / "build.00000000.link").write_bytes(b"")
    (chain.links / "x.sigstore.json").write_text("{}")
    (chain.links / "folder.link").mkdir()
    told = chain.verify()
    assert_told(told, ExitCode.OK)
    assert told.stderr.count("[LINK_MALFORMED]") == 3


def test_folder_of_links_that_is_not_there(chain: Chain) -> None:
    refused(chain.verify("--link-dir", chain.folder / "none"), "LINKS_MISSING", ExitCode.USAGE)


def test_too_many_links(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("supplychain.verification.layout_links.MAX_LINKS", 1)
    refused(chain.verify(), "TOO_MANY_LINKS", ExitCode.MALFORMED)


# Links as statements


def stated(chain: Chain, change: dict[str, object], **predicate: object) -> None:
    """Bob's link as a statement in place of the classic one."""
    next(chain.links.glob("build.*")).unlink()
    materials = [{"name": path, "digest": digest} for path, digest in hashed(SOURCE).items()]
    body = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": path, "digest": digest} for path, digest in hashed(PRODUCT).items()],
        "predicateType": "https://in-toto.io/attestation/link/v0.3",
        "predicate": {"name": "build", "materials": materials, **predicate},
        **change,
    }
    envelope = chain.signer("bob").sign_payload("application/vnd.in-toto+json", json.dumps(body).encode())
    (chain.links / "link-0123.sigstore.json").write_bytes(envelope.to_bundle())


def test_link_as_a_statement(chain: Chain) -> None:
    stated(chain, {})
    assert_told(chain.verify(), ExitCode.OK)


def test_statement_about_another_step(chain: Chain) -> None:
    stated(chain, {}, name="deploy")
    refused(chain.verify(), "LINK_MISSING")


def test_statement_that_skips_a_material(chain: Chain) -> None:
    stated(chain, {}, materials=[{"name": "src/evil.py", "digest": {"sha256": "a" * 64}}])
    refused(chain.verify(), "LAYOUT_RULE")


TWICE = [{"name": "shop.tar", "digest": {"sha256": letter * 64}} for letter in "ab"]


@pytest.mark.parametrize(
    "change",
    [
        {"predicateType": "https://slsa.dev/provenance/v1"},
        {"subject": [{"digest": {"sha256": "a" * 64}}]},
        {"subject": TWICE},
        {"predicate": {}},
        {"predicate": {"name": "build", "materials": TWICE}},
        {"predicate": {"name": "build", "materials": [{"name": "git", "digest": {"gitCommit": "a" * 40}}]}},
        {"_type": "https://in-toto.io/Statement/v9"},
    ],
)
def test_statement_that_is_no_link(chain: Chain, change: dict[str, object]) -> None:
    stated(chain, change)
    told = chain.verify()
    refused(told, "LINK_MISSING")
    assert "refused [LINK_MALFORMED]" in told.stderr


# Layouts within layouts


def sublayout(chain: Chain, *, by: str = "bob", expires: str = "2027-01-01T00:00:00Z") -> Path:
    """Bob delegates his step to carol."""
    inner = {**BUILD, "name": "inner", "pubkeys": ["carol"], "expected_materials": []}
    place = next(chain.links.glob("build.*"))
    chain.sign(chain.make((inner,), keys=("carol",), expires=expires), place, by)
    folder = chain.links / f"build.{chain.keyid('bob'):.8}"
    chain.link("inner", by="carol", materials=SOURCE, products=PRODUCT, folder=folder)
    return folder


def test_layout_in_place_of_a_link(chain: Chain) -> None:
    folder = sublayout(chain)
    assert_told(chain.verify(), ExitCode.OK)
    chain.link("inner", by="carol", materials={"src/app.py": b"evil"}, products=PRODUCT, folder=folder)
    refused(chain.verify(), "LAYOUT_RULE")
    next(folder.iterdir()).unlink()
    refused(chain.verify(), "LINK_MISSING")


def test_inner_layout_has_an_end_of_its_own(chain: Chain) -> None:
    sublayout(chain, expires="2026-11-21T00:00:00Z")
    refused(chain.verify(), "LAYOUT_EXPIRED")


def test_inner_layout_by_somebody_else(chain: Chain) -> None:
    sublayout(chain, by="mallory")
    refused(chain.verify(), "LINK_UNKNOWN_SIGNER")


# Inspections


def inspecting(chain: Chain, command: list[str], *rules: list[str]) -> None:
    chain.layout(inspect=[{"name": "look", "run": command, "expected_materials": list(rules)}])


def test_inspection_is_run_on_request(chain: Chain) -> None:
    inspecting(
        chain, ["test", "-f", "shop.tar"], ["MATCH", "*", "WITH", "PRODUCTS", "FROM", "build"], ["DISALLOW", "*"]
    )
    told = chain.verify("--allow-inspections", "--format", "json")
    assert told.json["layout"]["inspected"] is True
    assert sorted(path.name for path in chain.folder.iterdir() if path.name.endswith(".link")) == []


def test_inspection_that_fails(chain: Chain) -> None:
    inspecting(chain, ["false"])
    refused(chain.verify("--allow-inspections"), "INSPECTION_FAILED")


def test_inspection_that_sees_something_else(chain: Chain) -> None:
    inspecting(chain, ["true"], ["DISALLOW", "*"])
    refused(chain.verify("--allow-inspections"), "LAYOUT_RULE")


def test_inspection_needs_the_artifact(chain: Chain) -> None:
    inspecting(chain, ["true"])
    told = chain.verify("--allow-inspections", artifact=str(Digest.of_file(chain.file)))
    refused(told, "ARTIFACT_MISSING", ExitCode.USAGE)


# Options


@pytest.mark.parametrize(
    "words", [["--key", "x.pub"], ["--predicate", "sbom"], ["--source-uri", "x"], ["--bundle", "b"]]
)
def test_options_that_would_not_be_looked_at(chain: Chain, words: list[str]) -> None:
    refused(chain.verify(*words), "USAGE", ExitCode.USAGE)


@pytest.mark.parametrize("words", [["--layout-key", "k"], ["--allow-inspections"], ["--link-dir", "d"]])
def test_options_of_a_layout_without_one(chain: Chain, words: list[str]) -> None:
    refused(chain.run("verify", chain.file, *words), "USAGE", ExitCode.USAGE)


def test_missing_package_is_said(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "in_toto.models.layout", None)
    refused(chain.verify(), "LAYOUTS_MISSING", ExitCode.USAGE)


# Parts


def test_key_ids_are_in_toto_s(tmp_path: Path) -> None:
    for kind in ("ecdsa-p256", "ecdsa-p384", "ed25519"):
        chain = Chain(tmp_path / kind, kind=kind)
        assert in_toto_keyid(chain.signer("bob").public_key) == chain.crypto("bob").public_key.keyid
        read = parse_keys({chain.keyid("bob"): chain.public("bob")}, where="keys")
        assert read[chain.keyid("bob")] == LayoutKey.of(chain.signer("bob").public_key)


def test_canonical_json_is_securesystemslib_s() -> None:
    from securesystemslib.formats import encode_canonical

    value = {"b": [1, None, True, False, -7, {"ü\n\\": '"x'}], "a": "é", "": {}}
    assert canonical(value, where="") == encode_canonical(value).encode()


def test_metadata_knows_its_signers_whatever_their_hints(chain: Chain) -> None:
    body = json.loads(chain.path.read_bytes())
    body["signatures"][0]["keyid"] = "somebody"
    read = SignedMetadata.parse(json.dumps(body).encode(), where="layout")
    owner = LayoutKey.of(PublicKey.parse((chain.folder / "owner.pub").read_bytes(), where="owner"))
    assert read.signers([owner]) == (owner,)


def test_payload_of_another_type_is_no_metadata(chain: Chain) -> None:
    envelope = chain.signer("owner").sign_payload("text/plain", b"{}")
    with pytest.raises(MalformedInput, match="another type"):
        SignedMetadata.parse(envelope.to_bundle(), where="layout")

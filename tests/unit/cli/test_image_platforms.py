"""`sbom` and `scan` of multi-platform images and of images with a base, through the program's own entry point."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.images import OCI_INDEX, OCI_MANIFEST, Layout, descriptor, file, tar
from tests.simulator.registry_server import RegistryServer
from tests.simulator.runner import Run

OS = file("etc/os-release", b"ID=debian\nVERSION_ID=12\n")
STATUS = "Package: {name}\nStatus: install ok installed\nVersion: 1\nArchitecture: {arch}\n\n"
PLATFORMS = ("linux/amd64", "linux/arm64/v8", "linux/s390x")


def packages(arch: str, *names: str) -> bytes:
    text = "".join(STATUS.format(name=name, arch=arch) for name in names)
    lists = (file(f"var/lib/dpkg/info/{name}.list", b"/usr/bin/x\n") for name in names)
    return tar(OS, file("var/lib/dpkg/status", text.encode()), *lists)


def parts(platform: str) -> dict[str, str]:
    return dict(zip(("os", "architecture", "variant"), platform.split("/"), strict=False))


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """Three platforms and what BuildKit puts beside them."""
    layout = Layout(tmp_path)
    lines = []
    for platform in PLATFORMS:
        about = parts(platform)
        manifest = layout.manifest(packages(about["architecture"], "bash"), **about)
        lines.append(descriptor(manifest, OCI_MANIFEST, platform=about))
    statement = layout.manifest(tar(file("x")), os="unknown", architecture="unknown")
    beside = {
        "vnd.docker.reference.type": "attestation-manifest",
        "vnd.docker.reference.digest": str(lines[0]["digest"]),
    }
    unknown = {"os": "unknown", "architecture": "unknown"}
    lines.append(descriptor(statement, OCI_MANIFEST, platform=unknown, annotations=beside))
    index = layout.document({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": lines})
    return layout.add(descriptor(index, OCI_INDEX))


@pytest.fixture(autouse=True)
def _on_arm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "aarch64")


def test_without_a_wish_it_is_the_platform_of_the_machine_and_that_is_told(run: Run, layout: Layout) -> None:
    code, out, err = run("sbom", layout.target)
    assert code == 0
    names = {p["name"]: p["value"] for p in json.loads(out)["metadata"]["properties"]}
    assert names["supplychain:platform"] == "linux/arm64/v8"
    assert f"note: platform linux/arm64/v8 of {', '.join(PLATFORMS)}, for this machine is linux/arm64: sha256:" in err
    assert "left out: sha256:" in err
    assert "(attestation-manifest of sha256:" in err


def test_a_machine_that_none_is_for_gets_none(run: Run, layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "riscv64")
    code, _, err = run("sbom", layout.target)
    assert (code, "PLATFORM_MISSING" in err, "--platform all" in err) == (2, True, True)


def test_all_platforms_become_one_file_each(run: Run, layout: Layout, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    code, out, err = run("sbom", layout.target, "--platform", "all", "-o", folder)
    assert (code, out) == (0, "")
    assert sorted(path.name for path in folder.iterdir()) == [
        "linux-amd64.cdx.json",
        "linux-arm64-v8.cdx.json",
        "linux-s390x.cdx.json",
    ]
    document = json.loads((folder / "linux-s390x.cdx.json").read_text())
    assert [c["purl"].partition("?")[2].partition("&")[0] for c in document["components"] if "purl" in c] == [
        "arch=s390x"
    ]
    assert err.count("left out") == 1
    assert f"linux/s390x: {folder}/linux-s390x.cdx.json" in err


def test_some_platforms(run: Run, layout: Layout, tmp_path: Path) -> None:
    code, _, _ = run(
        "sbom", layout.target, "--platform", "linux/s390x, linux/amd64", "--format", "spdx", "-o", tmp_path / "o"
    )
    assert code == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == [
        "linux-amd64.spdx.json",
        "linux-s390x.spdx.json",
    ]
    code, _, err = run("sbom", layout.target, "--platform", "linux/s390x,linux/mips", "-o", tmp_path / "p")
    assert (code, "linux/mips" in err, (tmp_path / "p").exists()) == (2, True, False)


def test_several_documents_need_a_folder(run: Run, layout: Layout, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for more in ((), ("-o", tmp_path / "file")):
        code, out, err = run("sbom", layout.target, "--platform", "all", *more)
        assert (code, out, "-o FOLDER" in err) == (2, "", True)


def test_a_platform_cannot_name_a_file_outside_of_the_folder(run: Run, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    for os in ("../../up", "../../up", ".."):
        layout.add(descriptor(layout.manifest(packages("amd64", f"b{len(layout.entries)}"), os=os), OCI_MANIFEST))
    code, _, err = run("sbom", layout.target, "--platform", "all", "-o", tmp_path / "out")
    assert code == 0, err
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert len(names) == 3
    assert not [name for name in names if name.startswith(".") or "/" in name]
    assert not (tmp_path.parent / "up-amd64.cdx.json").exists()


def test_a_platform_without_packages_hides_nothing_of_the_others(run: Run, tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.add(descriptor(layout.manifest(tar(file("x"))), OCI_MANIFEST))
    layout.add(descriptor(layout.manifest(packages("s390x", "bash"), architecture="s390x"), OCI_MANIFEST))
    code, _, err = run("sbom", layout.target, "--platform", "all", "-o", tmp_path / "out")
    assert (code, [path.name for path in (tmp_path / "out").iterdir()]) == (0, ["linux-s390x.cdx.json"])
    assert "warning: linux/amd64: the image holds no package" in err


def scanned(run: Run, *words: Any, code: int = 4) -> tuple[dict[str, Any], str]:
    found, out, err = run("scan", *words, "--format", "json")
    assert found == code, err
    return json.loads(out), err


def test_a_scan_of_all_platforms_is_one_document(run: Run, layout: Layout) -> None:
    document, err = scanned(run, layout.target, "--platform", "all", "--at", "2026-01-01T00:00:00Z")
    assert [image["platform"] for image in document["images"]] == list(PLATFORMS)
    assert all(len(image["left_out"]) == 1 and image["platforms"] == list(PLATFORMS) for image in document["images"])
    root = [finding["platform"] for finding in document["findings"] if finding["id"] == "image-runs-as-root"]
    assert sorted(root) == list(PLATFORMS)
    assert [(scan["kind"], scan["platform"]) for scan in document["scans"]] == [
        (kind, platform) for kind in ("dependencies", "image", "secrets") for platform in PLATFORMS
    ]
    assert "CANNOT-TELL dependencies (linux/s390x)" in err, "there is no database here"
    code, out, _ = run("scan", layout.target, "--platform", "all")
    assert code == 4
    assert "[linux/s390x]" in out


def test_a_scan_of_one_platform_says_which(run: Run, layout: Layout) -> None:
    document, err = scanned(run, layout.target, "--only", "image", code=0)
    assert [image["platform"] for image in document["images"]] == ["linux/arm64/v8"]
    assert not [finding for finding in document["findings"] if "platform" in finding]
    assert "note: platform linux/arm64/v8 of" in err
    document, err = scanned(run, layout.target, "--only", "image", "--platform", "linux/s390x", code=0)
    assert document["images"][0]["platform"] == "linux/s390x"
    assert "for this machine" not in err


def test_sarif_of_several_platforms_has_a_category_for_each(run: Run, layout: Layout) -> None:
    _, out, _ = run("scan", layout.target, "--platform", "all", "--only", "image", "--format", "sarif")
    names = [run_["automationDetails"]["id"] for run_ in json.loads(out)["runs"]]
    assert names == [f"supplychain/image/{platform}" for platform in PLATFORMS]


@pytest.fixture
def built(tmp_path: Path) -> Layout:
    """A base, and an application on it; each has a set-uid program and a secret, and one is deleted later."""
    layout = Layout(tmp_path)
    low = packages("amd64", "bash")[:-1024] + file("opt/low", b"x", 0o4755) + bytes(1024)
    key = b"-----BEGIN RSA PRIVATE KEY-----\n" + b"MIIEowIBAAKCAQEAq3JpZ2h0\n" * 20 + b"-----END RSA PRIVATE KEY-----\n"
    top = tar(
        file("var/lib/dpkg/status", "".join(STATUS.format(name=n, arch="amd64") for n in ("bash", "app")).encode()),
        file("var/lib/dpkg/info/app.list", b"/usr/bin/app\n"),
        file("opt/top", b"y", 0o4755),
        file("root/.ssh/id_rsa", key),
    )
    gone = tar(file("root/.ssh/.wh.id_rsa"))
    created = {"created": "2020-01-01T00:00:00Z"}
    named = {"annotations": {"org.opencontainers.image.ref.name": "base"}}
    layout.add(descriptor(layout.manifest(low, **created), OCI_MANIFEST, **named))
    named = {"annotations": {"org.opencontainers.image.ref.name": "app"}}
    return layout.add(descriptor(layout.manifest(low, top, gone), OCI_MANIFEST, **named))


def test_each_finding_says_its_origin_and_layer(run: Run, built: Layout) -> None:
    document, err = scanned(
        run, f"{built.target}:app", "--base", f"{built.target}:base", "--at", "2026-01-01T00:00:00Z"
    )
    found = {(f["id"], f.get("location", {}).get("path", "")): f for f in document["findings"]}
    assert found["image-set-uid", "opt/low"]["origin"] == "base"
    assert found["image-set-uid", "opt/top"]["origin"] == "application"
    assert found["image-set-uid", "opt/top"]["layer"]["index"] == 1
    assert found["image-set-uid", "opt/top"]["layer"]["created_by"] == "RUN step 1"
    (secret,) = (f for f in document["findings"] if f["id"].startswith("image-secret-"))
    assert (secret["origin"], secret["layer"]["index"]) == ("application", 1)
    assert "deleted" in secret["title"]
    assert found["image-runs-as-root", ""]["origin"] == "unknown"
    old = found["image-base-old", ""]
    assert ("2192 days ago" in old["title"], old["origin"]) == (True, "base")
    (image,) = document["images"]
    assert (image["base"]["evidence"], image["base"]["layers"]) == ("given", 1)
    counts = {origin: [f["origin"] for f in document["findings"]].count(origin) for origin in image["findings"]}
    assert image["findings"] == counts
    assert counts["base"] == counts["application"] == 2
    assert "note: findings by origin: 2 base, 2 application" in err
    assert "1 of 3 layers, the one that was given" in err
    _, table, _ = run("scan", f"{built.target}:app", "--base", f"{built.target}:base", "--only", "image")
    assert "[base] opt/low:1" in table
    assert "[application] opt/top:1" in table


def test_without_evidence_every_origin_is_unknown(run: Run, built: Layout) -> None:
    document, err = scanned(run, f"{built.target}:app")
    assert {finding["origin"] for finding in document["findings"]} == {"unknown"}
    assert document["images"][0]["base"]["evidence"] == "none"
    assert "findings by origin" not in err


def test_a_base_that_does_not_fit_is_told(run: Run, built: Layout, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Layout(tmp_path / "other").image(tar(file("other")))
    document, err = scanned(run, f"{built.target}:app", "--base", other.target)
    assert document["images"][0]["base"]["evidence"] == "none"
    assert "note: the given base does not fit" in err


def test_only_images_have_a_base(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six==1\n")
    for verb in ("sbom", "scan"):
        code, _, err = run(verb, tmp_path, "--base", "debian:12")
        assert (code, "only an image has a base image" in err) == (2, True)


def test_the_sbom_says_what_comes_from_the_base(run: Run, built: Layout) -> None:
    code, out, _ = run("sbom", f"{built.target}:app", "--base", f"{built.target}:base")
    assert code == 0
    document = json.loads(out)
    origins = {
        part["name"]: {p["name"]: p["value"] for p in part["properties"]}["supplychain:from"]
        for part in document["components"]
        if part["type"] == "library"
    }
    assert origins == {"bash": "base", "app": "application"}
    names = {p["name"]: p["value"] for p in document["metadata"]["properties"]}
    assert (names["supplychain:base-evidence"], names["supplychain:base-layers"]) == ("given", "1")


def test_a_tag_that_a_mirror_resolved_says_so(run: Run, layout: Layout, tmp_path: Path, monkeypatch) -> None:
    with RegistryServer() as origin, RegistryServer() as mirror:
        origin.put("v1", layout)
        mirror.put("v1", layout)
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("SUPPLYCHAIN_HOME", str(home))
        (home / "registries.conf").write_text(
            f'[[registry]]\nlocation = "{origin.host}"\n[[registry.mirror]]\nlocation = "{mirror.host}/hub"\n'
        )
        document, err = scanned(run, f"{origin.host}/app:v1", "--only", "image", code=0)
        assert document["images"][0]["resolved_by"] == f"{mirror.host}/hub/app"
        assert f"note: the mirror {mirror.host}/hub/app says that {origin.host}/app:v1 is sha256:" in err
        assert origin.requests == []
        _, out, err = run("sbom", f"{origin.host}/app:v1")
        names = {p["name"]: p["value"] for p in json.loads(out)["metadata"]["properties"]}
        assert names["supplychain:resolved-by"] == f"{mirror.host}/hub/app"


@pytest.fixture
def database(run: Run, tmp_path: Path) -> None:
    """One advisory: bash of Debian 12 below 2."""
    event = {"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}
    record = {
        "schema_version": "1.7.0",
        "id": "DEBIAN-CVE-2026-1",
        "modified": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"ecosystem": "Debian:12", "name": "bash"}, "ranges": [event]}],
    }
    path = tmp_path / "Debian" / "all.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("DEBIAN-CVE-2026-1.json", json.dumps(record))
    code, _, err = run("db", "import", path)
    assert code == 0, err


def test_vex_about_the_index_holds_for_every_platform(run: Run, layout: Layout, database: None, tmp_path: Path) -> None:
    index = str(layout.entries[0]["digest"])
    product = {"@id": f"pkg:oci/app@{index.replace(':', '%3A')}", "hashes": {"sha-256": index[7:]}}
    statement = {
        "vulnerability": {"name": "DEBIAN-CVE-2026-1"},
        "products": [{**product, "subcomponents": [{"@id": "pkg:deb/debian/bash@1"}]}],
        "status": "not_affected",
        "justification": "vulnerable_code_not_present",
    }
    about = {"@id": "https://example.org/1", "author": "a", "timestamp": "2026-01-01T00:00:00Z", "version": 1}
    vex = {"@context": "https://openvex.dev/ns/v0.2.0", **about, "statements": [statement]}
    (tmp_path / "vex.json").write_text(json.dumps(vex))
    words = (layout.target, "--platform", "all", "--only", "deps", "--at", "2026-02-01T00:00:00Z")
    document, _ = scanned(run, *words, code=0)
    assert [(f["platform"], f["status"]) for f in document["findings"]] == [(p, "affected") for p in PLATFORMS]
    (tmp_path / "before.json").write_text(json.dumps(document))
    document, _ = scanned(run, *words, "--vex", tmp_path / "vex.json", code=0)
    assert [f["status"] for f in document["findings"]] == ["not_affected"] * 3
    _, err = scanned(run, *words, "--since", tmp_path / "before.json", "--fail-on-new", "low", code=0)
    assert "0 new, 0 fixed, 3 unchanged" in err


def test_only_images_have_platforms(run: Run, tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("six==1\n")
    code, _, err = run("sbom", tmp_path, "--platform", "linux/amd64")
    assert (code, "only images have platforms" in err) == (2, True)

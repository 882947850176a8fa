"""Secrets in the layers of an image, also those that a later layer deletes: everybody who has the image has them.

Looked at are the files people put there: configuration, keys, scripts, sources outside the folders of package managers.
What a package ships for everyone (sample keys of a test suite) is no secret. While the image streams past, each file is
reduced to what was found in it, so memory does not grow with the image.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import partial

from typing_extensions import override

from supplychain import __version__
from supplychain.artifact.image.tree import Extract, Image, ImageFile, ImageTree, entry_only
from supplychain.inventory.image.wanted import kind_of
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Brought, Finding, Level, Location
from supplychain.scan.interface import Scanner, ScanResult
from supplychain.scan.secret_patterns import Secret
from supplychain.scan.secret_search import PATTERNS_VERSION, secrets_in, size_limit

_NOTHING = b"[]"
_PACKAGED = re.compile(
    r"(?:usr/(?:share|lib|lib64|include|libexec)|lib|lib64|var/lib/(?:dpkg|apk|rpm)|usr/local/(?:share|include)"
    r"|usr/local/lib/(?:python[^/]*|node_modules|ruby)|proc|sys)/"
    r"|(?:.*/)?(?:site-packages|dist-packages|node_modules|gems|go/pkg/mod|\.cargo/registry|\.m2/repository)/"
)
_NAMES = frozenset(
    {
        *("id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", ".git-credentials", ".netrc", ".pgpass"),
        *(".npmrc", ".yarnrc", ".yarnrc.yml", ".pypirc", ".dockercfg", ".dockerconfigjson", "kubeconfig", ".my.cnf"),
        *(".bash_history", ".zsh_history", ".sh_history", ".htpasswd", "wp-config.php", "pip.conf", "config"),
        *(".bashrc", ".profile", "Dockerfile", "terraform.tfstate", "secrets", ".boto", ".s3cfg"),
    }
)
_ENDINGS = frozenset(
    {
        *("cfg", "conf", "config", "env", "gradle", "groovy", "ini", "json", "key", "p8", "pem", "ppk", "properties"),
        *("bash", "sh", "tf", "tfstate", "tfvars", "toml", "txt", "xml", "yaml", "yml"),
        *("cs", "go", "java", "js", "kt", "mjs", "php", "pl", "py", "rb", "rs", "ts"),
    }
)


def secrets_wanted(path: str, size: int, mode: int) -> bool | Extract:  # noqa: ARG001 - the shape of a `Wanted`
    """Which files are searched for secrets (an `artifact.image.tree.Wanted`); they are reduced to what was found."""
    if not is_searched(path):
        return False
    return partial(_search, path) if size <= size_limit(path) else entry_only


def is_searched(path: str) -> bool:
    """Tell by its path whether a file is searched."""
    name = path[path.rfind("/") + 1 :]
    known = name in _NAMES or name[name.rfind(".") + 1 :] in _ENDINGS or name.startswith((".env", "Dockerfile."))
    # What an inventory reads is reduced to packages, so it cannot be searched as well.
    return known and not _PACKAGED.match(path) and not kind_of(path, 0, 0)


class ImageSecretScanner(Scanner):
    """Looks for secrets in all layers of an image.

    Args:
        image: From `ImageSource.images`.
        tree: From `ImageSource.read` with `secrets_wanted` (or `image_wanted.image_wanted`).
    """

    kind = "secrets"
    name = "supplychain-image-secrets"

    def __init__(self, image: Image, tree: ImageTree) -> None:
        self._image = image
        self._tree = tree

    @override
    def version(self) -> str:
        return f"{__version__}+patterns.{PATTERNS_VERSION}"

    @override
    def fingerprint(self) -> dict[str, object]:
        layers = [str(layer.digest) for layer in self._image.layers]
        return {"tool": self.name, "version": self.version(), "image": str(self._image.digest), "layers": layers}

    @override
    def _scan(self) -> ScanResult:
        final = [file for path, file in self._tree.files.items() if file.kind == "file" and is_searched(path)]
        older = [file for file in self._tree.deleted if file.kind == "file" and is_searched(file.path)]
        findings: list[Finding] = []
        seen: set[tuple[str, str]] = set()
        for file, gone in (*((file, False) for file in final), *((file, True) for file in older)):
            for name, secret in _found_in(file):
                if (secret.kind, secret.mark) not in seen:
                    seen.add((secret.kind, secret.mark))
                    findings.append(self._finding(file, name, secret, gone=gone))
        unread = [file for file in (*final, *older) if file.size > size_limit(file.path)]
        skipped = (*(_too_large(file) for file in unread), *lost(self._tree))
        asked = len(final) + len(older)
        coverage = Coverage(asked=asked + len(skipped) - len(unread), looked_at=asked - len(unread), skipped=skipped)
        return ScanResult(
            kind=self.kind,
            scanner=self.name,
            version=self.version(),
            findings=tuple(sorted(findings, key=lambda finding: (finding.id, finding.title))),
            coverage=coverage,
        )

    def _finding(self, file: ImageFile, name: str, secret: Secret, *, gone: bool) -> Finding:
        path = shown(file.path)
        layers = self._image.layers
        layer = (
            f"layer {file.layer} ({str(layers[file.layer].digest)[:19]}…)" if file.layer < len(layers) else "a layer"
        )
        where = f"{path}, in {layer}{', deleted or replaced by a later one' if gone else ''}"
        subject = secret.kind.replace("-", " ") + (f" ({name})" if name else "")
        return Finding(
            id=f"image-secret-{secret.kind}",
            title=f"{subject} in {where} [{secret.mark}]",
            level=Level.CRITICAL if secret.certain else Level.HIGH,
            location=Location(path=path, line=secret.line),
            image=Brought(index=file.layer),
            seen_by=(self.name,),
            help="withdraw the secret, then build without it: mount it as a build secret, or give it at run time",
        )


def lost(tree: ImageTree) -> Iterator[Skip]:
    """What the reader of an image could not keep, as coverage lost."""
    for oddity in tree.oddities:
        if oddity.lost:
            detail = f"{oddity.reason}: {oddity.detail}"
            yield Skip(what=shown(oddity.what), reason=Reason.UNREADABLE, detail=shown(detail), count=oddity.count)


def shown(text: str) -> str:
    """A file name as text that any encoder takes; the name itself is bytes."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _too_large(file: ImageFile) -> Skip:
    detail = f"{file.size:,} bytes; {size_limit(file.path):,} are searched"
    return Skip(what=shown(file.path), reason=Reason.UNREADABLE, detail=detail)


def _search(path: str, content: bytes) -> bytes:
    """What was found in a file, as JSON."""
    found = secrets_in(path, content)
    rows = [[key, secret.kind, secret.line, secret.mark, secret.certain] for key, secret in found]
    return json.dumps(rows).encode() if rows else _NOTHING


def _found_in(file: ImageFile) -> Iterator[tuple[str, Secret]]:
    for name, kind, line, mark, certain in json.loads(file.data) if file.data else ():
        yield shown(name), Secret(kind=kind, line=line, mark=mark, certain=certain)

"""Secrets in a source tree: in every file that git has or would take; what git ignores is not published.

Only the tree as it stands is searched, not its history. There is no comment that silences a finding: what can be borne
is waived, signed, with an end.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from typing_extensions import override

from supplychain import __version__
from supplychain.errors import MalformedInput, ToolFailed, UsageError
from supplychain.files import read_bytes
from supplychain.scan.coverage import Coverage, Reason, Skip
from supplychain.scan.finding import Finding, Level, Location
from supplychain.scan.interface import Scanner, ScanResult
from supplychain.scan.secret_patterns import Secret
from supplychain.scan.secret_search import PATTERNS_VERSION, secrets_in, size_limit
from supplychain.scan.source_files import list_paths

_HELP = "withdraw the secret, for whoever has the repository has it; then take it out, and give it at run time"


class SourceSecretScanner(Scanner):
    """Looks for secrets in a source tree.

    Args:
        root: The folder to scan.
        exclude: Patterns of files and folders to leave out: `name` anywhere, or `path/from/root`.

    Raises:
        UsageError: `root` is no folder.
    """

    kind = "secrets"
    name = "supplychain-secrets"

    def __init__(self, root: Path, *, exclude: Sequence[str] = ()) -> None:
        if not root.is_dir():
            raise UsageError("no such folder", code="FILE_MISSING", where=str(root), expected="a source tree")
        self._root, self._exclude = root.resolve(), tuple(exclude)
        self._listed: dict[str, str | Skip | None] | None = None

    @override
    def version(self) -> str:
        return f"{__version__}+patterns.{PATTERNS_VERSION}"

    @override
    def fingerprint(self) -> dict[str, object]:
        total = hashlib.sha256()
        for path, state in self._files().items():
            total.update(f"{state} {os.fsencode(path)!r}\0".encode())
        return {
            "tool": self.name,
            "version": self.version(),
            "files": total.hexdigest(),
            "exclude": list(self._exclude),
        }

    @override
    def _scan(self) -> ScanResult:
        findings: list[Finding] = []
        looked_at, skipped = 0, []
        for path, state in self._files().items():
            if isinstance(state, Skip):
                skipped.append(state)
            elif state is not None:
                content = _read(self._root / path, size_limit(path))
                if isinstance(content, str) or hashlib.sha256(content).hexdigest() != state:
                    raise ToolFailed(
                        "the file changed while it was searched",
                        code="SOURCE_CHANGED",
                        where=_shown(path),
                        hint="scan a tree that nobody writes to",
                    )
                looked_at += 1
                findings += (_finding(path, name, secret) for name, secret in secrets_in(path, content))
        return ScanResult(
            kind=self.kind,
            scanner=self.name,
            version=self.version(),
            findings=tuple(findings),
            coverage=Coverage(asked=looked_at + len(skipped), looked_at=looked_at, skipped=tuple(skipped)),
        )

    def _files(self) -> dict[str, str | Skip | None]:
        """Path to the SHA-256 of its bytes, to why they cannot be searched, or to None where there is no file."""
        # Once: the key for the cache and the scan must be about the same bytes.
        if self._listed is None:
            self._listed = {path: self._state(path) for path in list_paths(self._root, exclude=self._exclude)}
        return self._listed

    def _state(self, path: str) -> str | Skip | None:
        file = self._root / path
        # `realpath` ends where links go round; `Path.resolve` raises there.
        if not os.path.lexists(file) or (file.is_symlink() and Path(os.path.realpath(file)).is_relative_to(self._root)):
            return None  # deleted in the tree, or a link to what is searched itself, or to nothing
        if file.is_symlink():
            return Skip(what=_shown(path), reason=Reason.UNREADABLE, detail="a link that leaves the folder")
        content = _read(file, size_limit(path))
        if isinstance(content, str):
            return Skip(what=_shown(path), reason=Reason.UNREADABLE, detail=content)
        return hashlib.sha256(content).hexdigest()


def _read(file: Path, limit: int) -> bytes | str:
    """The bytes of a file, or why there are none."""
    try:
        return read_bytes(file, max_bytes=limit, what="a source file")
    except MalformedInput as error:
        return b"" if error.code == "FILE_EMPTY" else f"larger than the {limit:,} bytes that are searched"
    except UsageError as error:
        return error.message


def _finding(path: str, name: str, secret: Secret) -> Finding:
    subject = secret.kind.replace("-", " ") + (f" ({name})" if name else "")
    return Finding(
        id=f"secret-{secret.kind}",
        title=f"{subject} in {_shown(path)} [{secret.mark}]",
        level=Level.CRITICAL if secret.certain else Level.HIGH,
        location=Location(path=_shown(path), line=secret.line),
        seen_by=(SourceSecretScanner.name,),
        help=_HELP,
    )


def _shown(path: str) -> str:
    return os.fsencode(path).decode("utf-8", "backslashreplace")

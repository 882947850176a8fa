"""What `supplychain verify` does, and the plain words for it, read without the library that reads command lines.

To import that library takes longer than to verify. Only long options that are known, each with its value and no more
often than it may stand, are plain; whatever else there is - `--help`, layouts, summaries, a slip - is left to
`cli.verify`, which says what is accepted and what was wrong. Both end in `verify_plainly`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from supplychain.cli.output import OutputFormat, clock, emit_json
from supplychain.errors import UsageError, printable

if TYPE_CHECKING:
    from supplychain.store.interface import Store
    from supplychain.verification.summaries import SummaryExpectations
    from supplychain.verification.trust import Trust

_TEXTS = frozenset(
    {
        "at",
        "builder-id",
        "certificate-identity",
        "certificate-oidc-issuer",
        "package-name",
        "package-version",
        "predicate",
        "source-branch",
        "source-tag",
        "source-uri",
        "source-versioned-tag",
        "store",
    }
)
_PATHS = frozenset({"trust", "key", "trusted-root", "project"})
_FORMATS = frozenset(OutputFormat)


def plain_words(words: Sequence[str]) -> dict[str, Any] | None:
    """The arguments of `verify_plainly` that plain words ask for; None where they are not plain."""
    found: dict[str, Any] = {}
    rest = iter(words)
    for word in rest:
        if not word.startswith("-"):
            taken = bool(word) and "artifact" not in found
            found["artifact"] = word
        else:
            name, equals, value = word.partition("=")
            value = value if equals else next(rest, "")
            plain = name.startswith("--") and value and not value.startswith("-")
            taken = bool(plain) and _take(found, name.removeprefix("--"), value)
        if not taken:
            return None
    return found if "artifact" in found else None


def _take(found: dict[str, Any], name: str, value: str) -> bool:
    """Keep the value of an option; whether it is a plain one, and here for the first time where it may stand once."""
    key = name.replace("-", "_")
    if name == "bundle":
        found.setdefault(key, []).append(Path(value))
    elif name == "workflow-input":
        found.setdefault(key, []).append(value)
    elif key in found:
        return False
    elif name in _PATHS:
        found[key] = Path(value)
    elif name in _TEXTS:
        found[key] = value
    elif name == "format" and value in _FORMATS and "format_" not in found:
        found["format_"] = OutputFormat(value)
    else:
        return False
    return True


def verify_plainly(
    artifact: str,
    *,
    bundle: Sequence[Path] | None = None,
    store: str | None = None,
    trust: Path | None = None,
    key: Path | None = None,
    certificate_identity: str | None = None,
    certificate_oidc_issuer: str | None = None,
    trusted_root: Path | None = None,
    predicate: str | None = None,
    source_uri: str | None = None,
    source_branch: str | None = None,
    source_tag: str | None = None,
    source_versioned_tag: str | None = None,
    builder_id: str | None = None,
    workflow_input: Sequence[str] | None = None,
    package_name: str | None = None,
    package_version: str | None = None,
    summary: SummaryExpectations | None = None,
    envelope: Path | None = None,
    at: str | None = None,
    format_: OutputFormat = OutputFormat.TABLE,
    project: Path = Path(),
) -> None:
    """Verify and tell; the arguments are the options of `supplychain verify`. Raises as `pipeline.verify`."""
    from supplychain.pipeline.named import artifact_of
    from supplychain.pipeline.verify import Asked, verify_asked
    from supplychain.verification.expectations import Expectations

    subject = artifact_of(artifact)
    expected = Expectations(
        source_uri=source_uri,
        source_branch=source_branch,
        source_tag=source_tag,
        source_versioned_tag=source_versioned_tag,
        builder_id=builder_id,
        workflow_inputs=_inputs(workflow_input or []),
        package_name=package_name,
        package_version=package_version,
    )
    answer = verify_asked(
        Asked(
            text=artifact,
            subject=subject,
            files=tuple(bundle or ()),
            expected=expected,
            predicate=predicate,
            summary=summary,
            envelope=envelope,
            at=clock(at),
            who=_who(certificate_identity, certificate_oidc_issuer, bundle, key or trust),
            trusted_root=trusted_root,
            keyed=bool(key or trust),
            trust=lambda: _believed(key, trust, project),
            store=lambda: open_evidence(store, project),
        )
    )
    rejected = [{"code": r.code, "message": r.message, "ref": r.ref} for r in answer.rejected]
    if format_ is OutputFormat.JSON:
        named = {"name": subject.name, "digest": str(subject.digest)}
        emit_json({"artifact": named, "verified": [one.to_json() for one in answer.verified], "rejected": rejected})
        return
    lines = [printable(f"verified  {one.kind:<12} {one.told}") for one in answer.verified]
    sys.stdout.write("\n".join([*lines, f"artifact  {subject.digest}\n"]))
    for refusal in rejected:
        sys.stderr.write(printable(f"refused   [{refusal['code']}] {refusal['message']}: {refusal['ref']}") + "\n")


def _who(
    identity: str | None, issuer: str | None, bundle: Sequence[Path] | None, other: Path | None
) -> tuple[str, str] | None:
    if identity is None and issuer is None:
        return None
    where = "--certificate-identity, --certificate-oidc-issuer"
    if not identity or not issuer:
        raise UsageError("an identity and who vouches for it belong together", where=where, expected="both")
    if other is not None:
        raise UsageError("give a certificate's identity, or --key or --trust, not both", where=where)
    if not bundle:
        raise UsageError("give the evidence with --bundle", where=where)
    return identity, issuer


def _inputs(given: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not name or not equals or found.setdefault(name, value) != value:
            raise UsageError(
                "not an input", where="--workflow-input", expected="NAME=VALUE, each name once", found=text
            )
    return found


def _believed(key: Path | None, trust: Path | None, project: Path) -> Trust:
    from supplychain.files import MIB, read_bytes
    from supplychain.pipeline.trust import open_trust
    from supplychain.signing.identity import PublicKey
    from supplychain.verification.trust import Trust, no_trust

    if key is not None and trust is not None:
        raise UsageError("give --key or --trust, not both", where="--key, --trust")
    if key is not None:
        return Trust.of_key(PublicKey.parse(read_bytes(key, max_bytes=MIB, what="a public key"), where=str(key)))
    if trust is not None:
        return open_trust(trust)
    from supplychain.pipeline.config import load_config

    path = load_config(project).trust
    if not path.exists():
        raise no_trust(str(path))
    return open_trust(path)


def open_evidence(store: str | None, project: Path) -> Store:
    """The store that is named, else that of the project."""
    from supplychain.store.place import open_store, parse_place

    if store is not None:
        return open_store(parse_place(store))
    from supplychain.pipeline.config import load_config

    return open_store(load_config(project).store)

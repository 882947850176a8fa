"""What each purl type asks of a package URL: the type definitions of the purl specification, as far as they decide.

Only types with a rule of their own stand here. Case of a name that an ecosystem folds but purl keeps (NuGet, crates)
is the business of `advisory.ecosystem`, which knows how advisories spell it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Parts = tuple[str, str, str | None]
"""Namespace, name, version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PurlType:
    """The rules of one purl type."""

    namespace: bool | None = None
    """Whether it must have one (True), must not (False), or may."""
    fold: Callable[[str, str, str | None, Mapping[str, str]], Parts] | None = None
    """Brings namespace, name and version (with the qualifiers at hand) to the form in which they are compared."""
    name: re.Pattern[str] | None = None
    version: re.Pattern[str] | None = None
    needs: tuple[str, ...] = ()
    """Qualifiers that must be there."""


def _lower(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    return namespace.lower(), name.lower(), version


def _lower_namespace(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    return namespace.lower(), name, version


def _lower_all(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    return namespace.lower(), name.lower(), version.lower() if version else None


def _lower_version(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    return namespace, name, version.lower() if version else None


def _python(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    return namespace, name.lower().replace("_", "-"), version


def _host_and_path(namespace: str, name: str, version: str | None, _: Mapping[str, str]) -> Parts:
    host, slash, path = f"{namespace}/{name}".partition("/")
    return host, path if slash else "", version


def _model(namespace: str, name: str, version: str | None, qualifiers: Mapping[str, str]) -> Parts:
    folds = "azuredatabricks" in qualifiers.get("repository_url", "")
    return namespace, name.lower() if folds else name, version


TYPES: Mapping[str, PurlType] = {
    "alpm": PurlType(fold=_lower),
    "apk": PurlType(fold=_lower),
    "bitbucket": PurlType(namespace=True, fold=_lower),
    "brew": PurlType(fold=_lower),
    "chrome-extension": PurlType(
        namespace=False, fold=_lower, name=re.compile("[a-p]{32}"), version=re.compile(r"\d+(\.\d+){0,3}")
    ),
    "composer": PurlType(fold=_lower),
    "cpan": PurlType(name=re.compile(r"(?:(?!::).)+")),
    "deb": PurlType(fold=_lower),
    "git": PurlType(namespace=True, fold=_host_and_path),
    "github": PurlType(namespace=True, fold=_lower),
    "githubactions": PurlType(fold=_lower),
    "hex": PurlType(fold=_lower),
    "huggingface": PurlType(namespace=True, fold=_lower_version),
    "julia": PurlType(namespace=False, needs=("uuid",)),
    "luarocks": PurlType(fold=_lower),
    "mlflow": PurlType(namespace=False, fold=_model),
    "oci": PurlType(fold=_lower_all),
    "otp": PurlType(namespace=False, fold=_lower),
    "pub": PurlType(fold=_lower),
    "pypi": PurlType(namespace=False, fold=_python),
    "rpm": PurlType(fold=_lower_namespace),
    "swift": PurlType(namespace=True),
    "vcpkg": PurlType(namespace=False),
    "vscode-extension": PurlType(namespace=True, fold=_lower_all),
}
"""Types whose purls have rules. A namespace that a definition wants and many writers leave out (a distribution, a Go
module without a host, `composer`) is not demanded here: such a purl can be looked up, or is said not to be."""

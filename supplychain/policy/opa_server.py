"""A resident OPA server as engine: uploads the policy set once, asks often.

https://www.openpolicyagent.org/docs/rest-api

What is uploaded lies below `supplychain/`. Beside the modules stands a module that states the digest of the set, holds
the profile and gathers the answers: digest and answers come out of one transaction, so an answer of another policy set
is seen as that. The server is believed as an engine of one's own is; over a network only with TLS.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit
from weakref import finalize

from supplychain.artifact.digest import Digest
from supplychain.encoding import canonical_json
from supplychain.errors import PolicyNotEvaluated, UsageError
from supplychain.policy.engine import TIME_LIMIT_S, Answers, Engine, Given, timed_out
from supplychain.policy.facts import ROOT, Facts
from supplychain.policy.policy_set import PolicySet
from supplychain.policy.regorus import facts_of, undefined

if TYPE_CHECKING:
    import httpx

_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_OURS = re.compile(r"^package\s+supplychain[._\s]", re.MULTILINE)
_PREFIX = "supplychain/"


class OpaServer(Engine):
    """Evaluates by asking a server."""

    def __init__(self, url: str, *, limit_s: float = TIME_LIMIT_S) -> None:
        """Raises UsageError for an address that is none, or plain HTTP to another machine."""
        super().__init__(limit_s=limit_s)
        parts = urlsplit(url)
        good = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        if not good or not parts.hostname or parts.username is not None or parts.query or parts.fragment:
            raise UsageError(
                "not the address of an OPA server",
                code="ENGINE_URL",
                where=url,
                expected="https://HOST[:PORT], or http:// on this machine",
            )
        self._url = url.rstrip("/")
        self._loaded: set[str] = set()
        self._version = ""
        self._client: httpx.Client | None = None
        self._lines: dict[str, list[tuple[str, int, int]]] = {}
        """Package to its files, with the first and last row of each in what was uploaded."""

    @property
    def name(self) -> str:
        """`opa <version>`, as the program would say; unreachable: only `opa`."""
        if not self._version:
            ask = {"query": "v := opa.runtime().version"}
            try:
                answer = self._send("POST", "/v1/query", canonical_json(ask))
                self._version = str(answer["result"][0]["v"])
            except (PolicyNotEvaluated, KeyError, IndexError, TypeError):
                return "opa"
        return f"opa {self._version}"

    def facts(self, policies: PolicySet) -> Facts:
        """Parsed here, and held to the pure built-ins here: a server's own list of them cannot be cut down."""
        facts = facts_of(policies, limit_s=self.limit_s)
        facts.check_calls()
        return facts

    def _evaluate(self, policies: PolicySet, given: Given) -> Answers:
        facts = self.facts(policies)
        name = f"supplychain_set_{policies.digest.hex[:32]}"
        if policies.digest.hex not in self._loaded:
            self._upload(policies, facts, name)
        result = self._query(name, given.canonical)
        if result.get("digest") != str(policies.digest) or result.get("modules") != modules_digest(policies):
            self._loaded.clear()
            self._upload(policies, facts, name)  # somebody else has used the server in between
            result = self._query(name, given.canonical)
        if result.get("digest") != str(policies.digest) or result.get("modules") != modules_digest(policies):
            raise PolicyNotEvaluated(
                "the server answered for another policy set",
                code="ENGINE_OTHER_POLICY",
                where=self._url,
                expected=str(policies.digest),
                found=str(result.get("digest")),
                hint="give supplychain a server of its own",
            )
        answers: dict[str, dict[str, Any]] = result["answers"]
        for rule in policies.rules:
            for kind in facts.sets(rule):
                if kind not in answers.get(rule, {}):
                    raise undefined(rule, kind, facts)
        return answers

    def _query(self, name: str, document: bytes) -> dict[str, Any]:
        body = b'{"input":' + document + b"}"
        answer = self._send("POST", f"/v1/data/{name}/result?strict-builtin-errors=true", body)
        result = answer.get("result", {})
        return result if isinstance(result, dict) else {}

    def _upload(self, policies: PolicySet, facts: Facts, name: str) -> None:
        """Replace what lies on the server by this set, then read it back. What others put there must not be ours."""
        digest = modules_digest(policies)
        marker = f'package supplychain_modules\n\ndigest := "{digest}"\n'
        self._lines = rows(policies, facts)
        wanted = {f"{_PREFIX}modules/{package}": source for package, source in by_package(policies, facts).items()}
        there = self._policies()
        if {k: v for k, v in there.items() if k.startswith(f"{_PREFIX}modules/")} != wanted:
            self._in_rounds("DELETE", {k: "" for k in there if k.startswith(_PREFIX)})
            self._in_rounds("PUT", wanted)
        self._in_rounds("PUT", {f"{_PREFIX}marker": marker, f"{_PREFIX}{name}": gathering(policies, facts, name)})
        there = self._policies()
        foreign = [k for k, v in there.items() if not k.startswith(_PREFIX) and _OURS.search(v)]
        if foreign or {k: v for k, v in there.items() if k.startswith(f"{_PREFIX}modules/")} != wanted:
            raise PolicyNotEvaluated(
                "the server holds other rules under the same names",
                code="ENGINE_OTHER_POLICY",
                where=self._url,
                found=", ".join(foreign)[:200],
                hint="give supplychain a server of its own",
            )
        self._loaded.add(policies.digest.hex)

    def _place(self, place: Mapping[str, Any]) -> str:
        """Where an error lies in the files of the set, from where it lies in what was uploaded."""
        package = str(place.get("file", "")).removeprefix(f"{_PREFIX}modules/")
        row = int(place.get("row", 0))
        for path, first, last in self._lines.get(package, ()):
            if first <= row <= last:
                return f"{path}:{row - first + 1}"
        return self._url

    def _in_rounds(self, method: str, modules: Mapping[str, str]) -> None:
        """The server compiles after each: a module may call a function of one that is still to come, or to go."""
        left = dict(modules)
        while left:
            failed: PolicyNotEvaluated | None = None
            before = len(left)
            for identity, source in sorted(left.items()):
                try:
                    self._send(method, f"/v1/policies/{quote(identity)}", source.encode("utf-8"), text=True)
                    del left[identity]
                except PolicyNotEvaluated as error:
                    if error.code != "POLICY_FAILED":
                        raise
                    failed = failed or error
            if failed is not None and len(left) == before:
                raise failed

    def _policies(self) -> dict[str, str]:
        listed = self._send("GET", "/v1/policies", b"").get("result", [])
        return {item["id"]: item["raw"] for item in listed}

    def _send(self, method: str, path: str, body: bytes, *, text: bool = False) -> dict[str, Any]:
        import httpx

        if self._client is None:
            self._client = httpx.Client(timeout=self.limit_s, trust_env=False, follow_redirects=False)
            finalize(self, self._client.close)
        headers = {"Content-Type": "text/plain" if text else "application/json"}
        try:
            response = self._client.request(method, self._url + path, content=body, headers=headers)
            answer = response.json() if response.content else {}
        except httpx.TimeoutException:
            raise timed_out(self._url, self.limit_s) from None
        except (httpx.HTTPError, ValueError) as error:
            raise PolicyNotEvaluated(
                "the engine cannot be reached, or is no OPA server",
                code="ENGINE_UNREACHABLE",
                where=self._url,
                found=str(error)[:200],
                hint="start it: opa run --server --addr 127.0.0.1:8181",
            ) from None
        if response.status_code >= 400:
            raise self._refused(answer)
        return answer if isinstance(answer, dict) else {}

    def _refused(self, answer: Any) -> PolicyNotEvaluated:  # noqa: ANN401 - what a server sent
        body = answer if isinstance(answer, dict) else {}
        first = (body.get("errors") or [body])[0]
        return PolicyNotEvaluated(
            "the rules could not be evaluated",
            code="POLICY_FAILED",
            where=self._place(first.get("location") or {}),
            found=str(first.get("message", ""))[:300],
            hint="mend the policy",
        )


def modules_digest(policies: PolicySet) -> str:
    """SHA-256 over the files of a set, without the profile."""
    return str(Digest.of_bytes(canonical_json([list(module) for module in policies.modules])))


def by_package(policies: PolicySet, facts: Facts) -> dict[str, str]:
    """The files of a package as one module, line after line.

    The server compiles after each upload, and files of one package may need each other. Comments go, for annotations
    of a package may stand only once.
    """
    found: dict[str, list[str]] = {}
    for (_, source), module in zip(policies.modules, facts.modules, strict=True):
        lines = [("" if line.lstrip().startswith("#") else line) for line in source.split("\n")]
        if module.package in found:
            had = {line.strip() for line in found[module.package] if line.startswith("import ")}
            lines = ["" if line.startswith("package ") or line.strip() in had else line for line in lines]
        found.setdefault(module.package, []).extend(lines)
    return {package: "\n".join(lines) for package, lines in found.items()}


def rows(policies: PolicySet, facts: Facts) -> dict[str, list[tuple[str, int, int]]]:
    """Package to its files with their first and last row in `by_package`."""
    found: dict[str, list[tuple[str, int, int]]] = {}
    for (path, source), module in zip(policies.modules, facts.modules, strict=True):
        before = found.setdefault(module.package, [])
        first = before[-1][2] + 1 if before else 1
        before.append((path, first, first + source.count("\n")))
    return found


def gathering(policies: PolicySet, facts: Facts, name: str) -> str:
    """The module that states the digest and gathers the answers of the profile's rules."""
    lines = [
        f"package {name}",
        "",
        f"profile := {json.dumps(dict(policies.profile), ensure_ascii=False)}",
        "",
    ]
    for rule in policies.rules:
        lines += [f'answers["{rule}"]["{kind}"] := {ROOT}.{rule}.{kind}\n' for kind in facts.sets(rule)]
    lines += [
        f"told := found if found := data.{name}.answers with data.profile as profile",
        "",
        f'result := {{"digest": "{policies.digest}", "modules": data.supplychain_modules.digest, "answers": told}}',
        "",
    ]
    return "\n".join(lines)

"""What can go wrong, who must act, and which exit code says so.

The tree (every leaf answers one question: who must act?):

    SupplychainError
    ├── UsageError            2   you: the command line or the configuration
    ├── NothingToCheck        3   you: there was nothing to look at (CANNOT-TELL)
    ├── ToolFailed            4   wait or repair: a tool, a store or the network (CANNOT-TELL)
    ├── MalformedInput        5   whoever made the file
    ├── VerificationFailed    6   whoever signed, stored or sent the evidence
    └── PolicyNotEvaluated    7   whoever wrote the policy or its data (CANNOT-TELL)

A denial is a value (`policy.decision.Decision`), never an exception; it exits with 10.
Exceptions never exit the process: only `cli.main` turns them into an exit code.
"""

from __future__ import annotations

from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """The exit codes of every command. One table; `--help` and the README repeat it under test."""

    OK = 0
    BUG = 1
    USAGE = 2
    NOTHING_TO_CHECK = 3
    TOOL_FAILED = 4
    MALFORMED = 5
    VERIFICATION_FAILED = 6
    POLICY_NOT_EVALUATED = 7
    DENIED = 10


EXIT_CODES: dict[ExitCode, str] = {
    ExitCode.OK: "allowed, or done",
    ExitCode.BUG: "a bug of ours (a Python traceback is 1)",
    ExitCode.USAGE: "usage or configuration",
    ExitCode.NOTHING_TO_CHECK: "nothing to check (CANNOT-TELL)",
    ExitCode.TOOL_FAILED: "a tool, store or network failed; a retry may help (CANNOT-TELL)",
    ExitCode.MALFORMED: "malformed input",
    ExitCode.VERIFICATION_FAILED: "verification failed",
    ExitCode.POLICY_NOT_EVALUATED: "policy could not be evaluated (CANNOT-TELL)",
    ExitCode.DENIED: "denied by policy",
}
"""Exit code to meaning, in order."""

CANNOT_TELL = frozenset({ExitCode.NOTHING_TO_CHECK, ExitCode.TOOL_FAILED, ExitCode.POLICY_NOT_EVALUATED})
"""The exit codes that mean: could not look, so cannot tell."""


def printable(text: str) -> str:
    """A text that a terminal only shows: control and invisible characters are spelt out.

    What an attacker wrote into evidence must not move a cursor, colour a verdict or command a build service.
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)


class SupplychainError(Exception):
    """Base of every error this package raises on purpose.

    Args:
        message: One sentence: what went wrong.
        code: Stable upper-case identifier of the cause, for machines and tests.
        where: The file, digest or address it happened at.
        expected: What would have been right.
        found: What was there instead.
        hint: What to do next.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.BUG
    default_code: ClassVar[str] = "ERROR"

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        where: str = "",
        expected: str = "",
        found: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.where = where
        self.expected = expected
        self.found = found
        self.hint = hint

    def diagnostics(self) -> str:
        """Explain the error to a person: one line for the cause, one per known circumstance."""
        head = "CANNOT-TELL" if self.exit_code in CANNOT_TELL else "error"
        lines = [f"{head} [{self.code}]: {self.message}"]
        parts = (
            ("where", self.where),
            ("expected", self.expected),
            ("found", self.found),
            ("next", self.hint),
        )
        lines += [f"  {name + ':':<10}{value}" for name, value in parts if value]
        return "\n".join("\n  | ".join(printable(part) for part in line.splitlines()) for line in lines)

    def to_json(self) -> dict[str, object]:
        """The error as a JSON object, for `--format json`."""
        fields = ("code", "message", "where", "expected", "found", "hint")
        known = {name: getattr(self, name) for name in fields if getattr(self, name)}
        return {"error": {**known, "exit_code": int(self.exit_code)}}


class UsageError(SupplychainError):
    """The command line or a configuration file asks for something impossible."""

    exit_code = ExitCode.USAGE
    default_code = "USAGE"


class NothingToCheck(SupplychainError):
    """There was nothing to look at, which is not the same as nothing wrong."""

    exit_code = ExitCode.NOTHING_TO_CHECK
    default_code = "NOTHING_TO_CHECK"


class ToolFailed(SupplychainError):
    """A tool, a store or the network did not do its part; trying again may help."""

    exit_code = ExitCode.TOOL_FAILED
    default_code = "TOOL_FAILED"


class MalformedInput(SupplychainError):
    """A file or message is not what its format demands."""

    exit_code = ExitCode.MALFORMED
    default_code = "MALFORMED"
    claim: str = ""
    """Kind of the claim that cannot be read, where its signers may make it and it may be a no."""


class VerificationFailed(SupplychainError):
    """Evidence does not prove what it claims. `code` names the cause, one code per cause."""

    exit_code = ExitCode.VERIFICATION_FAILED
    default_code = "VERIFICATION_FAILED"


class PolicyNotEvaluated(SupplychainError):
    """Policy, its data or its engine could not produce an answer."""

    exit_code = ExitCode.POLICY_NOT_EVALUATED
    default_code = "POLICY_NOT_EVALUATED"

"""The program: finds the verb, runs it, and turns what happened into an exit code. Nothing else exits the process.

Only the module of the verb that is called is imported, so that a verification pays for nothing but verification; in
plain words it does without the library that reads command lines for people (`cli.app`), too.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

from supplychain.errors import SupplychainError

VERBS: dict[str, str] = {
    "demo": "The whole story in a temporary folder, offline, under a minute.",
    "init": "Write configuration, trust file and key pair for a project; never overwrites.",
    "run": "Every stage for a project, side by side, ending in the verdict for an environment.",
    "sbom": "Write the SBOM of a target.",
    "scan": "Look for known vulnerabilities and weaknesses; report, with what was not looked at.",
    "db": "The advisory database: import, update, status, export.",
    "build": "Run a build; state its provenance and its link.",
    "attest": "State and sign one claim about an artifact.",
    "sign": "Sign files.",
    "log": "Entries in a transparency log that are still to be made: list, flush.",
    "verify": "Verify evidence about an artifact.",
    "trust": "Check a trust file: who may claim what, and what looks like a slip.",
    "gate": "Decide about an artifact for an environment from its evidence.",
    "promote": "Gate an artifact and record its promotion.",
    "approve": "Say yes or no to an artifact for an environment, signed; or break the glass.",
    "waive": "Take a finding upon yourself, signed, for one artifact, until a day.",
    "history": "Every claim and decision about an artifact, in order.",
    "report": "What an artifact's evidence amounts to: the SLSA levels it reaches.",
    "store": "Move evidence between stores: copy, list.",
    "policy": "Check, test, explain, replay and document policies; pack and sign them.",
    "admit": "The admission verdict for artifacts, from their verified summaries.",
    "keys": "Make key pairs; show public keys.",
    "cache": "Blobs of images that were pulled: status, prune.",
    "doctor": "What is installed, found and configured.",
}
"""Verb to its one-line help. Each is a module `supplychain.cli.<verb>` with a function of that name, or an `app`."""


def main() -> None:
    """Run the command line and exit with a code of the table."""
    if isinstance(sys.stdout, TextIOWrapper):  # a file name that is no text must not end a verb that tells where it is
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = _run(sys.argv[1:])
    except SupplychainError as error:
        sys.stderr.write(error.diagnostics() + "\n")
        code = int(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        code = 130
    except BrokenPipeError:
        sys.stderr.close()
        code = 0
    sys.exit(code)


def _run(words: list[str]) -> int:
    if words[:1] == ["verify"]:
        from supplychain.cli.plain_verify import plain_words, verify_plainly

        asked = plain_words(words[1:])
        if asked is not None:
            verify_plainly(**asked)
            return 0
    from supplychain.cli.app import run_app

    return run_app(words[0] if words and words[0] in VERBS else None)

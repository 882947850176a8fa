"""The base: configuration, policies and trust of a revision that a change cannot touch.

A pull request carries the rules that judge it. Judged on a base, the rules, thresholds, overrides, ladder and trust of
that revision always run; what the change itself says can only add reasons.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from supplychain.artifact.checkout import check_out
from supplychain.pipeline.config import Config, load_config
from supplychain.pipeline.policy_place import fetch_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.pipeline.trust import open_trust
from supplychain.policy.policy_files import PolicyFiles, of_folder
from supplychain.policy.policy_set import PolicySet, load_policies
from supplychain.verification.trust import Trust


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """What a trusted revision says."""

    commit: str
    config: Config
    """Its paths lead nowhere any more; only its words count."""
    files: PolicyFiles
    trust: Trust | None
    """None: the revision has no trust file."""

    def policies(self, environment: str) -> PolicySet:
        """The policy set of an environment (see `load_policies` for errors)."""
        return load_policies(self.files, environment, overrides=self.config.overrides.get(environment))


def open_base(root: Path, revision: str, trust: Trust, *, at: datetime) -> Base:
    """Read the base of a project from a git revision; nothing of the work tree is looked at.

    Raises:
        UsageError: There is no such revision.
        ToolFailed: git or a registry fails.
        MalformedInput: A file of the revision is not what it should be.
        VerificationFailed: As `fetch_policies`.
    """
    with tempfile.TemporaryDirectory(prefix="supplychain-base-") as name:
        folder = Path(name)
        commit = check_out(root, revision, folder)
        config = load_config(folder)
        believed = open_trust(config.trust) if config.trust.is_file() else None
        if config.policies is None:
            files = of_folder(policies_folder())
        else:
            files = fetch_policies(config.policies, believed or trust, at=at)
    where = f"{revision} ({commit[:12]})"
    return Base(commit=commit, config=config, files=replace(files, where=where), trust=believed)

"""The policies that a verb is about: a place that was named, or those of the project; unjudged, it looks at them."""

from __future__ import annotations

from pathlib import Path

from supplychain.pipeline.config import load_config
from supplychain.pipeline.config_fields import PolicyPlace
from supplychain.pipeline.policy_place import pull_policies
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.policy_files import PolicyFiles, open_files


def files_at(root: Path, text: str | None) -> PolicyFiles:
    """The files of a policy set; no signature or pin of the configuration is asked for.

    Raises:
        UsageError: There is no such folder or file.
        MalformedInput: What is there is no policy set.
        ToolFailed: The registry does not answer.
    """
    configured = None if text else load_config(root).policies
    source = PolicyPlace.parse(text).source if text else configured.source if configured else policies_folder()
    return pull_policies(source) if isinstance(source, str) else open_files(source)

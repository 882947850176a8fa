"""People who approve, and profiles that ask for more: rules switched on in a copy of the policies.

people = People(world)                         # ada (with two keys), bob, cyd, and dora, who wrote the source
people.ask("approvals", needed=2)              # in the profile of staging
people.approve("ada"); people.approve("bob")
world.gate("staging")
"""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from supplychain.encoding import format_time
from tests.simulator.evidence import AUTHOR
from tests.simulator.keys import pem_pair
from tests.simulator.runner import Outcome, run_cli
from tests.simulator.world import AT, HOUR, World

POLICIES = Path(__file__).resolve().parents[2] / "policies"
PERSONS = {"ada": "ada@shop.example", "ada-laptop": "ada@shop.example", "bob": "", "cyd": "", "dora": AUTHOR}
"""Name of an identity to the person it is; empty: trust says nothing, so the name stands for itself."""


class People:
    """Those who may approve in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._keys = world.folder / "people"
        self._keys.mkdir()
        self.rule: dict[str, Any] = {"claims": ["approval"], "signers": list(PERSONS), "artifacts": ["shop-*"]}
        self.write_trust()
        shutil.copytree(POLICIES, world.project / "policies")
        (world.project / "supplychain.yaml").write_text("version: 1\npolicies: policies\n", encoding="utf-8")

    def write_trust(self) -> None:
        """Add the people, and the rule about them, to the trust file."""
        path = self.world.project / "trust.yaml"
        trust = yaml.safe_load(path.read_text("utf-8"))
        for name, person in PERSONS.items():
            private, public = pem_pair(f"person-{name}")
            (self._keys / f"{name}.pem").write_bytes(private)
            trust["identities"][name] = {"key": public.decode(), **({"person": person} if person else {})}
        trust["rules"] = [*self.world.rules, self.rule]
        path.write_text(yaml.safe_dump(trust), encoding="utf-8")

    def ask(self, rule: str, environment: str = "staging", **thresholds: Any) -> None:
        """Name a rule in a profile, with some thresholds changed."""
        path = self.world.project / "policies" / "profiles" / f"{environment}.yaml"
        profile = yaml.safe_load(path.read_text("utf-8"))
        profile["rules"] = list(dict.fromkeys([*profile["rules"], rule]))
        profile["thresholds"][rule] |= thresholds
        path.write_text(yaml.safe_dump(profile), encoding="utf-8")

    def approve(
        self, name: str, *more: str, env: str = "staging", at: datetime = AT - HOUR / 2, artifact: str = ""
    ) -> Outcome:
        """`supplychain approve` with the key of somebody."""
        words = ["approve", artifact or str(self.world.file), "--env", env, "--reason", "seen", "--at", format_time(at)]
        return run_cli([*words, *more], env=self.env(name), cwd=self.world.project)

    def env(self, name: str) -> dict[str, str]:
        """What the commands of somebody find in their environment."""
        return {**self.world.env, "SUPPLYCHAIN_KEY": str(self._keys / f"{name}.pem")}

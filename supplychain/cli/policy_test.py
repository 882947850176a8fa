"""What `supplychain policy test` runs and prints."""

from __future__ import annotations

from typing import Any

import typer

from supplychain.cli.common import say
from supplychain.policy.engines import engine_of
from supplychain.policy.evidence_mutants import run_evidence_mutants
from supplychain.policy.policy_files import PolicyFiles
from supplychain.policy.policy_set import modules_of
from supplychain.policy.testing import names_of, run_mutants, run_opa_tests, run_tests


def test_policies(files: PolicyFiles, engine: str, *, coverage: bool, mutate: bool, only: str) -> dict[str, Any]:
    """`{"passed", "tests", "failed", "coverage", "missed", "mutants", "survived"}` (see `run_tests` for errors)."""
    modules = modules_of(files, tests=True)
    names = names_of(modules)
    kind, _, program = engine.partition(":")
    opa = kind == "opa"
    tested = run_opa_tests(modules, program=program or "opa") if opa else run_tests(modules, names, coverage=coverage)
    missed = {path: list(lines) for path, lines in tested.missed.items()}
    report: dict[str, Any] = {
        "tests": len(tested.results),
        "failed": {name: tested.results[name] for name in tested.failed},
        "coverage": round(tested.percent, 2) if coverage and not opa else None,
        "missed": missed,
        "mutants": None,
        "survived": [],
    }
    if mutate:
        evidence = [] if only else run_evidence_mutants(modules, engine_of(engine))
        rules = list(run_mutants(modules, names, only=only))
        report["mutants"] = len(evidence) + len(rules)
        report["survived"] = [f"evidence: {mutant.change}" for mutant in evidence if not mutant.killed]
        report["survived"] += [f"{mutant.place}: {mutant.change}" for mutant in rules if not mutant.killed]
    report["passed"] = not report["failed"] and not report["survived"] and not missed
    return report


def tell(report: dict[str, Any]) -> None:
    """For people."""
    for name, result in report["failed"].items():
        say(f"FAILED {name}: {result}")
    for path, lines in report["missed"].items():
        say(f"never reached: {path}:{', '.join(map(str, lines))}")
    for mutant in report["survived"]:
        say(f"SURVIVED {mutant}")
    typer.echo(f"tests        {report['tests'] - len(report['failed'])} of {report['tests']} passed")
    if report["coverage"] is not None:
        typer.echo(f"coverage     {report['coverage']:.1f} % of lines")
    if report["mutants"] is not None:
        typer.echo(f"mutants      {report['mutants'] - len(report['survived'])} of {report['mutants']} noticed")

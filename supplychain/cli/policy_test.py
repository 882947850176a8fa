"""What `supplychain policy test` runs and prints."""

from __future__ import annotations

from typing import Any

import typer

from supplychain.cli.common import say
from supplychain.errors import PolicyNotEvaluated, UsageError
from supplychain.pipeline.resources import policies_folder
from supplychain.policy.engine import Engine
from supplychain.policy.engines import engine_of
from supplychain.policy.evidence_mutants import run_evidence_mutants, sample_of
from supplychain.policy.policy_files import PolicyFiles, of_folder
from supplychain.policy.policy_set import load_policies, modules_of
from supplychain.policy.testing import names_of, run_mutants, run_opa_tests, run_tests


def test_policies(files: PolicyFiles, engine: str, *, coverage: bool, mutate: bool, only: str) -> dict[str, Any]:
    """`{"passed", "tests", "failed", "coverage", "missed", "mutants", "survived", "tolerated"}`.

    `mutate` breaks the evidence; with `only`, the rules below that path (see `run_tests` for errors).

    Raises:
        UsageError: What is asked for would not be done: no such engine, coverage by opa, nothing to break.
    """
    judge = engine_of(engine)
    modules = modules_of(files, tests=True)
    names = names_of(modules)
    kind, _, program = engine.partition(":")
    opa = kind == "opa"
    _refuse_idle(coverage and opa, bool(only) and not mutate)
    tested = run_opa_tests(modules, program=program or "opa") if opa else run_tests(modules, names, coverage=coverage)
    missed = {path: list(lines) for path, lines in tested.missed.items()}
    report: dict[str, Any] = {
        "tests": len(tested.results),
        "failed": {name: tested.results[name] for name in tested.failed},
        "coverage": round(tested.percent, 2) if coverage and not opa else None,
        "missed": missed,
        "mutants": None,
        "survived": [],
        "tolerated": [],
    }
    if mutate and only:
        rules = list(run_mutants(modules, names, only="" if only == "." else only))
        if not rules:
            raise UsageError(
                "there is nothing to break below that path",
                code="NO_MUTANTS",
                where="--only",
                expected="a folder or file of the policy set, or `.` for all of it",
                found=only,
            )
        report["mutants"] = len(rules)
        report["survived"] = [f"{mutant.place}: {mutant.change}" for mutant in rules if not mutant.killed]
    elif mutate:
        report |= _evidence(files, judge)
    report["passed"] = not report["failed"] and not report["survived"] and not missed
    return report


def _refuse_idle(coverage_by_opa: bool, only_alone: bool) -> None:
    if coverage_by_opa:
        raise UsageError("opa does not tell coverage here", where="--coverage", expected="--engine regorus, or without")
    if only_alone:
        raise UsageError("--only says what to break", where="--only", expected="--mutate beside it")


def _evidence(files: PolicyFiles, judge: Engine) -> dict[str, Any]:
    files.check_whole()
    try:
        sample = sample_of(modules_of(files, tests=True))
    except PolicyNotEvaluated:
        sample = sample_of(modules_of(of_folder(policies_folder()), tests=True))
    found = [
        mutant
        for environment in files.environments
        for mutant in run_evidence_mutants(load_policies(files, environment), judge, sample)
    ]
    return {
        "mutants": len(found),
        "survived": [mutant.told for mutant in found if mutant.survived],
        "tolerated": [f"{m.environment}: {m.flaw.change}: {m.tolerated}" for m in found if m.tolerated],
    }


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
        for mutant in report["tolerated"]:
            typer.echo(f"not asked    {mutant}")
        typer.echo(f"mutants      {_noticed(report)} of {report['mutants']} noticed or not asked")


def _noticed(report: dict[str, Any]) -> int:
    return int(report["mutants"]) - len(report["survived"])

"""Options: what the command line asks for, settled once."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swapbench.base.error import SwapError
from swapbench.plan.cell import DIMENSIONS
from swapbench.plan.matrix import Selection
from swapbench.plan.suite import PROFILES
from swapbench.record.store import STORE
from swapbench.run.lease import MODES, place
from swapbench.run.settings import Settings
from swapbench.show import files

# With fewer samples a side, no exact test can tell anything.
GATED_ROUNDS = 5
LAST = "last"
_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}

_SEEDS = 2**31
_PLAIN = "; '' is the plain one"


@dataclass(frozen=True)
class Options:
    """Every choice of a run: which cells, how they are measured, what is done with the results."""

    selection: Selection
    settings: Settings
    resume: str | None
    reports: tuple[Path, ...]
    plan: Path | None
    gate: bool
    strict: bool
    baseline: Path
    budget_s: float
    companions: bool
    jobs: Path | None

    def experiment(self) -> dict[str, Any]:
        """Return what all cells of a run have in common, by the options that say it: without them it is another run."""
        settings = self.settings
        return {
            "profile": self.selection.profile,
            "folds": settings.folds,
            "rounds": settings.rounds,
            "seed": settings.seed,
            "threads": settings.threads,
            "slot": settings.slot.mode,
            "data": settings.data_dir,
            "gate": self.gate,
        }

    def arguments(self) -> list[str]:
        """Return the options that make another run measure the same cells in the same way, as a command line."""
        chosen, settings = self.selection, self.settings
        values = {
            "profile": chosen.profile,
            "folds": chosen.folds,
            "timeout": settings.timeout_s,
            "threads": settings.threads,
            "slot": settings.slot.mode,
            "seed": settings.seed,
            "memory-limit": settings.memory_limit,
            "data": settings.data_dir,
        }
        given = [f"--swap-{name}={value}" for name, value in values.items() if value is not None]
        return given + [f"--swap-{name}={value}" for name, wanted in chosen.values.items() for value in wanted]


def add(parser: pytest.Parser) -> None:
    """Declare the options."""
    group = parser.getgroup("swapbench", "compare models: time, memory and accuracy of every cell")
    for dimension in DIMENSIONS:
        group.addoption(
            f"--swap-{dimension}",
            action="append",
            default=[],
            metavar="VALUE",
            help=f"only this {dimension} (repeatable{_PLAIN if dimension == 'variant' else ''})",
        )
    group.addoption(
        "--swap-profile", default="quick", metavar="NAME", help=f"how big: {', '.join(PROFILES)} (default %(default)s)"
    )
    group.addoption("--swap-folds", type=_whole, metavar="K", help="folds of every dataset (default: the suite's)")
    group.addoption("--swap-rounds", type=_positive, metavar="N", help="rounds of every cell (default: the suite's)")
    group.addoption(
        "--swap-timeout", type=_seconds, metavar="S", help="seconds one round may take (default: the suite's, 600)"
    )
    group.addoption(
        "--swap-threads", type=_positive, default=1, metavar="N", help="threads a child (default %(default)s)"
    )
    group.addoption(
        "--swap-slot",
        choices=MODES,
        help="timed sections run one at a time (exclusive), on cores of their own (pinned, the default while workers x "
        "threads fit), or anyhow (none, for scores only)",
    )
    group.addoption(
        "--swap-seed", type=seed, default=0, metavar="N", help="seed of splits and models (default %(default)s)"
    )
    group.addoption(
        "--swap-memory-limit",
        type=_size,
        metavar="SIZE",
        help="how much a phase may allocate, such as 512M (default: any)",
    )
    group.addoption("--swap-data", metavar="DIR", help="folder of real data sets")
    group.addoption("--swap-store", metavar="DIR", help=f"journal and cache (default: {STORE} in pytest's root folder)")
    group.addoption(
        "--swap-resume",
        nargs="?",
        const=LAST,
        metavar="RUN",
        help="continue a run (default: the last): measure what is missing, failed, or has changed",
    )
    group.addoption(
        "--swap-report",
        action="append",
        default=[],
        metavar="PATH",
        help="write a report: .html, .md, .csv or .json (repeatable)",
    )
    group.addoption(
        "--swap-gate",
        action="store_true",
        help="fail when a cell is worse than the accepted baseline allows, after measuring suspects again",
    )
    group.addoption(
        "--swap-strict",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="let the gate fail also for what it cannot judge",
    )
    group.addoption(
        "--swap-baseline", metavar="PATH", help="what the gate compares with (default: baseline.json in the store)"
    )
    group.addoption(
        "--swap-budget",
        type=_seconds,
        default=900.0,
        metavar="S",
        help="seconds that measuring suspects again may take (default: 900)",
    )
    group.addoption(
        "--swap-companions",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="give pytest-benchmark's files entries for memory and scores too, in groups of their own",
    )
    # Which test files are run where no other are given: only pytest can tell a path from the value of an option.
    group.addoption("--swap-otherwise", help=argparse.SUPPRESS)
    group.addoption("--swap-jobs", help=argparse.SUPPRESS)  # a file, from which `swapbench ab` measures
    group.addoption("--swap-anyway", action="store_true", help=argparse.SUPPRESS)  # also values that no suite has
    group.addoption("--swap-plan", metavar="PATH", help="write the collected suites and cells as JSON to PATH")


def read(config: pytest.Config, worker: int, workers: int) -> Options:
    """Return the settled options of worker `worker` of `workers`; raises SwapError for what cannot be done."""
    option = config.option
    reports = tuple(Path(path) for path in option.swap_report)
    for path in reports:
        files.check(path, "--swap-report")
    data_dir = option.swap_data
    if data_dir is not None and not Path(data_dir).is_dir():
        raise SwapError(f"--swap-data {data_dir}: there is no such folder.")
    wanted = {dimension: tuple(getattr(option, f"swap_{dimension}")) for dimension in DIMENSIONS}
    store = Path(option.swap_store).absolute() if option.swap_store else config.rootpath / STORE
    return Options(
        Selection(option.swap_profile, option.swap_folds, data_dir, wanted, option.swap_anyway),
        Settings(
            store=store,
            slot=place(option.swap_slot, option.swap_threads, worker, workers),
            threads=option.swap_threads,
            workers=workers,
            seed=option.swap_seed,
            folds=option.swap_folds,
            rounds=option.swap_rounds,
            least_rounds=GATED_ROUNDS if option.swap_gate else 1,
            timeout_s=option.swap_timeout,
            memory_limit=option.swap_memory_limit,
            data_dir=data_dir and str(Path(data_dir).absolute()),
        ),
        option.swap_resume,
        reports,
        option.swap_plan and Path(option.swap_plan),
        option.swap_gate,
        option.swap_strict,
        Path(option.swap_baseline) if option.swap_baseline else store / "baseline.json",
        option.swap_budget,
        option.swap_companions,
        option.swap_jobs and Path(option.swap_jobs),
    )


def settle_arguments(arguments: list[str]) -> None:
    """Give a bare --swap-resume its value, so that it does not take the argument that follows it for one."""
    arguments[:] = [f"--swap-resume={LAST}" if one == "--swap-resume" else one for one in arguments]


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number") from None


def seed(text: str) -> int:
    """Read a seed of splits and models."""
    value = _whole(text)
    if not 0 <= value < _SEEDS:  # what every library takes, with room for the further seeds of a comparison
        raise argparse.ArgumentTypeError(f"{text} is not a seed from 0 to {_SEEDS - 1}")
    return value


def _positive(text: str) -> int:
    value = _whole(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is no positive number of seconds")
    return value


def _size(text: str) -> int:
    match = re.fullmatch(r"(\d+)([KMG]?)(i?B)?", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text} is no size; write 512M or 2G")
    return int(match[1]) * _UNITS[match[2]]

"""Choices: what the command line asks for, settled once."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from swapbench.base.error import SwapError
from swapbench.plan.cell import DIMENSIONS
from swapbench.plan.matrix import Selection
from swapbench.record.store import STORE
from swapbench.run.engine import word
from swapbench.run.lease import place
from swapbench.run.settings import Settings
from swapbench.show import files

# With fewer samples a side, no exact test can tell anything.
GATED_ROUNDS = 5


@dataclass(frozen=True)
class Choices:
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
    engine: str

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
            "machine-class": settings.machine_class,
            "gate": self.gate,
            # None, as of runs from before there were others.
            "engine": None if self.engine == "local" else word(self.engine),
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


def read(config: pytest.Config, worker: int, workers: int) -> Choices:
    """Return the settled options of worker `worker` of `workers`; raises SwapError for what cannot be done."""
    option = config.option
    reports = tuple(Path(path) for path in option.swap_report)
    for path in reports:
        files.check(path, "--swap-report")
    if option.swap_gate and getattr(option, "benchmark_skip", False):
        raise SwapError("--swap-gate judges what is measured, and --benchmark-skip measures nothing; leave one out.")
    data_dir = option.swap_data
    if data_dir is not None and not Path(data_dir).is_dir():
        raise SwapError(f"--swap-data {data_dir}: there is no such folder.")
    wanted = {dimension: tuple(getattr(option, f"swap_{dimension}")) for dimension in DIMENSIONS}
    store = Path(option.swap_store).absolute() if option.swap_store else config.rootpath / STORE
    return Choices(
        Selection(option.swap_profile, option.swap_folds, data_dir, wanted, option.swap_anyway, option.swap_threads),
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
            machine_class=option.swap_machine_class,
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
        option.swap_engine,
    )

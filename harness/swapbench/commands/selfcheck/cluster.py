"""The engine `ray` beside the local one: what it adds to an empty cell, and what cells feel of each other on it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from statistics import median

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.suite import RUN, instrument, work
from swapbench.plan.cell import Cell
from swapbench.plan.suite import Suite
from swapbench.record.record import Record
from swapbench.run.ahead import prepare_data
from swapbench.run.cluster.engine import RayEngine
from swapbench.run.engine import Engine
from swapbench.run.job import Job
from swapbench.run.lease import place
from swapbench.run.local import LocalEngine
from swapbench.run.machine import cores
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation

_COST_S = 0.15
_SHIFT_PERCENT = 10.0
_DATASET = "nothing"


def findings(store: Path, rounds: int, pairs: int) -> Iterator[Finding]:
    """Yield what an empty cell takes on each engine, side by side, and by how much cells are slower that are measured
    as many at once as there are cores; raises SwapError where Ray is not installed."""
    settings = Settings(store, place(None, 1, 0, 1))
    local = LocalEngine(settings)
    with closing(local), closing(RayEngine(settings)) as ray:
        for suite in (instrument(), work()):
            prepare_data(local.provisions, suite, _DATASET, preparation(_DATASET, suite, settings))
        yield from _costs(_jobs(instrument(), settings, "empty", 1)[0], local, ray, rounds)
        if len(cores()) < 2:
            yield Finding("cells at once", None, "", None, "this machine has one core")
        else:
            yield _shift(_jobs(work(), settings, "", 3), ray, pairs)


def _costs(empty: Job, local: LocalEngine, ray: RayEngine, rounds: int) -> Iterator[Finding]:
    engines: dict[str, Engine] = {"local": local, "ray": ray}
    taken: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(2):  # each of Ray's workers starts a fork server of its own
        _measured(ray, [replace(empty, rounds=rounds) for rounds in range(1, len(cores()) + 1)])
    _measured(local, [empty])
    for _ in range(rounds):
        for name, engine in engines.items():
            began = time.monotonic()
            _measured(engine, [empty])
            taken[name].append(time.monotonic() - began)
    for name, each in taken.items():
        yield Finding(f"empty cell, engine {name}", median(each), "s", None, f"median of {len(each)}")
    added = median(there - here for here, there in zip(taken["local"], taken["ray"], strict=True))
    yield Finding("what Ray adds to a cell", added, "s", _COST_S, "median of the differences, in turn")


def _shift(jobs: Sequence[Job], ray: RayEngine, pairs: int) -> Finding:
    """Measure cells one at a time, and as many at once as there are cores, in turn."""
    alone: dict[Cell, list[float]] = {one.cell: [] for one in jobs}
    together: dict[Cell, list[float]] = {one.cell: [] for one in jobs}
    for _ in range(pairs):
        for start in range(0, len(jobs), len(cores())):
            several = jobs[start : start + len(cores())]
            for each in several:
                alone[each.cell] += _measured(ray, [each])[0].walls
            for record in _measured(ray, several):
                together[record.cell] += record.walls
    shifts = [median(together[cell]) / median(alone[cell]) - 1 for cell in alone]
    note = f"median over {len(shifts)} cells, {pairs} times each; furthest cell {max(shifts, key=abs):+.1%}"
    name = f"time of a cell, {len(cores())} at once against one"
    return Finding(name, abs(median(shifts)) * 100, "%", _SHIFT_PERCENT, note)


def _jobs(suite: Suite, settings: Settings, model: str, rounds: int) -> list[Job]:
    """Return jobs of a suite's cells: of one model, on its first backend, or of all."""
    rows = [row for row in suite.rows() if model in ("", row.model)]
    kept = rows[:1] if model else rows
    cells = [Cell(suite.name, row.model, row.backend, _DATASET, 0, RUN.name, "quick") for row in kept]
    return [replace(job(suite, RUN, cell, settings), rounds=rounds) for cell in cells]


def _measured(engine: Engine, jobs: Sequence[Job]) -> list[Record]:
    """Have jobs measured at once, and return their records; raises SwapError where one did not end well."""
    for each in jobs:
        engine.submit(each)
    records = [Record.measured(engine.result(each)[0]) for each in jobs]
    for record in records:
        if record.status != "ok":
            raise SwapError(f"{record.sentence()}.")
    return records

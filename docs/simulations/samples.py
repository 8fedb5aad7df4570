"""Samples: records of simulated processes, as they are measured in turn, and the verdict that this would end with."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench.judge.judgement import judge
from swapbench.judge.multiplicity import LOOKS
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.record.run import Run

CELL = Cell("simulated", "model", "backend", "data", 0, "fit", "quick")
try:  # at the commit from before
    from swapbench.commands.ab.duel import _A_SERVER as A_SERVER
except ImportError:
    A_SERVER = 1  # rounds of a cell that come from one fork server
LIMIT = 1.02  # what is allowed where nothing is declared

Calls = NDArray[np.float64]
# Returns the calls of both sides, in seconds, (rounds, calls) each, given the number of the server of each round.
Draw = Callable[[np.random.Generator, NDArray[np.int64]], tuple[Calls, Calls]]


def sample(walls: Sequence[float], **more: Any) -> dict[str, Any]:
    """Return a sample of these calls, with a peak of memory that is the same for all."""
    return {
        "wall_s": float(np.median(walls)),
        "walls": walls,
        "peak_memory_bytes": 2**24,
        "contaminated": False,
        **more,
    }


def record(samples: Sequence[dict[str, Any]]) -> Record:
    return Record(CELL, "", "ok", samples=tuple(samples), environment={"slot": "exclusive"})


def run(samples: Sequence[dict[str, Any]], name: str = "a run") -> Run:
    return Run(name, (), {}, (record(samples),))


def time_verdict(verdicts: Sequence[Verdict]) -> Verdict:
    return next(verdict for verdict in verdicts if verdict.metric == "fit_time")


def _together(number: int, walls: Sequence[float], servers: NDArray[np.int64]) -> dict[str, Any]:
    """Return a sample of a round that both sides have in common, under the words of then and now."""
    return sample(walls, heat=str(number), together=str(number), server=str(servers[number]))


def turn_verdict(seed: int, draw: Draw, family: int = 1) -> Verdict:
    """Return the verdict on the time of one cell, one of a family of so many, that is looked at as when both sides are
    measured in turn: until it is decided."""
    source = np.random.default_rng(seed)
    servers = np.arange(LOOKS[-1]) // A_SERVER
    sides = [
        [
            sample(walls, heat=str(number), together=str(number), server=str(servers[number]))
            for number, walls in enumerate(calls.tolist())
        ]
        for calls in draw(source, servers)
    ]
    for look, rounds in enumerate(LOOKS):
        before, after = (run(side[:rounds], name) for side, name in zip(sides, "ab", strict=True))
        verdict = time_verdict(judge(before, after, lambda _, look=look: look, family))
        if not verdict.open:
            break
    return verdict


def share(verdict: Callable[[int], Verdict], holds: Callable[[Verdict], bool]) -> Callable[[int], float]:
    """Return the share of verdicts, by their seeds, of which something holds."""
    return lambda runs: sum(holds(verdict(seed)) for seed in range(runs)) / runs


def kind(name: str) -> Callable[[Verdict], bool]:
    return lambda verdict: verdict.kind == name

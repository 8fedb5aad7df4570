"""Lines on times, whose samples are processes that make their calls in step."""

from collections.abc import Callable
from functools import partial

import numpy as np
from line import Line
from numpy.typing import NDArray
from samples import LIMIT, Calls, Draw, kind, run, sample, share, time_verdict, turn_verdict

from swapbench.judge.changes import change_points
from swapbench.judge.judgement import judge
from swapbench.judge.verdict import Verdict

CALLS = 15
_UPPER = LIMIT


def draw(
    source: np.random.Generator,
    servers: NDArray[np.int64],
    factor: float = 1.0,
    noise: float = 0.01,
    server_spread: float = 0.0,
    slow_calls: float = 0.0,
    slow_call: float = 1.0,
    slow_processes: float = 0.0,
    slow_process: float = 1.0,
) -> tuple[Calls, Calls]:
    """Return two sides of rounds in step on a steady machine. Each process has a pace of its own (lognormal, of a
    spread `noise`), so has each call (1 %), and the second side in each server (`server_spread`).

    The second side does `factor` times the work; a share of its calls and of its processes are slower by a factor.
    """
    rounds = len(servers)
    before, after = (
        np.exp(noise * source.standard_normal((rounds, 1)) + 0.01 * source.standard_normal((rounds, CALLS)))
        for _ in "ab"
    )
    after *= factor * np.exp(server_spread * source.standard_normal(rounds)[servers])[:, None]
    after *= np.where(source.random((rounds, CALLS)) < slow_calls, slow_call, 1.0)
    after *= np.where(source.random((rounds, 1)) < slow_processes, slow_process, 1.0)
    return before, after


def all_but_the_shortest(source: np.random.Generator, servers: NDArray[np.int64]) -> tuple[Calls, Calls]:
    """Nine tenths of the calls are 10 % slower, and the shortest calls are what they were."""
    before, after = draw(source, servers, noise=0.002)
    slower = source.random(after.shape) < 0.9
    slower[np.arange(len(after)), after.argmin(axis=1)] = False
    return before, after * np.where(slower, 1.1, 1.0)


def slowing(source: np.random.Generator, servers: NDArray[np.int64]) -> tuple[Calls, Calls]:
    """Calls slow over a process's life, from what they were to 20 % more."""
    before, after = draw(source, servers, noise=0.002)
    return before, after * np.linspace(1.0, 1.2, CALLS)


def fast_before(source: np.random.Generator, servers: NDArray[np.int64]) -> tuple[Calls, Calls]:
    """The medians are equal, and a tenth of the calls before took a tenth less."""
    before, after = draw(source, servers, noise=0.002)
    return before * np.where(source.random(before.shape) < 0.1, 0.9, 1.0), after


def uneven(source: np.random.Generator, servers: NDArray[np.int64], times: float) -> tuple[Calls, Calls]:
    """The true ratio is what is allowed, and one side varies so many times as much as the other."""
    before, after = (draw(source, servers, noise=noise)[0] for noise in (0.002, 0.002 * times))
    return before, LIMIT * after


def two_runs(
    seed: int, factor: float = 1.0, noise: float = 0.01, run_spread: float = 0.0, times: float = 1.0
) -> Verdict:
    """Return the verdict of `compare` on two runs of 20 rounds; each run has a pace of its own, and the second does
    `factor` times the work and varies so many times as much as the first."""
    source = np.random.default_rng(seed)
    sides = [
        factor**number
        * np.exp(run_spread * source.standard_normal() + noise * times**number * source.standard_normal((20, 1)))
        for number in range(2)
    ]
    before, after = (
        run([sample(walls) for walls in side.tolist()], name) for side, name in zip(sides, "ab", strict=True)
    )
    return time_verdict(judge(before, after, total=1))


def changes(noise: Callable[[np.random.Generator], NDArray[np.float64]]) -> Callable[[int], float]:
    """Return the share of histories of 100 runs without a change in which one is found."""
    return lambda runs: (
        sum(bool(change_points(noise(np.random.default_rng(seed)).tolist())) for seed in range(runs)) / runs
    )


def growing(source: np.random.Generator) -> NDArray[np.float64]:
    return np.exp(np.linspace(0.005, 0.05, 100) * source.standard_normal(100))


def persistent(source: np.random.Generator, by: float) -> NDArray[np.float64]:
    values = source.standard_normal(100)
    for place in range(1, 100):
        values[place] = by * values[place - 1] + (1 - by * by) ** 0.5 * values[place]
    return np.exp(0.01 * values)


def outside(verdict: Verdict) -> bool:
    """Whether a verdict is at odds with its own interval."""
    if verdict.interval is None:
        return False
    low, high = verdict.interval
    return {
        "regressed": low <= _UPPER,
        "improved": high >= 2 - _UPPER,
        "equivalent": low < 2 - _UPPER or high > _UPPER,
    }.get(verdict.kind, False)


def _turns(drawn: Draw, family: int = 1) -> partial[Verdict]:
    return partial(turn_verdict, draw=drawn, family=family)


LINES: tuple[Line, ...] = (
    Line(
        "1",
        "90 % of calls 10 % slower, the shortest as they were: `equivalent`",
        share(_turns(all_but_the_shortest), kind("equivalent")),
        most=0.05,
    ),
    Line("1", "the same: a verdict outside its interval", share(_turns(all_but_the_shortest), outside), most=0.0),
    Line(
        "1",
        "calls that slow over a process's life, the median by 10 %: `equivalent`",
        share(_turns(slowing), kind("equivalent")),
        most=0.05,
    ),
    Line(
        "1",
        "equal medians, a tenth of the calls before 10 % faster: `regressed`",
        share(_turns(fast_before), kind("regressed")),
        most=0.01,
    ),
    Line(
        "2",
        "40 % of calls three times as slow: `equivalent`",
        share(_turns(partial(draw, slow_calls=0.4, slow_call=3.0)), kind("equivalent")),
        most=0.05,
    ),
    Line(
        "2",
        "a fifth of processes 30 % slower: `equivalent`",
        share(_turns(partial(draw, slow_processes=0.2, slow_process=1.3)), kind("equivalent")),
        most=0.05,
    ),
    *(
        Line(
            "7",
            f"same code, servers apart by {100 * spread:g} % in the ratio, a family of 100: `regressed`",
            share(_turns(partial(draw, server_spread=spread), 100), kind("regressed")),
            most=0.01,
        )
        for spread in (0.01, 0.02, 0.03, 0.04)
    ),
    Line(
        "7",
        "true ratio 1.02, servers apart by 3 % in the ratio: `equivalent`",
        share(_turns(partial(draw, factor=LIMIT, server_spread=0.03)), kind("equivalent")),
        most=0.05,
    ),
    *(
        Line(
            "7",
            f"`compare` of two runs of the same code, runs apart by {100 * spread:g} %: `regressed` (it says so)",
            share(partial(two_runs, run_spread=spread), kind("regressed")),
            most=0.01 if not spread else 1.0,
        )
        for spread in (0.0, 0.01, 0.02, 0.03)
    ),
    *(
        Line(
            "11",
            f"in step, true ratio 1.02, one side {times} times as noisy: `regressed`",
            share(_turns(partial(uneven, times=times)), kind("regressed")),
            most=0.01,
        )
        for times in (5, 20)
    ),
    *(
        Line(
            "11",
            f"`compare` at 1.02, the second run {times} times as noisy: `regressed` (the page says so)",
            share(partial(two_runs, factor=LIMIT, noise=0.002, times=times), kind("regressed")),
        )
        for times in (5, 20)
    ),
    Line("12", "change points, noise that grows from 0.5 to 5 % (the page says so)", changes(growing), runs=1_000),
    *(
        Line(
            "12",
            f"change points, noise that persists by {by:g} from run to run (the page says so)",
            changes(partial(persistent, by=by)),
            most=1.0 if by else 0.01,
            runs=1_000,
        )
        for by in (0.0, 0.3, 0.7)
    ),
    *(
        Line(
            "13",
            f"in step, true ratio 1.02, processes vary by {100 * noise:g} %: `regressed`",
            share(_turns(partial(draw, factor=LIMIT, noise=noise)), kind("regressed")),
            most=0.01,
        )
        for noise in (0.3, 1.0)
    ),
    *(
        Line(
            "14",
            f"5 % slower, processes vary by {100 * noise:g} %, a family of 100: `regressed`",
            share(_turns(partial(draw, factor=1.05, noise=noise), 100), kind("regressed")),
            least=least,
            runs=1_000,
        )
        for noise, least in ((0.01, 0.99), (0.02, 0.9), (0.03, 0.5), (0.05, 0.0))
    ),
    *(
        Line(
            "14",
            f"same code, processes vary by {100 * noise:g} %, a family of 100: `equivalent`",
            share(_turns(partial(draw, noise=noise), 100), kind("equivalent")),
            least=least,
            runs=1_000,
        )
        for noise, least in ((0.01, 0.99), (0.02, 0.95), (0.03, 0.8), (0.05, 0.0))
    ),
)

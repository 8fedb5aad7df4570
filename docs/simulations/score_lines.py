"""Lines on scores: two sides that are truly as good as each other, or as far apart as is said."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields
from functools import partial
from typing import Any

import numpy as np
from line import Line
from numpy.typing import NDArray
from samples import CELL, sample

from swapbench.base.packing import pack
from swapbench.judge import proportions, scores, sizes
from swapbench.judge.evidence import Evidence
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record

ACCURACY = ScoreOutline("accuracy", "", "higher")
LOSS = ScoreOutline("loss", "", "lower")
_KNOWN = {field.name for field in fields(Record)}

Values = Sequence[float] | NDArray[Any]


def _record(fold: int, side: str, score: ScoreOutline, value: float, tested: int, trained: int, **more: Any) -> Record:
    """Return a record of one fold; of `more` what the code that is simulated knows."""
    cell = type(CELL)(**{**CELL.as_dict(), "fold": fold})
    values = {"seeded": False, **more}
    return Record(
        cell,
        "",
        "ok",
        scores={score.name: value},
        train_examples=trained,
        test_examples=tested,
        predictions_sha256=f"{side}{fold}",
        **{name: value for name, value in values.items() if name in _KNOWN},
    )


def by_example(
    score: ScoreOutline, before: Sequence[Values], after: Sequence[Values], allowed: float = 0.0, **more: Any
) -> Evidence:
    """Return the evidence on results of each example, one sequence a fold and side."""
    sides = []
    for side, folds in (("a", before), ("b", after)):
        sizes = [len(values) for values in folds]
        sides.append(
            {
                fold: _record(
                    fold,
                    side,
                    score,
                    float(np.mean(values)),
                    len(values),
                    sum(sizes) - len(values) or len(values),
                    examples={score.name: pack(np.asarray(values))},
                    **more,
                )
                for fold, values in enumerate(folds)
            }
        )
    return _evidence(sides, score, allowed)


def by_fold(before: Values, after: Values, tested: int, allowed: float = 0.0) -> Evidence:
    """Return the evidence on one score a fold."""
    trained = tested * (len(before) - 1)
    sides = [
        {fold: _record(fold, side, ACCURACY, float(value), tested, trained) for fold, value in enumerate(values)}
        for side, values in (("a", before), ("b", after))
    ]
    return _evidence(sides, ACCURACY, allowed)


def _evidence(sides: Sequence[dict[int, Record]], score: ScoreOutline, allowed: float) -> Evidence:
    found = scores.evidence(sides[0], sides[1], score.name, score, Tolerance(absolute=allowed))
    if found is None:
        raise ValueError("the sides share no fold")
    return found


def share(make: Callable[[np.random.Generator], Evidence], holds: Callable[[Evidence], bool]) -> Callable[[int], float]:
    """Return the share of simulated cases, by their seeds, of which something holds."""
    return lambda runs: sum(holds(make(np.random.default_rng(seed))) for seed in range(runs)) / runs


def alarm(nominal: float) -> Callable[[Evidence], bool]:
    return lambda found: found.worse <= nominal


def stepped(source: np.random.Generator, steps: int, folds: int) -> Evidence:
    """A score in steps, of which each side has one or two more by chance: few folds are often equally apart."""
    base = source.binomial(steps, 0.9, folds) - 3
    before, after = (base + source.poisson(0.7, folds) for _ in "ab")
    return by_fold(before / steps, after / steps, steps)


def in_groups(source: np.random.Generator, size: int, groups: int = 60) -> Evidence:
    """Examples of a group share their answer; either side is right alone in a tenth of the groups."""
    shared = source.choice(3, groups, p=[0.8, 0.1, 0.1])
    before, after = (np.repeat((shared == 0) | (shared == side), size) for side in (1, 2))
    return by_example(ACCURACY, [before], [after], groups=pack(np.repeat(np.arange(groups), size)))


def another_seed(source: np.random.Generator, folds: int = 3, tested: int = 600) -> Evidence:
    """Each training moves the chance of being right by 0.6 points, as another seed does a perceptron on digits."""
    sides = []
    easy = [source.random(tested) < 0.93 for _ in range(folds)]
    for _ in "ab":
        moved = np.clip(0.5 + source.normal(0.0, 0.006, folds) / 0.07, 0.0, 1.0)
        sides.append([own | (source.random(tested) < chance) for own, chance in zip(easy, moved, strict=True)])
    return by_example(ACCURACY, sides[0], sides[1], seeded=True)


def several_seeds(
    source: np.random.Generator,
    seeds: int,
    drop: float = 0.0,
    allowed: float = 0.0,
    folds: int = 3,
    tested: int = 600,
    moved: float = 0.006,
) -> Evidence:
    """The same of `seeds` trainings a side: what each draws moves its chance of being right, and decides which of the
    examples in doubt it gets right; a share of what was right is got wrong now."""
    easy = [source.random(tested) < 0.93 for _ in range(folds)]
    lost = [source.random(tested) < drop for _ in range(folds)]

    def trained(fold: int, side: str) -> NDArray[Any]:
        chance = np.clip(0.5 + source.normal(0.0, moved) / 0.07, 0.0, 1.0)
        right = easy[fold] | (source.random(tested) < chance)
        return right & ~lost[fold] if side == "b" else right

    sides = []
    for side in "ab":
        values = [[trained(fold, side) for _ in range(seeds)] for fold in range(folds)]
        sides.append(
            {
                fold: _record(
                    fold,
                    side,
                    ACCURACY,
                    float(own[0].mean()),
                    tested,
                    tested * max(folds - 1, 1),
                    examples={"accuracy": pack(own[0])},
                    seeded=True,
                    trainings=tuple(_training(side, fold, number, again) for number, again in enumerate(own[1:], 1)),
                )
                for fold, own in enumerate(values)
            }
        )
    return _evidence(sides, ACCURACY, allowed)


def _training(side: str, fold: int, seed: int, right: NDArray[Any]) -> dict[str, Any]:
    return {
        "seed": seed,
        "scores": {"accuracy": float(right.mean())},
        "examples": {"accuracy": pack(right)},
        "predictions_sha256": f"{side}{fold}-{seed}",
    }


def dropped(source: np.random.Generator, drop: float, seeded: bool) -> Evidence:
    """A share of the examples is got wrong that was right before, in 3 folds of 600; half a point is allowed."""
    before = [source.random(600) < 0.93 for _ in range(3)]
    after = [np.where(own, source.random(600) >= drop, source.random(600) < 0.2) for own in before]
    return by_example(ACCURACY, before, after, allowed=0.005, seeded=seeded)


def overlapping(source: np.random.Generator, folds: int, size: int = 30) -> Evidence:
    """Squared errors of the mean of the training folds, and of 0: as good as each other in expectation."""
    trained = size * (folds - 1)
    data = source.standard_normal((folds, size)) + trained**-0.5
    learned = (data.sum() - data.sum(axis=1)) / trained
    return by_example(LOSS, list(data**2), list((data - learned[:, None]) ** 2))


def rare(source: np.random.Generator, size: int = 500) -> Evidence:
    """A loss of 5 in two of a thousand examples, nothing otherwise: worse by 0.01, and 0.0025 is allowed."""
    before = 0.2 * source.standard_exponential(size)
    return by_example(LOSS, [before], [before + 5.0 * (source.random(size) < 0.002)], allowed=0.0025)


def skewed(source: np.random.Generator, size: int) -> Evidence:
    """Losses of a lognormal distribution, against their mean."""
    return by_example(LOSS, [np.full(size, math.exp(0.5))], [source.lognormal(0.0, 1.0, size)])


def missed(found: Evidence) -> bool:
    """Whether an interval of two sides that are equal leaves that out."""
    return found.interval is not None and not found.interval[0] <= 0.0 <= found.interval[1]


def many_folds(source: np.random.Generator, rounds: int, folds: int = 10) -> Evidence:
    """Times of two sides that were not measured in step, over folds of different sizes."""
    pairs = []
    for fold in range(folds):
        base = math.exp(source.normal(0.0, 0.3))
        walls = base * np.exp(0.1 * source.standard_normal((2, rounds)))
        cell = type(CELL)(**{**CELL.as_dict(), "fold": fold})
        pairs.append(
            tuple(
                Record(cell, "", "ok", samples=tuple(sample([wall]) for wall in own), environment={"slot": "exclusive"})
                for own in walls.tolist()
            )
        )
    outline = Outline(CELL.suite, (), (), (), (), (), "")
    return next(iter(sizes.evidence(pairs, outline)))  # type: ignore[arg-type]  # pairs, as they are made here


def ratio_missed(found: Evidence) -> bool:
    return found.interval is not None and not found.interval[0] <= 1.0 <= found.interval[1]


def _outcomes(n: int, p_a: float, p_b: float) -> Iterator[tuple[int, int, float]]:
    """Yield what n examples may show that has any chance worth counting."""
    from scipy.stats import binom

    for only_a in range(int(n * p_a + 9 * math.sqrt(n * p_a)) + 4):
        rest = n - only_a
        ways = np.arange(min(rest, int(n * p_b + 9 * math.sqrt(n * p_b)) + 4))
        chances = binom.pmf(only_a, n, p_a) * binom.pmf(ways, rest, p_b / (1 - p_a))
        yield from ((only_a, only_b, float(chance)) for only_b, chance in zip(ways.tolist(), chances, strict=True))


def far_out(_runs: int, nominal: float, n: int = 1000, apart: float = 0.01, p_a: float = 0.0005) -> float:
    """Return the exact share of false claims that a side is better by more than it is, by all outcomes."""
    test = getattr(proportions, "answers_p", proportions.tango_p)
    found = _outcomes(n, p_a, p_a + apart)
    return sum(chance for a, b, chance in found if test(a, b, n, apart, "greater") <= nominal)


def _by_fold() -> Iterator[Line]:
    for steps in (20, 100, 1000):
        for folds in (2, 3, 5, 10):
            what = f"a score in steps of 1/{steps}, {folds} folds, equal quality: `regressed` at 1 %"
            yield Line("I9", what, share(partial(stepped, steps=steps, folds=folds), alarm(0.01)), 0.01)
    for nominal in (0.05, 0.01):
        for folds in (3, 5, 10):
            what = f"losses of {folds} overlapping folds, equal in expectation: `regressed` at {100 * nominal:g} %"
            yield Line("5", what, share(partial(overlapping, folds=folds), alarm(nominal)), nominal)
    for rounds in (3, 5, 10):
        what = f"the interval of a ratio over 10 folds of {rounds} rounds misses it"
        yield Line("8", what, share(partial(many_folds, rounds=rounds), ratio_missed), 0.06, few=20)


def _by_example() -> Iterator[Line]:
    for size in (5, 10, 20):
        what = f"groups of {size} that share an answer, equal quality: `regressed` at 1 %"
        yield Line("3", what, share(partial(in_groups, size=size), alarm(0.01)), 0.01)
    for nominal in (0.01, 1e-4):
        what = f"another seed moves accuracy by 0.6 points, 3 folds of 600: `regressed` at {100 * nominal:g} %"
        yield Line("4", what, share(another_seed, alarm(nominal)), nominal)
        for seeds in (2, 5):
            what = f"the same with {seeds} seeds a side: `regressed` at {100 * nominal:g} %"
            yield Line("4", what, share(partial(several_seeds, seeds=seeds), alarm(nominal)), nominal)
    for seeds, points, nominal in ((5, 5, 0.01), (5, 8, 1e-4)):
        what = f"{seeds} seeds a side, 3 folds of 600, {points} points more wrong: `regressed` at {100 * nominal:g} %"
        made = partial(several_seeds, seeds=seeds, drop=points / 100, allowed=0.005)
        yield Line("power", what, share(made, alarm(nominal)), least=0.8)
    for seeded, points, nominal in ((False, 5, 0.01), (False, 7, 1e-4), (True, 7, 0.01), (True, 10, 1e-4)):
        drawn = "training that draws" if seeded else "training that draws nothing"
        what = f"{drawn}, 3 folds of 600, {points} points more wrong: `regressed` at {100 * nominal:g} %"
        made = partial(dropped, drop=points / 100, seeded=seeded)
        yield Line("power", what, share(made, alarm(nominal)), least=0.8)
    yield Line("6", "worse by 0.01 in rare losses, 0.0025 allowed: `equivalent`", share(rare, _same), 0.05)
    for size in (100, 500):
        what = f"lognormal losses of {size} examples: `improved` at 0.01 %"
        yield Line("6", what, share(partial(skewed, size=size), lambda found: found.better <= 1e-4), 1e-4, runs=4_000)
    for size in (5, 20, 200):
        what = f"the interval of {size} lognormal losses misses their mean"
        yield Line("9", what, share(partial(skewed, size=size), missed), 0.1)
    yield Line("9", "the interval of 40 losses, 1 % of them large, misses their mean", share(_rare_interval, _off))
    for nominal in (0.01, 1e-3, 1e-4):
        what = f"right answers at a margin of 1 point, n = 1,000: beyond it at {100 * nominal:g} %, exactly"
        yield Line("10", what, partial(far_out, nominal=nominal), nominal)


def _same(found: Evidence) -> bool:
    return found.outside <= 0.05


def _rare_interval(source: np.random.Generator) -> Evidence:
    before = 0.2 * source.standard_exponential(40)
    return by_example(LOSS, [before], [before + 5.0 * (source.random(40) < 0.01)])


def _off(found: Evidence) -> bool:
    return found.interval is not None and not found.interval[0] <= 0.05 <= found.interval[1]


LINES: tuple[Line, ...] = (*_by_fold(), *_by_example())

"""Scores: evidence on how good the predictions of two sides are, over the same examples and folds."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from swapbench.base import units
from swapbench.judge.contrasts import Answers, Contrast, Either, Signs, Skewed, Strictest
from swapbench.judge.evidence import BETA, Evidence
from swapbench.judge.resolution import resolution
from swapbench.judge.results import Results, by_part, group_sums, repeated, test_share
from swapbench.judge.statistics import Student, over_folds, summed
from swapbench.judge.trainings import Trainings
from swapbench.plan.metric import sign
from swapbench.plan.outline import ScoreOutline
from swapbench.plan.tolerance import Tolerance
from swapbench.record.record import Record

# The smallest difference that matters where a suite declares nothing: half a percent of the score.
SCORE = Tolerance(relative=0.005)

# What folds that learn from overlapping sets add to the variance that the examples leave open, for each fold: Nadeau
# and Bengio's n_test/n_train, but at least what a learner of means was found to need with many folds (docs/gate.md).
_OVERLAP = 0.28
# What training that draws at random adds, where it was seen under one seed: as much again.
_DRAWN = 2.0
# Fewer differences of unknown shape have no interval that was shown to cover.
_FEWEST = 20
_TAIL = 0.025

Folds = Mapping[int, Record]


@dataclass(frozen=True)
class Compared:
    """The difference of two sides in a score (new minus baseline), with its 95 % interval, what it rests on in words,
    and the `contrast` that tests it; None where predictions are the same and nothing is left to chance.

    `how` names the units that were compared. `unseen` is how much a kind of example that none of these happened to be
    may move the score, which forbids calling two sides equivalent within less.
    """

    mean: float
    interval: tuple[float, float] | None
    grounds: str
    contrast: Contrast | None
    how: str
    unseen: float = 0.0

    def worse(self, limit: float, score: ScoreOutline) -> float:
        """Return the probability of such differences if the score had not become worse by more than a limit."""
        return self._beyond(limit, -sign(score.better))

    def better(self, limit: float, score: ScoreOutline) -> float:
        """Return the probability of such differences if the score had not become better by more than a limit."""
        return self._beyond(limit, sign(score.better))

    def outside(self, limit: float) -> float:
        """Return the probability of such differences if the score had moved by a limit or more, either way."""
        if self.contrast is None:
            return 0.0
        within = limit - self.unseen
        if within <= 0:
            return 1.0
        return max(self.contrast.p(within, "less"), self.contrast.p(-within, "greater"))

    def _beyond(self, limit: float, way: int) -> float:
        if self.contrast is None:
            return 1.0
        return self.contrast.p(way * limit, "greater" if way > 0 else "less")


def evidence(baseline: Folds, now: Folds, metric: str, score: ScoreOutline, tolerance: Tolerance) -> Evidence | None:
    """Return the evidence on one score of a row, over the folds that both sides have; None when they share none."""
    folds = [f for f in sorted(baseline) if f in now and metric in baseline[f].scores and metric in now[f].scores]
    if not folds:
        return None
    trainings = Trainings.of([baseline[fold] for fold in folds], [now[fold] for fold in folds], metric)
    old, new = trainings.means(metric)
    limit = tolerance.limit(old)
    found = compared(trainings, score)
    return Evidence(
        cell=now[folds[0]].cell,
        folds=tuple(folds),
        metric=metric,
        unit=score.unit,
        baseline=old,
        value=new,
        effect_is="difference",
        effect=found.mean,
        interval=found.interval,
        limit=tolerance.in_words(old, score.unit),
        worse=found.worse(limit, score),
        better=found.better(limit, score),
        outside=found.outside(limit),
        least=0.0,
        beyond=-sign(score.better) * (new - old) > limit,
        grounds=f"{old:.4f} -> {new:.4f}, {_difference(found)}{found.grounds}",
        allowed=(-limit, limit),
        up=sign(score.better) < 0,
    )


def compared(trainings: Trainings, score: ScoreOutline) -> Compared:
    """Return how two sides differ in a score, in the sharpest way that their results allow.

    Identical predictions are equivalent, and nothing is left to chance. Else results stored for each test example are
    compared example by example, or group by group: right and wrong answers by their counts, other losses (and the mean
    over several trainings) by their mean. The same differences must show by fold too, for models of several folds learn
    from the same examples: with the corrected variance, or example by example with an allowance for what another
    training would move. Scores without results by example are compared by fold alone.
    """
    differences = trainings.differences(score.name).mean(axis=0).tolist()
    count, seeds = units.counted(len(differences), "fold"), trainings.in_words
    if not any(differences) and trainings.alike:
        return Compared(0.0, (0.0, 0.0), f"with identical predictions in {count}{seeds}", None, "by prediction")
    folds = _by_fold(differences, trainings, score)
    pairs = trainings.results(score.name)
    if pairs is None:
        twice = ", which have test examples in common" if repeated(trainings.pairs[0][0]) else ""
        grounds = f"over {count}{seeds}{twice}"
        return Compared(fmean(differences), _interval(folds, score), grounds, folds, f"by fold {grounds}")
    examples, grounds = _by_example(*pairs)
    parts: list[Contrast] = [examples]
    drawn = any(map(draws, trainings.records))
    if drawn or len(differences) > 1:
        allowed = _allowed(*pairs, trainings, score, drawn=drawn)
        parts.append(Either(allowed, folds) if len(differences) > 1 else allowed)
    grounds += f" in {count}" if len(differences) > 1 else ""
    grounds += seeds or (", their training drawing at random" if drawn else "")
    allowance = seeds or (", allowing for another training" if drawn else "")
    contrast = Strictest(parts)
    enough = isinstance(examples, Answers) or pairs[0].clusters >= _FEWEST
    mean = float((pairs[1].values.astype(float) - pairs[0].values).mean())
    how = f"by {'example' if pairs[0].groups is None else 'group'} over {pairs[0].in_words}{allowance}"
    return Compared(mean, _interval(contrast, score) if enough else None, grounds, contrast, how, _unseen(*pairs))


def draws(record: Record) -> bool:
    """Tell whether another seed may have given another model: it is known to draw nothing only where that was seen."""
    return record.seeded is not False or record.deterministic is False


def _by_fold(differences: Sequence[float], trainings: Trainings, score: ScoreOutline) -> Student:
    """Return the contrast of one difference a fold, or a part that several folds test, with Nadeau and Bengio's
    variance, and that of the score's resolution where equal differences would make it less."""
    records = trainings.records
    values = [record.scores[score.name] for record in records]
    means, parts = by_part(differences, trainings.pairs[0][0])
    return over_folds(means, test_share(parts), resolution(records, score, values))


def _by_example(left: Results, right: Results) -> tuple[Contrast, str]:
    """Return the contrast of pooled results, and what it rests on in words."""
    answers = left.values.dtype == bool and right.values.dtype == bool
    differences = right.values.astype(float) - left.values
    if not answers:
        return Skewed.of(differences, left.groups), f"over {left.in_words}"
    before, after = int((differences < 0).sum()), int((differences > 0).sum())
    grounds = f"over {left.in_words}, {before} right only before and {after} only now"
    if left.groups is None:
        return Answers(before, after, len(differences)), grounds
    sums = group_sums(differences, left.groups)
    signs = Signs(int((sums < 0).sum()), int((sums > 0).sum()))
    return Strictest([Answers(before, after, len(differences)), Skewed.of(differences, left.groups), signs]), grounds


def _allowed(left: Results, right: Results, trainings: Trainings, score: ScoreOutline, *, drawn: bool) -> Student:
    """Return the contrast of pooled results with what another training would move: an allowance, a multiple of the
    variance of the examples, but of what is drawn at random the variance that several seeds have shown."""
    differences = Results(right.values.astype(float) - left.values, left.groups)
    # Equal answers to all of n examples are known no better than one answer in n.
    step = 1 / len(left.values) if score.bounds[1] is not None else 0.0
    measured = drawn and len(trainings) > 1
    factor = _overlap(trainings) if trainings.folds > 1 else 1.0
    factor *= 1.0 if measured or not drawn else _DRAWN * (1.0 if trainings.folds > 1 else _DRAWN)
    error = max(differences.error, step) * math.sqrt(factor)
    allowed = Student(float(differences.values.mean()), error, differences.clusters - 1)
    return summed(allowed, trainings.drawn(score.name, step)) if measured else allowed


def _overlap(trainings: Trainings) -> float:
    share = test_share(trainings.pairs[0][0])
    return 1 + trainings.folds * max(share, _OVERLAP)


def _unseen(left: Results, right: Results) -> float:
    """Return how much examples of a kind that is not among these may move a loss: of n independent examples that show
    none, up to 3/n of all may be of that kind (at 95 %), and differ by as much as any loss on either side."""
    if left.values.dtype == bool and right.values.dtype == bool and left.groups is None:
        return 0.0  # the counts' own test knows
    most = max(float(side.values.max()) for side in (left, right))
    least = min(float(side.values.min()) for side in (left, right))
    return -math.log(BETA) / left.clusters * (most - least)


def _interval(contrast: Contrast, score: ScoreOutline) -> tuple[float, float] | None:
    """Return the 95 % interval of a difference; of scores between two bounds none is larger than from one to the other,
    however little a few folds know."""
    low, high = contrast.ends(_TAIL)
    if not (math.isfinite(low) and math.isfinite(high)):
        return None
    least, most = score.bounds
    if least is None or most is None:
        return low, high
    return max(low, least - most), min(high, most - least)


def _difference(found: Compared) -> str:
    if found.interval is None:
        return f"{found.mean:+.4f} "
    low, high = found.interval
    return f"{found.mean:+.4f} ({low:+.4f} to {high:+.4f}) "

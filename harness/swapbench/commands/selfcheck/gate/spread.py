"""Spread: how far apart fork servers lie that run the same code, beyond what their rounds vary anyway."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.gate.trial import Compared

Groups = Sequence[Sequence[float]]


@dataclass(frozen=True)
class Components:
    """Standard deviations `between` groups and `within` them; between is 0 where the groups' means vary no more than
    their members make them."""

    between: float
    within: float


def components(trials: Sequence[Groups]) -> Components | None:
    """Return the components of variance of trials, each of groups of values that share a mean of its own.

    The model is y = trial + group + error; groups are compared within their trial. By the method of moments: the mean
    squares between and within groups are equated to their expectations (Searle, Casella and McCulloch, Variance
    Components, 1992, chapter 3). None where no trial has two groups, or no group two values.
    """
    between = within = coefficient = 0.0
    free_between = free_within = 0
    for groups in trials:
        sizes = [len(group) for group in groups]
        if len(groups) < 2:
            continue
        count, mean = sum(sizes), fmean(value for group in groups for value in group)
        between += sum(len(group) * (fmean(group) - mean) ** 2 for group in groups)
        within += sum((value - fmean(group)) ** 2 for group in groups for value in group)
        free_between += len(groups) - 1
        free_within += count - len(groups)
        coefficient += count - sum(size * size for size in sizes) / count
    if not free_between or not free_within:
        return None
    error = within / free_within
    apart = (between - free_between * error) / coefficient
    return Components(math.sqrt(max(0.0, apart)), math.sqrt(error))


def findings(same: Sequence[Compared], condition: str) -> Iterator[Finding]:
    """Yield the spread between servers of the same code, workload by workload: of the ratio of both sides, which is
    what a comparison rests on, and in the note of the time itself, which both sides share."""
    for kind in dict.fromkeys(made.kind for made in same):
        own = [made for made in same if made.kind == kind and made.again_before]
        ratios, times = (components([figure(made) for made in own]) for figure in (_ratios, _times))
        name = f"{condition}: {kind}, spread between servers"
        if ratios is None or times is None:
            yield Finding(name, None, "%", None, "no server has two rounds of the same code in what was kept")
            continue
        note = f"of the ratio; {100 * ratios.within:.2g} % within a server; of the time {100 * times.between:.2g} %"
        yield Finding(name, 100 * ratios.between, "%", None, f"{note}, {100 * times.within:.2g} % within")


def _ratios(made: Compared) -> Groups:
    """Return, server by server, the logarithm of the ratio of each round."""
    rounds = zip(
        zip(made.before, made.after, strict=True), zip(made.again_before, made.again_after, strict=True), strict=True
    )
    return [[median(math.log(b / a) for a, b in zip(*sides, strict=False)) for sides in server] for server in rounds]


def _times(made: Compared) -> Groups:
    """Return, server by server, the logarithm of the median call of each round of the first side."""
    return [
        [math.log(median(walls)) for walls in server] for server in zip(made.before, made.again_before, strict=True)
    ]

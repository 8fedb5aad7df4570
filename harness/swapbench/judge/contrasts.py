"""Contrasts: what the differences between two sides show of the true difference."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from swapbench.judge.proportions import answers_p, tango_interval
from swapbench.judge.results import group_sums
from swapbench.judge.statistics import EVERYTHING, Ends, Side, t_quantile, t_tail

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FIRST = 0.9


class Contrast(Protocol):
    """A test of the true difference (new minus baseline) and the interval that belongs to it."""

    def p(self, margin: float, side: Side) -> float:
        """Return the probability of such differences if the true one were at most ("greater") or at least ("less")
        a margin."""
        ...

    def ends(self, tail: float) -> Ends:
        """Return the margins at which the probabilities of both sides are `tail`."""
        ...


@dataclass(frozen=True)
class Skewed:
    """The mean of independent differences of any shape: of examples, or of sums over groups.

    Student's t errs where few large values make the mean (lognormal differences, n = 100: 0.7 % at a nominal 0.01 %),
    so the larger of two p-values counts: his, and that after Hall's transformation (Journal of the Royal Statistical
    Society B 54, 1992), which is Johnson's correction for skewness (JASA 73, 1978) made monotone. The skewness of few
    values is too small on average; enlarged by 6/sqrt(n) it keeps 5 % to 0.01 % with lognormal values from n = 100 on.
    No p-value is below 2^-n: more than that they have one sign, n differences of unknown shape cannot show.
    """

    mean: float
    error: float
    count: int
    skewness: float

    @classmethod
    def of(cls, differences: "NDArray[Any]", groups: "NDArray[Any] | None" = None) -> "Skewed":
        """Return the contrast of differences (n,); those of one group (n,) are one unit, the ratio of sums over groups
        being linearised (Cochran, Sampling Techniques, 1977, chapter 9)."""
        import numpy as np

        mean = float(differences.mean())
        gaps = differences - mean
        if groups is not None:
            gaps = group_sums(gaps, groups)
        count = len(gaps)
        squares = float(np.square(gaps).mean())
        rounding = (1e-12 * float(np.abs(differences).max())) ** 2
        if count < 2 or squares <= rounding:
            return cls(mean, 0.0, count, 0.0)
        error = math.sqrt(squares * count * count / (count - 1)) / len(differences)
        skewness = float((gaps**3).mean()) / squares**1.5
        return cls(mean, error, count, skewness * (1 + 6 / math.sqrt(count)))

    def p(self, margin: float, side: Side) -> float:
        if self.count < 2:
            return 1.0
        least = 2.0**-self.count
        gap = self.mean - margin
        if self.error <= 0.0:
            return least if gap and (gap > 0) == (side == "greater") else 1.0
        score = gap / self.error
        tails = (t_tail(value, self.count - 1, side) for value in (score, self._straightened(score)))
        return max(least, *tails)

    def ends(self, tail: float) -> Ends:
        if self.count < 2 or 2.0**-self.count > tail:
            return EVERYTHING
        if self.error <= 0.0:
            return self.mean, self.mean
        reach = t_quantile(tail, self.count - 1)
        below = max(reach, self._bent(reach))
        above = min(-reach, self._bent(-reach))
        return self.mean - below * self.error, self.mean - above * self.error

    def _straightened(self, score: float) -> float:
        """Return Hall's transformation of a t score, whose distribution is nearer to Student's."""
        bend = self.skewness / math.sqrt(self.count)
        if abs(bend) < 1e-9:
            return score
        return ((1 + bend * score / 3) ** 3 - 1) / bend + bend / 6

    def _bent(self, score: float) -> float:
        """Return the score that `_straightened` takes to this one."""
        bend = self.skewness / math.sqrt(self.count)
        if abs(bend) < 1e-9:
            return score
        return 3 * (math.cbrt(1 + bend * (score - bend / 6)) - 1) / bend


@dataclass(frozen=True)
class Answers:
    """Right and wrong answers to the same n examples: those that one side alone got right."""

    only_before: int
    only_after: int
    count: int

    def p(self, margin: float, side: Side) -> float:
        if abs(margin) >= 1.0:
            return 0.0 if (margin < 0) == (side == "greater") else 1.0
        return answers_p(self.only_before, self.only_after, self.count, margin, side)

    def ends(self, tail: float) -> Ends:
        return tango_interval(self.only_before, self.only_after, self.count, 1 - 2 * tail)


@dataclass(frozen=True)
class Signs:
    """Groups in which one side is ahead: the exact sign test of groups, which bounds others where the claim is that a
    side is better at all (Datta and Satten, Biometrics 64, 2008, for clusters of any size). It has no ends of its own.
    """

    behind: int
    ahead: int

    def p(self, margin: float, side: Side) -> float:
        from scipy.special import bdtr

        claims = margin >= 0.0 if side == "greater" else margin <= 0.0
        if not claims:
            return 0.0
        return float(bdtr(self.behind if side == "greater" else self.ahead, self.behind + self.ahead, 0.5))

    def ends(self, _tail: float) -> Ends:
        return math.inf, -math.inf


@dataclass(frozen=True)
class Strictest:
    """What all of some contrasts show: the largest of their probabilities."""

    parts: Sequence[Contrast]

    def p(self, margin: float, side: Side) -> float:
        return max(part.p(margin, side) for part in self.parts)

    def ends(self, tail: float) -> Ends:
        found = [part.ends(tail) for part in self.parts]
        return min(low for low, _ in found), max(high for _, high in found)


@dataclass(frozen=True)
class Either:
    """What one of two contrasts shows: nine tenths of the error are spent on the first, the rest on the second
    (Bonferroni's inequality, weighted)."""

    first: Contrast
    second: Contrast

    def p(self, margin: float, side: Side) -> float:
        return min(1.0, self.first.p(margin, side) / _FIRST, self.second.p(margin, side) / (1 - _FIRST))

    def ends(self, tail: float) -> Ends:
        found = [self.first.ends(tail * _FIRST), self.second.ends(tail * (1 - _FIRST))]
        return max(low for low, _ in found), min(high for _, high in found)

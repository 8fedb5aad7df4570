"""Statistics of means: Student's t, also over folds, whose training sets overlap."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance
from typing import Literal

# What a test is to show of b against a.
Side = Literal["greater", "less"]

Ends = tuple[float, float]
EVERYTHING: Ends = (-math.inf, math.inf)

# Degrees of freedom from which a variance is known well enough to be one of several.
_KNOWN = 8


@dataclass(frozen=True)
class Student:
    """A mean with a standard error of so many degrees of freedom; an error of zero, or no freedom, shows nothing.

    Source: Student, The Probable Error of a Mean, Biometrika 6, 1908.
    """

    mean: float
    error: float
    freedom: float

    def p(self, margin: float, side: Side) -> float:
        """Return the one-sided p-value of "the mean is at most `margin`" for side "greater", "at least" for "less"."""
        if self.error <= 0.0 or self.freedom < 1:
            return 1.0
        return t_tail((self.mean - margin) / self.error, self.freedom, side)

    def ends(self, tail: float) -> Ends:
        """Return the margins at which the p-values of both sides are `tail`."""
        if self.error <= 0.0 or self.freedom < 1:
            return EVERYTHING
        reach = t_quantile(tail, self.freedom) * self.error
        return self.mean - reach, self.mean + reach


def over_folds(values: Sequence[float], share: float, least: float = 0.0) -> Student:
    """Return the mean of one value a fold, of which one alone shows nothing.

    The variance of the mean is s^2 (1/k + n_test/n_train), as Nadeau and Bengio (Inference for the Generalization
    Error, Machine Learning 52, 2003) correct it: training sets share examples, so folds are not independent and the
    plain s^2/k is too small. `share` is n_test/n_train, 1/(k - 1) for k-fold cross-validation; with one that is
    infinite, of folds that all test the same examples, they show no more than one alone. `least` is the
    resolution of the values, below which s is not known: few folds of a coarse score are often equal by chance.
    The correction is an approximation: where models differ by what they learned from overlapping sets alone, a nominal
    5 % is 0.2 to 6.5 % over ten folds, and 1 to 3 % over three or five.
    """
    count = len(values)
    if count < 2 or math.isinf(share):
        return Student(fmean(values), 0.0, 0)
    spread = max(variance(values), least * least)
    return Student(fmean(values), math.sqrt(spread * (1 / count + share)), count - 1)


def summed(*parts: Student) -> Student:
    """Return the mean of the first part with the errors of all, which are independent of each other.

    The degrees of freedom are Satterthwaite's (An Approximate Distribution of Estimates of Variance Components,
    Biometrics Bulletin 2, 1946), and the least of any part where that has fewer than 8: a variance of so few values is
    often far too small, and his approximation then errs where small probabilities are asked for (with 4, a nominal
    0.01 % is up to 0.2 %).
    """
    # A part without freedom is not known at all, and then neither is the sum.
    variances = [part.error**2 for part in parts]
    total, least = sum(variances), min(part.freedom for part in parts)
    if total <= 0.0 or least < 1:
        return Student(parts[0].mean, 0.0, 0)
    shares = [(own / total) ** 2 / part.freedom for own, part in zip(variances, parts, strict=True)]
    return Student(parts[0].mean, math.sqrt(total), 1 / sum(shares) if least >= _KNOWN else least)


def t_tail(score: float, freedom: float, side: Side) -> float:
    """Return the chance of a t score as large ("greater") or as small ("less") as this one."""
    from scipy.special import stdtr  # here, for a run that judges nothing should not wait for it

    # Mirrored, and not 1 less the rest, in which small chances would be lost to rounding.
    return float(stdtr(freedom, -score if side == "greater" else score))


def t_quantile(tail: float, freedom: float) -> float:
    """Return the t score above which lies a share `tail`."""
    from scipy.special import stdtrit

    return -float(stdtrit(freedom, tail))

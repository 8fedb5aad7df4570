"""Statistics over folds."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, variance


@dataclass(frozen=True)
class Estimate:
    """A mean with the half-width of its 95 % interval (None from fewer than two values)."""

    mean: float
    half_width: float | None


def over_folds(values: Sequence[float], test_share: float | None = None) -> Estimate:
    """Return the mean of one value a fold, with an interval that allows for overlapping training sets.

    The variance of the mean is s^2 (1/k + n_test/n_train), as Nadeau and Bengio (Inference for the Generalization
    Error, Machine Learning 52, 2003) correct it: training sets share examples, so folds are not independent and the
    plain s^2/k is too small. `test_share` is n_test/n_train, 1/(k - 1) for k-fold cross-validation when None.
    """
    count = len(values)
    if count < 2:
        return Estimate(fmean(values), None)
    from scipy.special import stdtrit  # here, for a run that judges nothing should not wait for it

    share = 1 / (count - 1) if test_share is None else test_share
    spread = variance(values) * (1 / count + share)
    return Estimate(fmean(values), float(stdtrit(count - 1, 0.975)) * spread**0.5)

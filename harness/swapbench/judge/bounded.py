"""Bounded: intervals of means that stay within what a score can be."""

import math

from swapbench.plan.metric import Bounds

# The logarithm of a factor: what is known to within twenty thousand only is not known.
KNOWN = 10.0
_NOTHING = 1e-100  # its square is not zero yet


def interval(
    mean: float, error: float, freedom: float, bounds: Bounds, examples: int | None = None, level: float = 0.95
) -> tuple[float, float]:
    """Return the interval of a mean with a standard error of so many degrees of freedom, inside the bounds of its
    metric and of their shape, not cut off at them.

    No error at all is no knowledge: equal values in few folds are no certainty, and an end that is not known is
    infinite. Between two bounds it is Wilson's (JASA 22, 1927) with the effective number of examples that the standard
    error is worth, and a quantile of Student's t (Franco, Little, Louis and Slud, Journal of Survey Statistics and
    Methodology 7, 2019); on one of them, or without an error, Wilson's of `examples`, everything when their number is
    not known. Above or below one bound the distance from it is taken on a logarithmic scale, and the end away from it
    is infinite where the mean is not known to within a factor of e^10.
    """
    from scipy.special import stdtrit  # here, for a run that judges nothing should not wait for it

    left, right = _ends(mean, error, float(stdtrit(freedom, (1 + level) / 2)), bounds, examples)
    # Rounding may leave the mean outside, or the bounds, by the last digit.
    low, high = (math.inf * way if end is None else end for end, way in zip(bounds, (-1, 1), strict=True))
    return max(low, min(left, mean)), min(high, max(right, mean))


def _ends(mean: float, error: float, quantile: float, bounds: Bounds, examples: int | None) -> tuple[float, float]:
    low, high = bounds
    # First, for here even values without any error say something, as far as their examples are counted.
    if low is not None and high is not None:
        left, right = _wilson((mean - low) / (high - low), error / (high - low), quantile, examples)
        return low + (high - low) * left, low + (high - low) * right
    if error <= 0:
        return -math.inf, math.inf
    if low is not None:
        left, right = _positive(mean - low, error, quantile)
        return low + left, low + right
    if high is not None:
        left, right = _positive(high - mean, error, quantile)
        return high - right, high - left
    return mean - quantile * error, mean + quantile * error


def _wilson(share: float, error: float, quantile: float, examples: int | None) -> tuple[float, float]:
    """Return Wilson's score interval of a share between 0 and 1."""
    # The variance of one example that is right or wrong; at an end of the scale there is none to set the error against.
    within = share * (1 - share)
    if within <= 0 or error <= _NOTHING:
        if not examples:
            return 0.0, 1.0
        size = float(examples)
    else:
        size = within / error**2  # as many independent examples would have this error
    square = quantile**2
    middle = (size * share + square / 2) / (size + square)
    half = quantile * math.sqrt(size * max(within, 0.0) + square / 4) / (size + square)
    return middle - half, middle + half


def _positive(distance: float, error: float, quantile: float) -> tuple[float, float]:
    """Return the interval of a distance that cannot be negative.

    Its logarithm has the error that the distance has in shares of itself (the delta method; Cramer, Mathematical
    Methods of Statistics, 1946, 27.7), and whatever the ends of a logarithm are, those of the distance are above zero.
    """
    if distance <= 0:
        return 0.0, quantile * error
    reach = quantile * error / distance
    return distance * math.exp(-reach), distance * math.exp(reach) if reach < KNOWN else math.inf

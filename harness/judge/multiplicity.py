"""Multiplicity: p-values that stay honest when many comparisons are made, or one is looked at more than once."""

from collections.abc import Sequence

# Rounds a side after which a comparison is looked at, and the share of the error that each look may spend: the first
# can then just show equivalence, and the second, in two strata, a change in any of 300 comparisons. The last is for
# noise that leaves the third without an answer.
LOOKS = (5, 10, 20, 40)
SHARES = (0.1, 0.5, 0.2, 0.2)


def holm(p_values: Sequence[float], total: int | None = None) -> list[float]:
    """Return p-values adjusted so that the chance of any false rejection in the family is bounded, in the order given.

    `total` is the size of the family where it is larger than the list; what is not listed counts as p = 1. Source:
    Holm, A Simple Sequentially Rejective Multiple Test Procedure, Scandinavian Journal of Statistics 6, 1979.
    """
    size = max(len(p_values), total or 0)
    adjusted, highest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (size - rank) * p_values[index]))
        adjusted[index] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted so that the expected share of false rejections is bounded, in the order given.

    Holds for independent tests and for positively dependent ones. Source: Benjamini and Hochberg, Controlling the False
    Discovery Rate, Journal of the Royal Statistical Society B 57, 1995.
    """
    size = len(p_values)
    adjusted, lowest = [1.0] * size, 1.0
    for before, index in enumerate(sorted(range(size), key=p_values.__getitem__, reverse=True)):
        lowest = min(lowest, p_values[index] * size / (size - before))
        adjusted[index] = lowest
    return adjusted


def spent(p: float, look_index: int) -> float:
    """Return the p-value of one of the LOOKS as it counts when any of them may reject.

    By the union bound over looks: a look with p at most its share of the error rejects with at most that share, and the
    shares add up to 1. The least of these p-values over the looks is itself a p-value. Source: Bonferroni's inequality
    with unequal shares, the plainest of the error spending of Lan and DeMets, Biometrika 70, 1983.
    """
    return min(1.0, p / SHARES[look_index])

"""Multiplicity: p-values that stay honest when many comparisons are made, or one is looked at more than once."""

from collections.abc import Sequence

# Pairs of rounds, from as many fork servers, after which a row is looked at, and the share of the error that each look
# may spend. 16 are the fewest that can show a change in any of 300 comparisons (1/2^16), or that fewer than a fifth of
# the processes behave otherwise (0.8^16). The later ones are for noise that leaves the first without an answer.
LOOKS = (16, 32, 64, 128)
SHARES = (0.6, 0.2, 0.1, 0.1)


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


def spent(p: float, look_index: int) -> float:
    """Return the p-value of one of the LOOKS as it counts when any of them may reject.

    By the union bound over looks: a look with p at most its share of the error rejects with at most that share, and the
    shares add up to 1. The least of these p-values over the looks is itself a p-value. Source: Bonferroni's inequality
    with unequal shares, the plainest of the error spending of Lan and DeMets, Biometrika 70, 1983.
    """
    return min(1.0, p / SHARES[look_index])

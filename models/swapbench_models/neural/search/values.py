"""Values: which ones of a hyper-parameter are tried, of a grid and at random."""

import math
import random
from collections.abc import Iterable

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.tree import Value
from swapbench_models.neural.meaning.space import Dimension

# Of a range without steps a grid takes so many values.
POINTS = 3
# More values than that nobody waits for.
MOST_VALUES = 10_000


def on_grid(dimension: Dimension, points: int = POINTS) -> list[Value]:
    """Return the values that a grid takes: all that are listed or lie in steps, and so many of a range without.

    Raises NeuralError where there are more than MOST_VALUES steps.
    """
    if dimension.alternatives or dimension.step is not None:
        found = every(dimension)
        if found is None:
            told = f"{_steps(dimension) + 1:,} steps, too many for a grid; search at random."
            raise NeuralError(f"{dimension.name} has {told}")
        return found
    return _distinct(_between(dimension, number / (points - 1)) for number in range(points))


def every(dimension: Dimension) -> list[Value] | None:
    """Return all values that there are, each once; None where there are more than MOST_VALUES."""
    low, high, step = dimension.low, dimension.high, dimension.step
    if dimension.alternatives:
        return _distinct(dimension.alternatives)
    if step is not None:
        steps = _steps(dimension)
        return None if steps >= MOST_VALUES else _distinct(_tidy(low + number * step) for number in range(steps + 1))
    if isinstance(low, int) and isinstance(high, int) and high - low < MOST_VALUES:
        return list(range(low, high + 1))
    return None


def draw(dimension: Dimension, chance: random.Random) -> Value:
    """Return a value at random: each alternative, each step and each order of magnitude is as likely as the next."""
    if dimension.alternatives:
        return chance.choice(dimension.alternatives)
    if dimension.step is not None:
        return _tidy(dimension.low + chance.randint(0, _steps(dimension)) * dimension.step)
    return _between(dimension, chance.random())


def _between(dimension: Dimension, share: float) -> Value:
    """Return what lies at a share of the way from the low end to the high one.

    Both ends are weighed, and not their distance or ratio, which may be larger than any number of the machine.
    """
    low, high = dimension.low, dimension.high
    value = low ** (1 - share) * high**share if dimension.log else low * (1 - share) + high * share
    value = min(max(value, low), high)
    return round(value) if isinstance(low, int) and isinstance(high, int) else value


def _steps(dimension: Dimension) -> int:
    return math.floor((dimension.high - dimension.low) / (dimension.step or 1) + 1e-9)


def _tidy(value: float) -> float:
    """Return a number without what binary fractions add to it: 0.30000000000000004 becomes 0.3."""
    return value if isinstance(value, int) else float(f"{value:.12g}")


def _distinct(values: Iterable[Value]) -> list[Value]:
    return list({repr(value): value for value in values}.values())

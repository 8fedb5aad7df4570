"""What the tests of judgement share: how close is equal, what a simulated rate may be, and distributions of times."""

import math
from collections.abc import Callable, Iterator
from statistics import fmean

import numpy as np
import pytest
from numpy.typing import NDArray

from swapbench.judge.statistics import Side

SIDES: tuple[Side, Side] = ("greater", "less")
EXACT = {"rel": 1e-9, "abs": 1e-9}

Draw = Callable[[tuple[int, ...]], NDArray[np.float64]]


def close(p: float) -> object:
    return pytest.approx(p, **EXACT)


def at_most(nominal: float, simulated: int) -> float:
    """The nominal rate and three standard errors of a simulated one."""
    return nominal + 3 * math.sqrt(nominal * (1 - nominal) / simulated)


def rate_of(hits: Iterator[bool]) -> float:
    return fmean(list(hits))


def draws(seed: int) -> dict[str, Draw]:
    """Distributions of times: nearly normal, skewed, and a floor with a tail; all of positive values."""
    source = np.random.default_rng(seed)
    return {
        "lognormal": lambda shape: np.exp(0.1 * source.standard_normal(shape)),
        "exponential": source.standard_exponential,
        "floor": lambda shape: 1 + 0.05 * source.standard_exponential(shape),
    }

"""Scaling: how examples become what a network is given, learned from those alone that it is fitted on."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Inputs = NDArray[np.float32]
# Takes the examples that are fitted on, and those that are to be scaled as they are.
Scale = Callable[[Inputs, Inputs], Inputs]


def as_it_is(fitted: Inputs, X: Inputs) -> Inputs:
    """Return examples as they are: pictures have a scale of their own."""
    return X


def by_columns(fitted: Inputs, X: Inputs) -> Inputs:
    """Return examples (n, columns), each column shifted and divided so that where it is fitted on it has mean 0 and
    deviation 1; one that is constant there is shifted alone."""
    deviations = fitted.std(axis=0, dtype=np.float64)
    found = (X - fitted.mean(axis=0, dtype=np.float64)) / np.where(deviations > 0, deviations, 1)
    scaled: Inputs = found.astype(np.float32)
    return scaled

"""Batches: which examples a network sees, and when; the same for every backend."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.int64]


def batches(examples: int, size: int, epochs: int, seed: int) -> Iterator[Indices]:
    """Yield the indices of each batch: every epoch all examples once, in a new order, the last batch with the rest."""
    generator = np.random.default_rng(seed)
    for _ in range(epochs):
        order = generator.permutation(examples)
        yield from (order[start : start + size] for start in range(0, examples, size))

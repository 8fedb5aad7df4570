"""Invalid: predictions that a model ran to its end for, and that no score can be made of."""

from typing import Any


class InvalidError(Exception):
    """The model ran to its end, but what it predicts is not made of finite numbers, or not of one for each example."""


def check_finite(what: str, values: Any) -> None:
    """Raise InvalidError for an array that holds anything but finite numbers."""
    import numpy as np

    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        bad = values.size - int(np.isfinite(values).sum())
        raise InvalidError(f"its {what} hold {bad} of {values.size} values that are not finite numbers")


def check_labels(labels: Any, examples: int) -> None:
    """Raise InvalidError for labels that are not as many as there are examples."""
    if labels.ndim == 0:
        raise InvalidError(f"it predicts a single value for {examples} examples")
    if len(labels) != examples:
        raise InvalidError(f"it predicts {len(labels)} labels for {examples} examples")


def check_probabilities(probabilities: Any, examples: int) -> None:
    """Raise InvalidError for probabilities that are not those of each class for each example."""
    if probabilities.ndim < 2 or len(probabilities) != examples or probabilities.shape[1] < 2:
        raise InvalidError(
            f"its probabilities have shape {probabilities.shape}, and not (n, classes) with a row for each of "
            f"{examples} examples"
        )

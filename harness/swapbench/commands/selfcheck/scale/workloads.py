"""Workloads that cost nothing, so that what is left is the instrument's own cost."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EXAMPLES = 32


class Nothing:
    """Predicts one class of all examples; `number` tells one such model from another."""

    def __init__(self, number: int = 0) -> None:
        self.number = number

    def predict(self, X: "NDArray[Any]") -> "NDArray[Any]":
        import numpy as np

        return np.zeros(len(X), int)


def load(number: int = 0) -> "tuple[NDArray[Any], NDArray[Any]]":
    """Data for models that look at none of it; `number` tells one such dataset from another."""
    import numpy as np

    return np.full((_EXAMPLES, 1), number, np.float32), np.arange(_EXAMPLES) % 2


def split(
    X: object, y: "NDArray[Any]", groups: object, folds: int, seed: int
) -> "list[tuple[NDArray[Any], NDArray[Any]]]":
    """Deal the examples out to folds in turn."""
    import numpy as np

    fold = np.arange(len(y)) // 2 % folds
    return [(np.flatnonzero(fold != each), np.flatnonzero(fold == each)) for each in range(folds)]


def accuracy(truth: "NDArray[Any]", labels: "NDArray[Any]") -> float:
    """The share of labels that are right."""
    return float((truth == labels).mean())

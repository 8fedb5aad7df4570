"""Scores that are the model's own, not its predictions'."""

from typing import Any

from swapbench_models.neural.classifier import Classifier
from swapbench_models.neural.compiled.classifier import Compiled
from swapbench_models.neural.measured.lines import lines_of_python, lines_of_text


def lines_of_code(truth: Any, model: Any) -> float:
    """Return how many lines say what the model is; what is true of the examples makes no difference."""
    if isinstance(model, Compiled):
        return float(lines_of_text(model.text))
    if isinstance(model, Classifier):
        return float(lines_of_python(model.make))
    return 1.0  # the call of an estimator

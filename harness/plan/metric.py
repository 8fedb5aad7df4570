"""Metrics: named quantities with a unit and a direction; scores are metrics of the predictions."""

from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower"]


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth, or of the fitted model itself.

    `function` is the target of a callable `(truth, predictions) -> number`; `of` says what it is given: the predicted
    `labels` (n,), the predicted `probabilities` (n, classes), or the fitted `model` in place of predictions. `better`
    is the direction in which it improves. `each` is the target of a callable `(truth, predictions) -> (n,)` of numbers
    whose mean is the score, for a score that is such a mean: with them stored, two models are compared example by
    example.
    """

    name: str
    function: str
    better: Direction = "higher"
    unit: str = ""
    of: Literal["labels", "probabilities", "model"] = "labels"
    each: str | None = None


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "harness.run.score:accuracy", each="harness.run.score:correct"),
        Metric("macro_f1", "harness.run.score:macro_f1"),
        Metric(
            "log_loss",
            "harness.run.score:log_loss",
            better="lower",
            unit="nats",
            of="probabilities",
            each="harness.run.score:surprisal",
        ),
        Metric(
            "mean_absolute_error",
            "harness.run.score:mean_absolute_error",
            better="lower",
            each="harness.run.score:absolute_error",
        ),
        Metric("r2", "harness.run.score:r2"),
    )
}

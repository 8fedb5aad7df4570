"""Metrics: named quantities with a unit and a direction; scores are metrics of the predictions."""

from dataclasses import dataclass
from typing import Literal, get_args

from harness.plan import declared
from harness.plan.name import checked

Direction = Literal["higher", "lower"]
Of = Literal["labels", "probabilities", "model"]


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth, or of the fitted model itself.

    `function` is the target of a callable `(truth, predictions) -> number`; `of` says what it is given: the predicted
    `labels` (n,), the predicted `probabilities` (n, classes), or the fitted `model` in place of predictions. `better`
    is the direction in which it improves. `each` is the target of a callable `(truth, predictions) -> (n,)` of numbers
    whose mean is the score, for a score that is such a mean: with them stored, two models are compared example by
    example. Raises SwapError for what cannot work.
    """

    name: str
    function: str
    better: Direction = "higher"
    unit: str = ""
    of: Of = "labels"
    each: str | None = None

    def __post_init__(self) -> None:
        owner = f"metric {checked('metric', self.name)}"
        declared.target(f"{owner}, function", self.function)
        declared.one_of(owner, "better", self.better, get_args(Direction))
        declared.one_of(owner, "of", self.of, get_args(Of))
        declared.text(owner, "unit", self.unit)
        if self.each is not None:
            declared.target(f"{owner}, each", self.each)


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

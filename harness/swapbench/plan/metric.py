"""Metrics: named quantities with a unit and a direction; scores are metrics of the predictions."""

from dataclasses import dataclass
from typing import Literal, get_args

from swapbench.base.error import SwapError
from swapbench.plan import declared
from swapbench.plan.name import checked

Direction = Literal["higher", "lower"]
Of = Literal["labels", "probabilities", "model"]
Bounds = tuple[float | None, float | None]

UNBOUNDED: Bounds = (None, None)
_SIGNS = {"higher": 1, "lower": -1}


def sign(better: str) -> int:
    """Return 1 where more is better and -1 where less is; raises SwapError for any other word.

    The one place that reads a direction: whoever ranks, judges or draws asks here, so that no two of them can differ.
    """
    if better not in _SIGNS:
        raise SwapError(f"better={better!r}: a score is better when it is 'higher' or 'lower'.")
    return _SIGNS[better]


@dataclass(frozen=True)
class Metric:
    """A score of predictions against the truth, or of the fitted model itself.

    `function` is the target of a callable `(truth, predictions) -> number`; `of` says what it is given: the predicted
    `labels` (n,), the predicted `probabilities` (n, classes), or the fitted `model` in place of predictions. `better`
    is the direction in which it improves. `each` is the target of a callable `(truth, predictions) -> (n,)` of numbers
    whose mean is the score, for a score that is such a mean: with them stored, two models are compared example by
    example. `bounds` are the least and the most that the score can be, None where it has no such end: no interval
    leaves them. Raises SwapError for what cannot work.
    """

    name: str
    function: str
    better: Direction = "higher"
    unit: str = ""
    of: Of = "labels"
    each: str | None = None
    bounds: Bounds = UNBOUNDED

    def __post_init__(self) -> None:
        owner = f"metric {checked('metric', self.name)}"
        declared.target(f"{owner}, function", self.function)
        declared.one_of(owner, "better", self.better, get_args(Direction))
        declared.one_of(owner, "of", self.of, get_args(Of))
        declared.text(owner, "unit", self.unit)
        if self.each is not None:
            declared.target(f"{owner}, each", self.each)
        _check_bounds(owner, self.bounds)


def _check_bounds(owner: str, bounds: object) -> None:
    """Raise SwapError for what is no pair of a least and a most."""
    pair = bounds if isinstance(bounds, tuple | list) and len(bounds) == 2 else ("", "")
    numbers = [end for end in pair if end is not None]
    fine = all(isinstance(end, int | float) and not isinstance(end, bool) for end in numbers)
    if not fine or (len(numbers) == 2 and not numbers[0] < numbers[1]):
        raise SwapError(
            f"{owner}: bounds={bounds!r} are not the least and the most that it can be; write a pair such as "
            "(0.0, 1.0), and None for an end that it does not have."
        )


METRICS = {
    metric.name: metric
    for metric in (
        Metric("accuracy", "swapbench.run.score:accuracy", each="swapbench.run.score:correct", bounds=(0.0, 1.0)),
        Metric("macro_f1", "swapbench.run.score:macro_f1", bounds=(0.0, 1.0)),
        Metric(
            "log_loss",
            "swapbench.run.score:log_loss",
            better="lower",
            unit="nats",
            of="probabilities",
            each="swapbench.run.score:surprisal",
            bounds=(0.0, None),
        ),
        Metric(
            "mean_absolute_error",
            "swapbench.run.score:mean_absolute_error",
            better="lower",
            each="swapbench.run.score:absolute_error",
            bounds=(0.0, None),
        ),
        Metric("r2", "swapbench.run.score:r2", bounds=(None, 1.0)),
    )
}

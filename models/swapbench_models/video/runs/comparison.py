"""Comparison: the models of a run beside each other, each by the mean of its folds and their standard deviation."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Any

from swapbench_models.aligned import aligned
from swapbench_models.video.runs.fold import Result
from swapbench_models.video.runs.results import table
from swapbench_models.video.runs.scores import METRICS, Scores, positive

_NOTHING = "–"


@dataclass(frozen=True)
class Row:
    """A model: the scores of its folds, of how many in all, how many numbers it trains, and which class precision,
    recall and F1 are of (None: the mean of all)."""

    model: str
    scores: Sequence[Scores]
    folds: int
    parameters: int
    positive: str | None = None

    def values(self, metric: str) -> list[float]:
        """Return a metric of each fold that defines it."""
        return [value for each in self.scores if (value := getattr(each, metric)) is not None]

    def mean(self, metric: str) -> float | None:
        values = self.values(metric)
        return fmean(values) if values else None

    def deviation(self, metric: str) -> float | None:
        """Return the standard deviation over folds (of a sample: divided by one less); None for fewer than two."""
        values = self.values(metric)
        return stdev(values) if len(values) > 1 else None

    def shown(self, metric: str) -> str:
        """Return mean ± deviation, and of how many folds where some do not define it."""
        mean, deviation = self.mean(metric), self.deviation(metric)
        if mean is None:
            return _NOTHING
        spread = "" if deviation is None else f" ± {deviation:.4f}"
        count = len(self.values(metric))
        return f"{mean:.4f}{spread}" + (f" (n {count})" if count < len(self.scores) else "")


def rows(results: Mapping[str, Sequence[Result]], folds: int, classes: Sequence[str]) -> list[Row]:
    """Return a row for each model that has results of any of the folds, scored on these classes."""
    return [
        Row(model, [each.scores for each in found], folds, found[0].parameters, positive(classes))
        for model, found in results.items()
        if found
    ]


def ranked(found: Iterable[Row], by: str) -> list[Row]:
    """Return rows, the best first by a metric; of equals those first that were first, and last what has none."""
    return sorted(found, key=lambda row: -1.0 if (mean := row.mean(by)) is None else mean, reverse=True)


def cells(found: Sequence[Row]) -> list[list[str]]:
    """Return a line of words for each row, after one of heads."""
    head = ["model", "folds", *METRICS, "parameters"]
    lines = [[row.model, f"{len(row.scores)}/{row.folds}", *map(row.shown, METRICS)] for row in found]
    return [head, *([*line, f"{row.parameters:,}"] for line, row in zip(lines, found, strict=True))]


def text(found: Sequence[Row]) -> str:
    """Return a table for a terminal, and below it which class is scored."""
    return f"{aligned(cells(found))}\n{scored(found)}"


def scored(found: Sequence[Row]) -> str:
    """Return a sentence of which class precision, recall and F1 are of."""
    of = found[0].positive
    return f"Precision, recall and F1 are {'means over classes' if of is None else f'of class {of}'}."


def markdown(found: Sequence[Row]) -> str:
    """Return a table in Markdown, and below it which class is scored."""
    head, *lines = cells(found)
    table = "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
    return f"{table}\n\n{scored(found)}\n"


def frame(found: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a dictionary for each row: means, deviations, and of how many folds and which class they are."""
    return [_numbers(row) for row in found]


def csv(found: Sequence[Row], by: str) -> str:
    """Return the frame as CSV, and in each row which metric `by` it stands where it does."""
    made = [{**each, "best_first_by": by} for each in frame(found)]
    return table(made, list(made[0]))


def _numbers(row: Row) -> dict[str, Any]:
    measured: Mapping[str, float | None] = {
        name: value
        for metric in METRICS
        for name, value in ((f"{metric}_mean", row.mean(metric)), (f"{metric}_std", row.deviation(metric)))
    }
    more = {"parameters": row.parameters, "positive": row.positive}
    return {"model": row.model, "folds": len(row.scores), **measured, **more}

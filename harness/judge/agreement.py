"""Agreement: whether the same model, run by two backends, is the same model within tolerance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.judge.statistics import Estimate, over_folds
from harness.plan.tolerance import Tolerance
from harness.record.record import Record


@dataclass(frozen=True)
class Agreement:
    """One comparison of two backends of a model in one score, over the folds both have."""

    suite: str
    model: str
    dataset: str
    metric: str
    backends: tuple[str, str]
    means: tuple[float, float]
    difference: Estimate
    folds: int
    limit: float

    @property
    def holds(self) -> bool:
        """Whether the mean difference is inside the tolerance; equal scores always are."""
        return abs(self.difference.mean) < self.limit or self.difference.mean == 0.0

    def sentence(self) -> str:
        """Say in one sentence what was compared, how far apart it is, and what was allowed."""
        verb = "agrees" if self.holds else "DISAGREES"
        width = "" if self.difference.half_width is None else f" ± {self.difference.half_width:.4f}"
        return (
            f"{self.suite}: {self.model} on {self.dataset} {verb} in {self.metric} between {self.backends[0]} "
            f"({self.means[0]:.4f}) and {self.backends[1]} ({self.means[1]:.4f}): mean difference over {self.folds} "
            f"folds {self.difference.mean:+.4f}{width}, allowed less than {self.limit:g}."
        )


def agreements(records: Sequence[Record], tolerances: Mapping[str, Tolerance]) -> Iterator[Agreement]:
    """Yield every agreement between backends that a suite's tolerances ask for, from the scores of its last phase."""
    scored = [record for record in last_scored(records) if record.status == "ok"]
    groups: dict[tuple[str, str, str], dict[str, dict[int, Record]]] = {}
    for record in scored:
        cell = record.cell
        folds = groups.setdefault((cell.suite, cell.model, cell.dataset), {}).setdefault(cell.backend, {})
        folds[cell.fold] = record
    for (suite, model, dataset), backends in groups.items():
        for (left, right), (metric, tolerance) in (
            (pair, item) for pair in combinations(backends, 2) for item in tolerances.items()
        ):
            a, b = _paired(backends[left], backends[right], metric)
            if a:
                means = (over_folds(a).mean, over_folds(b).mean)
                difference = over_folds([y - x for x, y in zip(a, b, strict=True)])
                limit = tolerance.limit(means[0])
                yield Agreement(suite, model, dataset, metric, (left, right), means, difference, len(a), limit)


def _paired(left: dict[int, Record], right: dict[int, Record], metric: str) -> tuple[list[float], list[float]]:
    """Return the scores of both sides over the folds in which both have one."""
    folds = [fold for fold in sorted(left) if fold in right]
    both = [fold for fold in folds if metric in left[fold].scores and metric in right[fold].scores]
    return [left[fold].scores[metric] for fold in both], [right[fold].scores[metric] for fold in both]


def last_scored(records: Sequence[Record]) -> list[Record]:
    """Return, for each model, backend, dataset and fold, the record of the latest phase that has scores."""
    last: dict[tuple[str, str, str, str, int], Record] = {}
    for record in records:
        if record.scores:
            cell = record.cell
            last[cell.suite, cell.model, cell.backend, cell.dataset, cell.fold] = record
    return list(last.values())

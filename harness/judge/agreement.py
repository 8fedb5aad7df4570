"""Agreement: whether the same model, run by two backends, is the same model within tolerance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.judge import scores
from harness.judge.evidence import BETA, Evidence
from harness.judge.verdict import Kind
from harness.plan.outline import Outline
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
    folds: int
    limit: float
    evidence: Evidence

    @property
    def difference(self) -> float:
        return self.means[1] - self.means[0]

    @property
    def holds(self) -> bool:
        """Whether the mean difference is inside the tolerance; equal scores always are."""
        return abs(self.difference) < self.limit or self.difference == 0.0

    @property
    def kind(self) -> Kind:
        """The verdict: a difference inside the tolerance may still be too uncertain to be called equivalent."""
        if not self.holds:
            return "different"
        return "equivalent" if self.evidence.outside <= BETA else "inconclusive"

    def sentence(self) -> str:
        """Say in one sentence what was compared, how far apart it is, and what was allowed."""
        verb = "agrees" if self.holds else "DISAGREES"
        interval = self.evidence.interval
        width = "" if interval is None else f" ({interval[0]:+.4f} to {interval[1]:+.4f})"
        return (
            f"{self.suite}: {self.model} on {self.dataset} {verb} in {self.metric} between {self.backends[0]} "
            f"({self.means[0]:.4f}) and {self.backends[1]} ({self.means[1]:.4f}), {self.kind}: mean difference over "
            f"{self.folds} folds {self.difference:+.4f}{width}, allowed less than {self.limit:g}."
        )


def agreements(records: Sequence[Record], outline: Outline) -> Iterator[Agreement]:
    """Yield every agreement between backends that a suite's tolerances ask for, from the scores of its last phase."""
    groups: dict[tuple[str, str], dict[str, dict[int, Record]]] = {}
    for record in last_scored(records):
        cell = record.cell
        if record.status == "ok" and cell.suite == outline.name:
            groups.setdefault((cell.model, cell.dataset), {}).setdefault(cell.backend, {})[cell.fold] = record
    for (model, dataset), backends in groups.items():
        for pair in combinations(backends, 2):
            yield from _pair(outline, model, dataset, pair, backends)


def _pair(
    outline: Outline, model: str, dataset: str, pair: tuple[str, str], backends: Mapping[str, scores.Folds]
) -> Iterator[Agreement]:
    for score in outline.scores:
        tolerance = outline.tolerance(score.name, model, pair[1])
        if tolerance is None:
            continue
        found = scores.evidence(backends[pair[0]], backends[pair[1]], score.name, score, tolerance)
        if found is not None:
            means = (found.baseline, found.value)
            limit = tolerance.limit(means[0])
            yield Agreement(outline.name, model, dataset, score.name, pair, means, len(found.folds), limit, found)


def last_scored(records: Sequence[Record]) -> list[Record]:
    """Return, for each model, backend, dataset and fold, the record of the latest phase that has scores, undefined ones
    included."""
    last: dict[tuple[str, str, str, str, int], Record] = {}
    for record in records:
        if record.scores or record.undefined:
            cell = record.cell
            last[cell.suite, cell.model, cell.backend, cell.dataset, cell.fold] = record
    return list(last.values())

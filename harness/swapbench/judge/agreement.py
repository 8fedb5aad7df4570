"""Agreement: whether the same model, executed by two backends or in two ways by one, is the same within tolerance."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from swapbench.base import units
from swapbench.judge import scores
from swapbench.judge.evidence import ALPHA, BETA, Evidence
from swapbench.judge.multiplicity import holm
from swapbench.judge.verdict import Kind
from swapbench.plan.cell import Cell, Row
from swapbench.plan.outline import Outline
from swapbench.record.record import Record


@dataclass(frozen=True)
class Agreement:
    """One comparison of two rows of a model in one score, over the folds both have.

    `sides` name what differs, backend and variant. `limit` is the difference allowed, `p` the probability of such
    scores if the true difference were within it, adjusted for all agreements of the suite, `evidence` what all rests
    on.
    """

    suite: str
    model: str
    dataset: str
    metric: str
    sides: tuple[str, str]
    means: tuple[float, float]
    folds: int
    limit: float
    p: float
    evidence: Evidence

    @property
    def difference(self) -> float:
        return self.means[1] - self.means[0]

    @property
    def kind(self) -> Kind:
        """The verdict, by what is shown and not by which side of the limit the means happen to lie on."""
        if self.p <= ALPHA:
            return "different"
        return "equivalent" if self.evidence.outside <= BETA else "inconclusive"

    @property
    def holds(self) -> bool:
        """Whether the difference is shown to be within the tolerance."""
        return self.kind == "equivalent"

    @property
    def fails(self) -> bool:
        """Whether the difference is shown to be beyond the tolerance; one that is shown neither way fails nothing."""
        return self.kind == "different"

    def sentence(self) -> str:
        """Say in one sentence what was compared, how far apart it is, and what was allowed."""
        interval = self.evidence.interval
        width = "" if interval is None else f" ({interval[0]:+.4f} to {interval[1]:+.4f})"
        return (
            f"{self.suite}: {self.model} on {self.dataset} {_VERBS[self.kind]} in {self.metric} between "
            f"{self.sides[0]} ({self.means[0]:.4f}) and {self.sides[1]} ({self.means[1]:.4f}): mean difference "
            f"over {units.counted(self.folds, 'fold')} {self.difference:+.4f}{width}, allowed {self.limit:g}"
            f"{self._why_open()}."
        )

    def _why_open(self) -> str:
        """Say what decides, where neither way is shown: the interval that is told is that of another level."""
        if self.kind != "inconclusive":
            return ""
        return f"; it fails nothing, for {ALPHA:.0%} decides over all agreements of a suite, and p is {self.p:.2g}"


_VERBS: dict[Kind, str] = {
    "different": "DISAGREES",
    "equivalent": "agrees",
    "inconclusive": "is shown neither to agree nor to disagree",
}


def agreements(records: Sequence[Record], outline: Outline) -> Iterator[Agreement]:
    """Yield every agreement that a suite's tolerances ask for, from the scores of its last phase."""
    found = [
        agreement
        for dataset, pair, rows in _pairs(records, outline)
        for agreement in _pair(outline, dataset, pair, rows)
    ]
    adjusted = holm([agreement.p for agreement in found])
    yield from (replace(agreement, p=p) for agreement, p in zip(found, adjusted, strict=True))


def unchecked(records: Sequence[Record], outline: Outline) -> list[str]:
    """Return the models of a suite with variants that were scored, and that no tolerance has compared in any score."""
    return list(
        dict.fromkeys(
            one.model
            for _, (one, other), _ in _pairs(records, outline)
            if one.variant != other.variant
            and all(outline.between(score.name, one, other) is None for score in outline.scores)
        )
    )


def _pairs(
    records: Sequence[Record], outline: Outline
) -> Iterator[tuple[str, tuple[Row, Row], Mapping[Row, scores.Folds]]]:
    """Yield each two rows of a model on a dataset that differ in their backend or in their variant, and all its rows;
    of two that differ in both, nobody could say which it was."""
    groups: dict[tuple[str, str], dict[Row, dict[int, Record]]] = {}
    for record in last_scored(records):
        cell = record.cell
        if record.status == "ok" and cell.suite == outline.name:
            groups.setdefault((cell.model, cell.dataset), {}).setdefault(cell.row, {})[cell.fold] = record
    for (_, dataset), rows in groups.items():
        for pair in combinations(rows, 2):
            if sum(one != other for one, other in zip(*pair, strict=True)) == 1:
                yield dataset, pair, rows


def _pair(
    outline: Outline, dataset: str, pair: tuple[Row, Row], rows: Mapping[Row, scores.Folds]
) -> Iterator[Agreement]:
    for score in outline.scores:
        tolerance = outline.between(score.name, *pair)
        if tolerance is None:
            continue
        found = scores.evidence(rows[pair[0]], rows[pair[1]], score.name, score, tolerance)
        if found is not None:
            means = (found.baseline, found.value)
            limit = tolerance.limit(means[0])
            p = min(1.0, 2 * min(found.worse, found.better))
            sides = _side(pair[0]), _side(pair[1])
            folds = len(found.folds)
            yield Agreement(outline.name, pair[0].model, dataset, score.name, sides, means, folds, limit, p, found)


def _side(row: Row) -> str:
    return row._replace(model="").name


def last_scored(records: Sequence[Record]) -> list[Record]:
    """Return, for each row, dataset and fold, the record of the latest phase that has scores, undefined ones
    included."""
    last: dict[Cell, Record] = {}
    for record in records:
        if record.scores or record.undefined:
            last[replace(record.cell, phase="")] = record
    return list(last.values())

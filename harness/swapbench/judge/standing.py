"""Standings: which row of a table is best in each quantity, and which rows are not shown to be worse than it."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Literal

from swapbench.base import units
from swapbench.judge import scores, sizes
from swapbench.judge.agreement import last_scored
from swapbench.judge.estimates import Estimate, estimate
from swapbench.judge.multiplicity import holm
from swapbench.judge.ratios import Ratio, of_strata
from swapbench.judge.trainings import Trainings
from swapbench.plan.cell import Cell
from swapbench.plan.metric import sign
from swapbench.plan.outline import Outline, Score
from swapbench.record.record import Record

Kind = Literal["time", "memory", "score"]

# How often one quantity of a table in which all rows are alike may have a row called worse than the best.
LEVEL = 0.05
# Clocks and allocators count in steps: equal values are known no better than that.
_CLOCK_S, _PAGE = 1e-7, 4096.0
_SMALLEST: Mapping[Kind, float] = {"time": 1e-9, "memory": _PAGE}  # that a logarithm is taken of
_LOADED = "other load took part in half of the rounds of a fold or more"
_BEST: Mapping[Kind, tuple[str, str]] = {
    "time": ("fastest", "slower"),
    "memory": ("smallest", "larger"),
    "score": ("best", "worse"),
}
_WORSE: Mapping[Kind, str] = {"time": "slower", "memory": "larger", "score": "worse"}

Rows = Mapping[str, Mapping[int, Record]]
Look = tuple[float, float]  # at worst and at best; the more the better
Looks = Mapping[str, Mapping[int, Look]]  # of each row in each fold
Chance = Callable[[str, str], float]


@dataclass(frozen=True)
class Standing:
    """How the rows of one table, by their names, stand in one quantity.

    `quantity` is a score, or the name of a phase whose time (`kind` time) or peak memory (`kind` memory) it is. `best`
    is the row with the best figure of those that could be ranked, of all where none could; `tied` are the rows that are
    not shown to be worse than it, `beaten` those that are, with their p-values, adjusted for the family of rows.
    `unranked` are the rows that could not take part, with the reason, and `ahead` those of them that have a figure and
    do not look worse than the best. `estimates` has the figures of each row with their intervals (of scores), and
    `ratios` the ratio of each row to the reference row (of times and memory; none to one that other load took part in).
    `method` says in words what was compared.
    """

    quantity: str
    kind: Kind
    unit: str
    best: str
    tied: tuple[str, ...] = ()
    beaten: tuple[tuple[str, float], ...] = ()
    unranked: tuple[tuple[str, str], ...] = ()
    ahead: tuple[str, ...] = ()
    method: str = ""
    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    ratios: Mapping[str, Ratio] = field(default_factory=dict)

    @property
    def winner(self) -> str | None:
        """The row that is shown to be better than every other that could be ranked, and looks better than the rest.

        None where none is, or there is no other.
        """
        return self.best if self.beaten and not self.leaders else None

    @property
    def leaders(self) -> tuple[str, ...]:
        """The best row, those that are not shown to be worse, and those that could not be ranked and do not look worse:
        of these nobody can say which is best. None where one row wins, or there is only one."""
        others = (*self.tied, *self.ahead)
        return (self.best, *others) if others else ()

    def sentence(self) -> str:
        """Say in one sentence, for somebody who has not seen the table, who is best and whether that is shown."""
        what = {"time": f"{self.quantity} time", "memory": f"{self.quantity} memory"}.get(self.kind, self.quantity)
        best, worse = _BEST[self.kind]
        first = f"{self.best} ({self._told(self.best)})"
        left = f"; not ranked: {_joined(list(map(self._left, self.unranked)))}" if self.unranked else ""
        if self.best in dict(self.unranked):
            return f"{what}: no row could be ranked{left}."
        if not self.tied and not self.beaten:
            return f"{what}: only {first} was {'ranked' if left else 'measured'}{left}."
        others = _joined([f"{row} ({self._told(row)})" for row in self.tied])
        if not self.tied:
            shown = f"{first} is shown to be the {best} of {units.counted(len(self.beaten) + 1, 'row')}"
        elif not self.beaten:
            shown = f"nothing shows which row is {best}; {first} leads, and {others} may be as good"
        else:
            behind = f"{_joined([row for row, _ in self.beaten])} {'is' if len(self.beaten) == 1 else 'are'}"
            shown = f"{first} leads, {others} may be as good, and {behind} shown to be {worse}"
        return f"{what}: {shown} ({self.method}){left}."

    def _left(self, unranked: tuple[str, str]) -> str:
        row, why = unranked
        looks = f"; nothing says that it is {_WORSE[self.kind]}, {self._told(row)}" if row in self.ahead else ""
        return f"{row} ({why}{looks})"

    def _told(self, row: str) -> str:
        found = self.estimates[row]
        return f"{found.value:.4f}" if self.kind == "score" else units.quantity(found.value, self.unit)


def standings(outline: Outline, records: Sequence[Record], planned: Iterable[Cell] = ()) -> Iterator[Standing]:
    """Yield the standing in each time, memory and score, given the records of one suite on one dataset, and the cells
    that were planned of it.

    A row is ranked where it ended well in every fold in which any row did: a mean over other folds is another mean.
    """
    done = [record for record in records if record.status == "ok"]
    cells = [*planned, *(record.cell for record in records)]
    folds = len({cell.fold for cell in cells})
    for phase in outline.phases:
        tried = [cell for cell in cells if cell.phase == phase]
        own = [record for record in done if record.cell.phase == phase]
        timed = [r for r in own if r.samples and r.environment.get("slot") != "none"]
        yield from _sizes(outline, phase, "time", _rows(outline, tried, timed), folds)
        peaked = [record for record in own if record.peaks]
        yield from _sizes(outline, phase, "memory", _rows(outline, tried, peaked), folds)
    scored = last_scored(done)
    for score in outline.scores:
        own = [record for record in scored if score.name in record.scores]
        yield from _scores(outline, score, _rows(outline, cells, own), folds)


def _scores(outline: Outline, score: Score, every: Rows, folds: int) -> Iterator[Standing]:
    full, unranked = _full(every, folds)
    rows = {row: own for row, own in every.items() if own}
    if not rows:
        return
    values = {row: estimate(list(folds.values()), score) for row, folds in rows.items()}
    methods: list[str] = []

    def chance(best: str, other: str) -> float:
        """Return the probability that the other row only looks worse."""
        pair = Trainings.of(list(full[other].values()), list(full[best].values()), score.name)
        found = scores.compared(pair, score)
        methods.append(found.how)
        return found.better(0.0, score)

    way = sign(score.better)
    found = _ranked({row: way * values[row].value for row in full or rows}, chance if full else None)
    method = f"{_joined(list(dict.fromkeys(methods)))}{_family(full)}"
    # At worst and at best alike, for no load moves a score.
    looks = {row: {fold: 2 * (way * one.scores[score.name],) for fold, one in own.items()} for row, own in rows.items()}
    ahead = _ahead(looks, found[0], unranked) if full else ()
    yield Standing(score.name, "score", score.unit, *found, unranked, ahead, method, values)


def _sizes(outline: Outline, phase: str, kind: Kind, every: Rows, folds: int) -> Iterator[Standing]:
    full, unranked = _full(every, folds)
    rows = {row: own for row, own in every.items() if own}
    if not rows:
        return
    allowed = sizes.TIME if kind == "time" else sizes.MEMORY
    # What differs by less than is allowed at any size is no difference; nor is nothing at all a size to divide by.
    least = allowed.limit(0.0)
    figures = {row: {fold: _values(record, kind) for fold, record in folds.items()} for row, folds in rows.items()}
    samples = {row: _at_least(least, own) for row, own in figures.items()}
    values = {row: Estimate(middle(own.values(), kind)) for row, own in figures.items()}
    looks = {row: {fold: _look(record, kind, least) for fold, record in own.items()} for row, own in rows.items()}
    loaded = {row for row, own in rows.items() if kind == "time" and any(record.loaded for record in own.values())}
    sized = {row: -values[row].value for row in full or rows}
    size = max(-max(sized.values()), least)
    apart = 1 + allowed.limit(size) / size
    margin = math.log(apart)
    centres = _contest(sized if full else {}, loaded & full.keys(), looks, margin)
    unranked += tuple((row, _LOADED) for row in sorted(loaded & full.keys() - centres.keys()))

    def chance(best: str, other: str) -> float:
        """Return the probability that the other row only looks larger than what placement in memory could do."""
        if other in loaded:  # without the other load its times may be any that are shorter
            return 1.0
        found = _ratio(samples[best], samples[other], kind)
        return 1.0 if found is None else found.exceeds_p(apart)

    unit = "s" if kind == "time" else "bytes"
    base = figures.get(outline.reference) if outline.reference not in loaded else None
    to_reference = {row: ratio for row, own in figures.items() if base and (ratio := _ratio(base, own, kind))}
    if outline.reference in to_reference:
        to_reference[outline.reference] = Ratio(0.0, None, 0)  # to itself, which is no estimate
    found = _ranked(centres or sized, chance if centres else None)
    ahead = _ahead(looks, found[0], unranked, margin) if centres else ()
    method = f"rounds within their folds, more than {allowed.told(size, unit)} apart"
    yield Standing(phase, kind, unit, *found, unranked, ahead, method + _family(centres), values, to_reference)


def _rows(outline: Outline, tried: Iterable[Cell], measured: Sequence[Record]) -> Rows:
    """Return what was measured of each row by fold, nothing of one that was tried in vain; rows in declared order."""
    order = {row.name: place for place, row in enumerate(outline.rows)}
    names = dict.fromkeys(cell.row.name for cell in tried)
    found: dict[str, dict[int, Record]] = {row: {} for row in sorted(names, key=lambda row: order.get(row, len(order)))}
    for record in sorted(measured, key=lambda record: record.cell.fold):
        found[record.cell.row.name][record.cell.fold] = record
    return found


def _full(rows: Rows, planned: int) -> tuple[Rows, tuple[tuple[str, str], ...]]:
    """Return the rows that have all folds, none where each lacks another, and why others are not ranked."""
    folds = {fold for own in rows.values() for fold in own}
    full = {row: own for row, own in rows.items() if own.keys() == folds}
    left = [(row, f"{len(own)} of {units.counted(planned, 'fold')}") for row, own in rows.items() if row not in full]
    return full, tuple(left)


def _ranked(
    values: Mapping[str, float], chance: Chance | None
) -> tuple[str, tuple[str, ...], tuple[tuple[str, float], ...]]:
    """Return the row with the highest value, the rows not shown to be below it, and those that are; the first alone
    where there is no `chance` to be told.

    Each other row is tested against the best, and Holm's method bounds the error over the rows. Which row is best was
    seen from the same values, so that each p-value counts once for every row that might have been.
    """
    best = max(values, key=values.__getitem__)
    if chance is None:
        return best, (), ()
    others = sorted((row for row in values if row != best), key=values.__getitem__, reverse=True)
    adjusted = holm([min(1.0, len(values) * chance(best, row)) for row in others])
    tied = tuple(row for row, p in zip(others, adjusted, strict=True) if p > LEVEL)
    return best, tied, tuple((row, p) for row, p in zip(others, adjusted, strict=True) if p <= LEVEL)


def _contest(centres: Mapping[str, float], loaded: Set[str], looks: Looks, margin: float) -> dict[str, float]:
    """Return the rows that are ranked, of those that have all folds.

    Other load only ever adds to a time: those of a `loaded` row are the most that they can be, which others can be
    shown to be slower than, and which is never shown to be slower itself. One that even at its least looks slower than
    the best row at its most says nothing, and is left out; so are all where no other is.
    """
    if loaded >= centres.keys():
        return {}
    best = max(centres, key=centres.__getitem__)
    return {row: own for row, own in centres.items() if row not in loaded or not _behind(looks, row, best, margin)}


def _ahead(looks: Looks, best: str, unranked: Iterable[tuple[str, str]], margin: float = 0.0) -> tuple[str, ...]:
    """Return the rows that could not be ranked, but have a figure, and do not look worse than the best."""
    return tuple(row for row, _ in unranked if row in looks and not _behind(looks, row, best, margin))


def _behind(looks: Looks, row: str, best: str, margin: float) -> bool:
    """Tell whether a row at its best looks worse than the best row at its worst by more than a margin, over the folds
    that both have."""
    shared = [fold for fold in looks[row] if fold in looks[best]]
    return bool(shared) and fmean(looks[row][f][1] for f in shared) < fmean(looks[best][f][0] for f in shared) - margin


def _look(record: Record, kind: Kind, least: float) -> Look:
    """Return the logarithms of what a fold of a row looks like, at worst and at best.

    Other load only ever adds to a time: at most one that it took part in is what it is, and at least it is what its
    cores had to do for it at their best pace, and half of that, for what others do to caches and memory is not seen.
    """
    most = median(_values(record, kind))
    fewest = most
    if kind == "time" and record.loaded:
        cores = len(record.environment.get("cpus") or [0])
        fewest = min(one["cpu_s"] / max(1.0, one.get("slowdown", 1.0)) for one in record.samples) / cores / 2
    return -math.log(max(most, least)), -math.log(max(min(most, fewest), least))


def _family(rows: Sized) -> str:
    return f", Holm over {units.counted(len(rows), 'row')}" if len(rows) > 2 else ""


def _values(record: Record, kind: Kind) -> Sequence[float]:
    return record.walls if kind == "time" else record.peaks


def middle(folds: Iterable[Sequence[float]], kind: Kind) -> float:
    """Return the geometric mean over folds of the medians of their rounds: of two rows, these have the ratio that is
    told of them. Nothing at all in every fold is nothing."""
    medians = list(map(median, folds))
    if not any(medians):
        return 0.0
    return math.exp(fmean(math.log(max(own, _SMALLEST[kind])) for own in medians))


def _at_least(least: float, folds: Mapping[int, Sequence[float]]) -> dict[int, list[float]]:
    return {fold: [max(value, least) for value in values] for fold, values in folds.items()}


def _ratio(base: Mapping[int, Sequence[float]], own: Mapping[int, Sequence[float]], kind: Kind) -> Ratio | None:
    shared = [fold for fold in base if fold in own]
    return of_strata([(base[fold], own[fold]) for fold in shared], _CLOCK_S if kind == "time" else _PAGE)


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[:-1] else "") + names[-1] if names else ""

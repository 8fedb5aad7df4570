"""Ranking: which rows of a table are compared in each quantity, which is best, and which are shown to be worse."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set, Sized
from dataclasses import dataclass
from statistics import fmean

from swapbench.base import units
from swapbench.judge import scores, sizes
from swapbench.judge.agreement import last_scored
from swapbench.judge.counts import count_of
from swapbench.judge.estimates import Estimate, estimate
from swapbench.judge.machines import alike, away
from swapbench.judge.multiplicity import holm
from swapbench.judge.ratios import Ratio
from swapbench.judge.rounds import Look, Rounds, Size
from swapbench.judge.standing import Standing, joined
from swapbench.judge.trainings import Trainings
from swapbench.plan.cell import Cell
from swapbench.plan.metric import sign
from swapbench.plan.outline import Outline, ScoreOutline
from swapbench.record.record import Record

# How often one quantity of a table in which all rows are alike may have a row called worse than the best.
LEVEL = 0.05
_LOADED = "other load took part in half of the rounds of a fold or more"
_AWAY = "measured on another machine"
_UNITS: Mapping[Size, str] = {"time": "s", "memory": "bytes"}

Rows = Mapping[str, Mapping[int, Record]]
Looks = Mapping[str, Mapping[int, Look]]  # of each row in each fold
Chance = Callable[[str, str], float]  # that the second row only looks worse than the first
Places = tuple[
    str, tuple[str, ...], tuple[tuple[str, float], ...]
]  # the best, the tied, the beaten with their p-values


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


def _scores(outline: Outline, score: ScoreOutline, every: Rows, folds: int) -> Iterator[Standing]:
    full, unranked = _full(every, folds)
    rows = {row: own for row, own in every.items() if own}
    if not rows:
        return
    values = {row: estimate(list(folds.values()), score) for row, folds in rows.items()}
    methods: list[str] = []

    def chance(best: str, other: str) -> float:
        """Return the probability that the other row only looks worse."""
        counts = [count_of(list(full[row].values()), score) for row in (best, other)]
        if None not in counts:
            methods.append("counted exactly")
            return float(counts[0] == counts[1])
        pair = Trainings.of(list(full[other].values()), list(full[best].values()), score.name)
        found = scores.compared(pair, score)
        methods.append(found.how)
        return found.better(0.0, score)

    way = sign(score.better)
    found = _ranked({row: way * values[row].value for row in full or rows}, chance if full else None)
    method = f"{joined(list(dict.fromkeys(methods)))}{_family(full)}"
    # At worst and at best alike, for no load moves a score.
    looks = {row: {fold: 2 * (way * one.scores[score.name],) for fold, one in own.items()} for row, own in rows.items()}
    ahead = _ahead(looks, found[0], unranked) if full else ()
    yield Standing(score.name, "score", score.unit, *found, unranked, ahead, method, values)


def _sizes(outline: Outline, phase: str, kind: Size, every: Rows, folds: int) -> Iterator[Standing]:
    rounds = {row: Rounds(kind, own) for row, own in every.items() if own}
    if not rounds:
        return
    full, unranked = _full(every, folds)
    elsewhere = away(every, outline.reference)
    unranked += tuple((row, _AWAY) for row in full if row in elsewhere)
    full = {row: own for row, own in full.items() if row not in elsewhere}
    values = {row: Estimate(own.middle) for row, own in rounds.items()}
    # The more the better. Where no row has all folds none is ranked, and the best figure of all only names a row.
    sized = {row: -values[row].value for row in full or rounds}
    margin = _Margin.of(kind, -max(sized.values()))
    looks = {row: own.looks(margin.least) for row, own in rounds.items() if row not in elsewhere}
    loaded = {row for row, own in rounds.items() if own.loaded}
    centres = _contest(sized if full else {}, loaded & full.keys(), looks, margin.log)
    unranked += tuple((row, _LOADED) for row in sorted(loaded & full.keys() - centres.keys()))

    def chance(best: str, other: str) -> float:
        """Return the probability that the other row only looks larger than what placement in memory could do."""
        if other in loaded:  # without the other load its times may be any that are shorter
            return 1.0
        found = rounds[other].ratio_to(rounds[best], margin.least)
        return 1.0 if found is None else found.exceeds_p(margin.factor)

    found = _ranked(centres or sized, chance if centres else None)
    ahead = _ahead(looks, found[0], unranked, margin.log) if centres else ()
    method = f"rounds within their folds, more than {margin.told} apart{_family(centres)}"
    ratios = _to_reference(outline.reference, rounds)
    yield Standing(phase, kind, _UNITS[kind], *found, unranked, ahead, method, values, ratios)


@dataclass(frozen=True)
class _Margin:
    """How far sizes near the best one must lie apart to differ: by more than a `factor`, or by what is `told` in words.

    Sizes below the `least` count as that: what differs by less than is allowed at any size is no difference, and
    nothing at all is no size to divide by.
    """

    least: float
    factor: float
    told: str

    @classmethod
    def of(cls, kind: Size, best: float) -> "_Margin":
        allowed = sizes.TIME if kind == "time" else sizes.MEMORY
        least = allowed.limit(0.0)
        size = max(best, least)
        return cls(least, 1 + allowed.limit(size) / size, allowed.in_words(size, _UNITS[kind]))

    @property
    def log(self) -> float:
        return math.log(self.factor)


def _to_reference(reference: str, rounds: Mapping[str, Rounds]) -> dict[str, Ratio]:
    """Return the ratio of each row to the reference row, where it has one; none where that one's times are the most
    that they can be, nor to what was measured on another machine."""
    base = rounds.get(reference)
    if base is None or base.loaded:
        return {}
    near = {row: own for row, own in rounds.items() if alike(own.records, base.records)}
    ratios = {row: ratio for row, own in near.items() if (ratio := own.ratio_to(base))}
    if reference in ratios:
        ratios[reference] = Ratio(0.0, None, 0)  # to itself, which is no estimate
    return ratios


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


def _ranked(values: Mapping[str, float], chance: Chance | None) -> Places:
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


def _family(rows: Sized) -> str:
    return f", Holm over {units.counted(len(rows), 'row')}" if len(rows) > 2 else ""

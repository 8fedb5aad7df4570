"""A side: what a run holds of a network in one way, native or compiled."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from statistics import fmean, median

from swapbench_models.neural.report.gap import Gap, gaps
from swapbench_models.neural.report.run import COMPILED, PHASES, Estimate, Record, Row, Run, Sample
from swapbench_models.neural.report.spread import Spread

# After which a network can be scored; the later one counts.
_SCORED = ("fit", "predict")
_ROUNDING = 1e-9

Folds = Collection[int]


@dataclass(frozen=True)
class Side:
    """The records of a row that ended well, by phase and fold, and what is lacking."""

    row: Row
    records: Mapping[str, Mapping[int, Record]]
    gaps: tuple[Gap, ...]
    estimates: Mapping[str, Estimate]

    @classmethod
    def of(cls, run: Run, row: Row, absent: str = "") -> "Side":
        """Return what a run holds of a row; `absent` says why there can be nothing at all."""
        phases = [phase for phase in PHASES if row.variant == COMPILED or phase not in ("parse", "generate")]
        records: dict[str, dict[int, Record]] = {phase: {} for phase in phases}
        for cell in sorted(run.records):
            if cell.row == row and cell.phase in records and run.records[cell].status == "ok":
                records[cell.phase][cell.fold] = run.records[cell]
        estimates = {metric: found for (own, metric), found in run.estimates.items() if own == row}
        return cls(row, records, gaps(run, row, phases, absent), estimates)

    def time(self, phase: str, folds: Folds | None = None) -> Spread | None:
        """Return the seconds of a phase over all rounds of some folds (None: of all)."""
        timed = [record for record in self.of_folds(phase, folds) if record.timed]
        walls = [sample.wall_s for record in timed for sample in record.samples]
        return Spread.of(walls, loaded=any(record.loaded for record in timed))

    def memory(self, phase: str, folds: Folds | None = None) -> Spread | None:
        """Return by how many bytes memory grew at its peak in a phase."""
        return self._sizes(phase, folds, lambda sample: sample.peak_bytes)

    def process(self, phase: str, folds: Folds | None = None) -> Spread | None:
        """Return the peak of the whole process in a phase, libraries and data included, in bytes."""
        return self._sizes(phase, folds, lambda sample: sample.process_bytes)

    def _sizes(self, phase: str, folds: Folds | None, size: Callable[[Sample], int | None]) -> Spread | None:
        """Return the spread of some sizes, of which those of one fork server are one sample."""
        samples = [sample for record in self.of_folds(phase, folds) for sample in record.samples]
        known = [
            (sample.server or number, own) for number, sample in enumerate(samples) if (own := size(sample)) is not None
        ]
        servers: dict[str | int, list[int]] = {}
        for server, own in known:
            servers.setdefault(server, []).append(own)
        return Spread.of([own for _, own in known], [median(sizes) for sizes in servers.values()])

    def of_folds(self, phase: str, folds: Folds | None = None) -> list[Record]:
        """Return the records of a phase on some folds (None: on all)."""
        own = self.records.get(phase, {})
        return [record for fold, record in own.items() if folds is None or fold in folds]

    @property
    def scored(self) -> Mapping[int, Record]:
        """The record of each fold that tells its scores."""
        return {fold: record for phase in _SCORED for fold, record in self.records[phase].items()}

    def scores(self, metric: str) -> dict[tuple[int, int], float]:
        """Return a score by fold and seed."""
        return {
            (fold, seed): scores[metric]
            for fold, record in self.scored.items()
            for seed, scores in record.scores.items()
            if metric in scores
        }

    def score(self, metric: str) -> Estimate | None:
        """Return the mean of a score over folds and seeds, with the instrument's interval where its mean is the same;
        None where nothing was scored."""
        found, theirs = self.scores(metric).values(), self.estimates.get(metric)
        if not found:
            return None
        mean = fmean(found)
        if theirs is None or abs(theirs.value - mean) > _ROUNDING * max(1.0, abs(mean)):
            return Estimate(mean, None)
        return theirs

    @property
    def measured(self) -> bool:
        return any(self.records.values())

    @property
    def epochs(self) -> int | None:
        """How many passes each training made that ended; None where that is not known, or not the same for all."""
        found = {record.environment.get("epochs") for record in self.scored.values()}
        number = found.pop() if len(found) == 1 else None
        return number if isinstance(number, int) else None

    @property
    def parameters(self) -> int | None:
        """How many weights are trained."""
        known = [record.parameters for own in self.records.values() for record in own.values()]
        return max((number for number in known if number is not None), default=None)

"""Evaluate: rows of the catalogue trained with several seeds on a data set, each kept as it ends, and judged."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from swapbench_models.can.catalogue import MODELS, SEEDLESS, STANDS_ON
from swapbench_models.can.error import CanError
from swapbench_models.can.runs.configuration import Configuration
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.folder import Folder
from swapbench_models.can.runs.record import Record
from swapbench_models.can.runs.train import Outcome, Tell, Trainer


@dataclass(frozen=True)
class Matrix:
    """Rows and how many seeds, from the configuration's own on, of whose models each seed has a folder in `out`."""

    rows: Sequence[str]
    seeds: int
    configuration: Configuration
    out: Path

    def __post_init__(self) -> None:
        for row in self.rows:
            if row not in MODELS:
                raise CanError(f"There is no row {row!r}; known are {', '.join(MODELS)}.")

    def drawn(self, row: str) -> list[int]:
        """Return the seeds of a row: the first alone of one that draws nothing."""
        first = self.configuration.seed
        return [first + number for number in range(1 if row in SEEDLESS else self.seeds)]

    def fits(self, dataset: str) -> Iterable[Fit]:
        """Yield what is to be trained on a data set, in an order in which what others stand on comes first."""
        wanted = {*self.rows, *(need for row in self.rows for need in STANDS_ON.get(row, ()))}
        for row in MODELS:
            for seed in self.drawn(row) if row in wanted else ():
                yield Fit(Folder(self.out / f"seed_{seed}"), dataset, row, replace(self.configuration, seed=seed))


@dataclass(frozen=True)
class Evaluation:
    """What came of a data set: the records of each row by seed, and how those ended that have none, by both."""

    dataset: str
    records: Mapping[str, Mapping[int, Record]]
    failures: Mapping[tuple[str, int], Outcome]


def evaluate(matrix: Matrix, dataset: str, trainer: Trainer, tell: Tell) -> Evaluation:
    """Train and judge what is not there yet, and tell of each; one that fails is told, and the others go on."""
    records: dict[str, dict[int, Record]] = {row: {} for row in MODELS if row in matrix.rows}
    failures: dict[tuple[str, int], Outcome] = {}
    for fit in matrix.fits(dataset):
        seed = fit.configuration.seed
        outcome = _outcome(trainer, fit)
        tell(f"{fit}, seed {seed}: {outcome.told}")
        if outcome.record is None:
            failures[fit.row, seed] = outcome
        elif fit.row in records:
            records[fit.row][seed] = outcome.record
    return Evaluation(dataset, records, failures)


def _outcome(trainer: Trainer, fit: Fit) -> Outcome:
    """Train; what needs a library that is lacking fails like anything else, for other rows do without."""
    try:
        return trainer.train(fit)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("swapbench_models"):
            raise
        return Outcome("failed", f'{error.name} is not installed; pip install "swapbench[can]" brings it.')

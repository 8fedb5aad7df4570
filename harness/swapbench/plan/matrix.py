"""The matrix: a suite multiplied out into cells, and the part of it that a run selects."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell, Row
from swapbench.plan.name import chosen
from swapbench.plan.suite import PROFILES, Suite


@dataclass(frozen=True)
class Selection:
    """Which part of the matrix is wanted: the profile, what a cell has of `threads`, and for each dimension the values
    (none given: all).

    With `anyway` values that no suite has are no error: another commit has them.
    """

    profile: str = "quick"
    folds: int | None = None
    data_dir: str | None = None
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    anyway: bool = False
    threads: int = 1

    def __post_init__(self) -> None:
        chosen("profile", [self.profile], PROFILES, "--swap-profile")
        if self.folds is not None and self.folds < 2:
            raise SwapError(f"--swap-folds {self.folds}: a split needs at least 2 folds.")

    def wants(self, cell: Cell) -> bool:
        """Tell whether a cell is in the selected part."""
        return all(str(getattr(cell, dimension)) in wanted for dimension, wanted in self.values.items() if wanted)

    def check(self, suites: Iterable[Suite]) -> None:
        """Raise SwapError for a value that no suite has, listing the known ones, or that only suites have which this
        profile leaves out."""
        declared = tuple(suites)
        taking_part = tuple(suite for suite in declared if self.takes_part(suite))
        for dimension, wanted in () if self.anyway else self.values.items():
            chosen(dimension, wanted, self._known(dimension, declared), f"--swap-{dimension}")
            for value in set(wanted) - self._known(dimension, taking_part):
                having = [suite for suite in declared if value in self._known(dimension, (suite,))]
                raise SwapError(f"--swap-{dimension} {value}: it takes part {self._when(having)}.")
        for suite, name in product(declared, self.values.get("dataset", ())):
            if name in suite.datasets and suite.datasets[name].reads_files and self.data_dir is None:
                raise SwapError(f"--swap-dataset {name}: it is read from files; say where with --swap-data DIR.")

    def takes_part(self, suite: Suite) -> bool:
        """Tell whether a suite has cells in this profile, and with so many threads."""
        return self._in_profile(suite) and self.threads >= suite.threads

    def absence(self, suites: Iterable[Suite]) -> str:
        """Say which of the selected suites and datasets have no cells in this run, and what would give them some;
        nothing where there is none."""
        wanted = self.values.get("suite", ())
        selected = [suite for suite in suites if not wanted or suite.name in wanted]
        early = [suite for suite in selected if not self._in_profile(suite)]
        narrow = [suite for suite in selected if suite not in early and not self.takes_part(suite)]
        files = [
            f"{name} of {suite.name}"
            for suite in filter(self.takes_part, selected)
            for name in suite.datasets
            if name not in self.datasets_of(suite)
        ]
        told = {
            f"in profile {self.profile}": _from((suite.name, suite.since) for suite in early),
            f"with --swap-threads {self.threads}": _from((suite.name, str(suite.threads)) for suite in narrow),
            "without --swap-data": ", ".join(files),
        }
        return ". ".join(f"not {where}: {which}" for where, which in told.items() if which)

    def folds_of(self, suite: Suite) -> int:
        return self.folds or suite.profiles[self.profile].folds

    def datasets_of(self, suite: Suite) -> tuple[str, ...]:
        """The datasets that take part: those read from files only when their folder is given."""
        return tuple(name for name, data in suite.datasets.items() if self.data_dir is not None or not data.reads_files)

    def cells(self, suite: Suite, phase: str) -> Iterator[Cell]:
        """Yield the whole matrix of one suite and phase, without what it excludes, always in the same order."""
        folds = range(self.folds_of(suite))
        for row, dataset, fold in product(suite.rows(), self.datasets_of(suite), folds):
            cell = Cell.of(suite.name, row, dataset, fold, phase, self.profile)
            if suite.has(cell):
                yield cell

    def _in_profile(self, suite: Suite) -> bool:
        return PROFILES.index(self.profile) >= PROFILES.index(suite.since)

    def _when(self, suites: Iterable[Suite]) -> str:
        """Say when the first of some suites takes part, none of which does."""
        narrow = [suite.threads for suite in suites if self._in_profile(suite)]
        if narrow:
            return f"where a cell has {min(narrow)} threads; add --swap-threads {min(narrow)}"
        since = min((suite.since for suite in suites), key=PROFILES.index)
        return f"from profile {since} on; add --swap-profile {since}"

    def _known(self, dimension: str, suites: tuple[Suite, ...]) -> set[str]:
        rows = [row for suite in suites for row in suite.rows()]
        known = {
            "suite": {suite.name for suite in suites},
            **{name: {getattr(row, name) for row in rows} for name in Row._fields},
            "dataset": {name for suite in suites for name in suite.datasets},
            "fold": {str(fold) for suite in suites for fold in range(self.folds_of(suite))},
            "phase": {phase for suite in suites for phase in suite.phases},
        }
        return known[dimension]


def _from(suites: Iterable[tuple[str, str]]) -> str:
    """Name suites, those together that take part from the same on."""
    together: dict[str, list[str]] = {}
    for name, first in suites:
        together.setdefault(first, []).append(name)
    return "; ".join(f"{', '.join(names)} (from {first} on)" for first, names in together.items())

"""Suites: declarations of what is compared, on what, how, and how good is good enough."""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from itertools import product
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan import declaration, declared
from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell, Row
from swapbench.plan.declaration import SIZES
from swapbench.plan.function import function
from swapbench.plan.metric import Metric
from swapbench.plan.name import PROFILES, checked
from swapbench.plan.parts import FIT, PREDICT, Dataset, Model, Phase, Profile
from swapbench.plan.target import check
from swapbench.plan.tolerance import Names, rules

__all__ = ["FIT", "PREDICT", "PROFILES", "SIZES", "Dataset", "Model", "Phase", "Profile", "Suite"]

# Splitters that every suite knows by a word.
SPLITS = {"time": "swapbench.run.folds:by_time"}
# What the models of all folds draw from: the seed of the run, or each fold's own.
SEEDS = ("run", "fold")


class Suite:
    """A named family of cells with its metrics and tolerances.

    Declares models (name -> backend -> target of a factory), one `dataset` or several `datasets` (a target, or a
    Dataset), `folds` (all profiles) or `profiles`, `phases` (default fit and predict; a further name is a method
    called with the test part), `metrics` (names of METRICS, or Metric objects), `tolerances` (metric -> absolute
    number or "5%"; a table under a model's, backend's or variant's name holds for it alone) and a `reference` row
    ("model-backend", with a variant "model-backend-variant") that ratios are taken to. `split` is the target of a
    function `(X, y, groups, folds, seed) -> [(train, test)]`, or "time" for examples in the order of time; without it
    folds are stratified where the target is made of classes, and grouped where the loader returns groups. With `seeds`
    "fold" the models of each fold draw from a seed of its own, the run's plus its number, for a split that is given and
    not drawn: its folds may test the same part again. A suite takes part from profile `since` on: what proves a claim
    and takes long need not keep whoever wants a quick answer.

    `exclude` lists cells that there are not, such as {"model": "knn", "dataset": "mnist"}, `skip` and `xfail` cells
    that are not measured or are expected to fail, each with a "reason" too. `backends` adds to those that are known, by
    name: the target of an adapter, or a Backend. A round may take `timeout_s`, unless its phase, or more closely its
    model, says otherwise. Raises SwapError for whatever cannot work.
    """

    def __init__(
        self,
        name: str,
        *,
        models: Mapping[str, Model | Mapping[str, str]],
        dataset: str | Dataset | None = None,
        datasets: Mapping[str, str | Dataset] | None = None,
        folds: int | None = None,
        phases: Iterable[str | Phase] = ("fit", "predict"),
        metrics: Iterable[str | Metric] = (),
        tolerances: Mapping[str, Any] | None = None,
        profiles: Mapping[str, Profile] | None = None,
        backends: Mapping[str, str | Backend] | None = None,
        reference: str | None = None,
        split: str | None = None,
        seeds: str = SEEDS[0],
        since: str = PROFILES[0],
        threads: int = 1,
        exclude: Iterable[Mapping[str, Any]] = (),
        skip: Iterable[Mapping[str, Any]] = (),
        xfail: Iterable[Mapping[str, Any]] = (),
        timeout_s: float = 600.0,
    ) -> None:
        self.name = checked("suite", name)
        owner = self._owner = f"suite {name}"
        self.backends = declaration.backends(owner, {} if backends is None else backends)
        self.models = declaration.models(owner, models, self.backends)
        self._factories = {
            Row(name, backend, way): target
            for name, model in self.models.items()
            for backend, way, target in model.ways
        }
        self.datasets = declaration.datasets(owner, dataset, datasets)
        self.phases = declaration.phases(owner, phases)
        self.metrics = declaration.metrics(owner, metrics, (*self.phases, *self._sizes))
        self.profiles = declaration.profiles(owner, {} if profiles is None else profiles, folds)
        example = "{'accuracy': 0.01, 'fit_time': '5%'}"
        tables = declared.table(owner, "tolerances", {} if tolerances is None else tolerances, example)
        self.rules = rules(tables, self.names, owner)
        rows = self.rows()
        self.reference = declaration.reference(owner, reference, rows)
        self.split = None if split is None else declared.target(f"{owner}, split", SPLITS.get(str(split), split))
        self.seeds = declared.one_of(owner, "seeds", seeds, SEEDS)
        self.since = declared.one_of(owner, "profile", since, PROFILES)
        self.threads = declared.whole(owner, "threads", threads, 1)
        self.timeout_s = declared.seconds(owner, "timeout_s", timeout_s)
        known: Mapping[str, Collection[str]] = {"dataset": self.datasets, "phase": self.phases, "profile": PROFILES}
        self.exclude = declaration.wheres(owner, exclude, rows, known, "exclude")
        self.skip = declaration.wheres(owner, skip, rows, known, "skip")
        self.xfail = declaration.wheres(owner, xfail, rows, known, "xfail")
        declaration.check_names(owner, rows, self.datasets)
        self._check_cells()
        for phase in self.phases.values():
            self.before(phase)
        for row in rows:
            self.needs_of(row)

    def rows(self) -> tuple[Row, ...]:
        """Every row, in declared order."""
        return tuple(self._factories)

    def needs_of(self, row: Row) -> dict[str, Row]:
        """Return the rows whose fitted models a row stands on, by the names under which its factory takes them."""
        return declaration.needs(self._owner, row, self._factories, self.models)

    def before(self, phase: Phase) -> tuple[Phase, ...]:
        """Return the phases that must run before a phase, first to last; raises SwapError for phases in a circle."""
        return declaration.before(self._owner, phase, self.phases)

    def has(self, cell: Cell) -> bool:
        """Tell whether a combination of this suite's names is a cell of it."""
        return not any(where.covers(cell) for where in self.exclude)

    @property
    def names(self) -> Names:
        """What tolerances of this suite may name."""
        return Names.of((*self.metrics, *self._sizes), self.rows())

    @property
    def _sizes(self) -> tuple[str, ...]:
        """What is measured of every row, whatever its metrics are."""
        return (*(f"{phase}_time" for phase in self.phases), *SIZES)

    def targets(self, backends: Collection[str] | None = None) -> Iterable[tuple[str, str]]:
        """Every (target, owner) this suite names, of rows those of some backends (None: of all)."""
        for row in self.rows():
            if backends is None or row.backend in backends:
                yield self.target_of(row)
        yield from map(self.loader_of, self.datasets)
        yield from self.shared_targets()

    def target_of(self, row: Row) -> tuple[str, str]:
        """The (target, owner) of a row."""
        owner = f"suite {self.name}, model {row.model}, backend {row.backend}"
        return self.factory_of(row), owner + (f", variant {row.variant}" if row.variant else "")

    def factory_of(self, row: Row) -> str:
        """The target that makes the model of a row."""
        return self._factories[row]

    @cached_property
    def modules(self) -> Mapping[str, tuple[str, ...]]:
        """The modules of its models by the backend that executes them, in alphabetical order."""
        found: dict[str, set[str]] = {}
        for row, target in self._factories.items():
            found.setdefault(row.backend, set()).add(target.partition(":")[0])
        return {backend: tuple(sorted(own)) for backend, own in found.items()}

    def loader_of(self, dataset: str) -> tuple[str, str]:
        """The (target, owner) of a dataset."""
        return self.datasets[dataset].loader, f"suite {self.name}, dataset {dataset}"

    def shared_targets(self) -> Iterable[tuple[str, str]]:
        """Every (target, owner) that all cells of this suite need."""
        for name, metric in self.metrics.items():
            for target in filter(None, (metric.function, metric.each)):
                yield target, f"suite {self.name}, metric {name}"
        if self.split:
            yield self.split, f"suite {self.name}, split"

    def check(self, backends: Collection[str] | None = None) -> None:
        """Raise SwapError when a module that this suite names for some backends does not exist; nothing is imported."""
        for target, owner in self.targets(backends):
            check(target, owner)

    def tests(self) -> tuple[Callable[..., None], ...]:
        """Return one test function a phase, in declared order, for pytest to collect under names you assign."""
        caller = sys._getframe(1)
        place = caller.f_code.co_filename, caller.f_lineno
        return tuple(function(self, phase, *place) for phase in self.phases.values())

    def _check_cells(self) -> None:
        """Raise SwapError where nothing is left to be measured, which would pass without a word."""
        everything = product(self.rows(), self.datasets, self.phases, PROFILES)
        cells = (Cell.of(self.name, row, dataset, 0, phase, profile) for row, dataset, phase, profile in everything)
        if not any(map(self.has, cells)):
            raise SwapError(f"{self._owner}: exclude leaves no cell; take something out of it.")

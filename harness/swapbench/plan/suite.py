"""Suites: declarations of what is compared, on what, how, and how good is good enough."""

import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import Any, Protocol, TypeVar

from swapbench.plan import declared
from swapbench.plan.backend import BACKENDS, Backend
from swapbench.plan.cell import Cell
from swapbench.plan.error import SwapError
from swapbench.plan.metric import METRICS, Metric
from swapbench.plan.name import checked
from swapbench.plan.parts import FIT, PREDICT, PROFILES, Dataset, Model, Phase, Profile
from swapbench.plan.target import check
from swapbench.plan.tolerance import Names, Rule, rules
from swapbench.plan.where import Where

__all__ = ["FIT", "PREDICT", "PROFILES", "SIZES", "Dataset", "Measure", "Model", "Phase", "Profile", "Suite"]

SIZES = ("peak_memory", "parameters", "flops_per_example")
_SIZES = {"quick": Profile(3, 3), "standard": Profile(5, 5), "paper": Profile(10, 10)}
# Splitters that every suite knows by a word.
SPLITS = {"time": "swapbench.run.folds:by_time"}
_PHASES = {"fit": FIT, "predict": PREDICT}


class _Named(Protocol):
    @property
    def name(self) -> str: ...


Named = TypeVar("Named", bound=_Named)


class Measure(Protocol):
    """What a test asks of the plugin: to measure one cell and hand the rounds to pytest-benchmark."""

    def __call__(
        self, suite: "Suite", phase: Phase, model: str, backend: str, dataset: str, fold: int, benchmark: Any
    ) -> None: ...


class Suite:
    """A named family of cells with its metrics and tolerances.

    Declares models (name -> backend -> target of a factory), one `dataset` or several `datasets` (a target, or a
    Dataset), `folds` (all profiles) or `profiles`, `phases` (default fit and predict; a further name is a method
    called with the test part), `metrics` (names of METRICS, or Metric objects), `tolerances` (metric -> absolute
    number or "5%"; a table under a model's or backend's name holds for it alone) and a `reference` row "model-backend"
    that ratios are taken to. `split` is the target of a function `(X, y, groups, folds, seed) -> [(train, test)]`, or
    "time" for examples in the order of time; without it folds are stratified where the target is made of classes, and
    grouped where the loader returns groups. A suite takes part from profile `since` on: what proves a claim and takes
    long need not keep whoever wants a quick answer.

    `exclude` lists cells that there are not, such as {"model": "knn", "dataset": "mnist"}, `skip` and `xfail` cells
    that are not measured or are expected to fail, each with a "reason" too. A round may take `timeout_s`, unless its
    phase, or more closely its model, says otherwise. Raises SwapError for whatever cannot work.
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
        backends: Mapping[str, Backend] | None = None,
        reference: str | None = None,
        split: str | None = None,
        since: str = PROFILES[0],
        exclude: Iterable[Mapping[str, Any]] = (),
        skip: Iterable[Mapping[str, Any]] = (),
        xfail: Iterable[Mapping[str, Any]] = (),
        timeout_s: float = 600.0,
    ) -> None:
        self.name = checked("suite", name)
        self._owner = f"suite {name}"
        self.backends = {**BACKENDS, **self._backends({} if backends is None else backends)}
        self.models = self._models(models)
        self.datasets = self._datasets(dataset, datasets)
        self.phases = self._phases(phases)
        self.metrics = self._metrics(metrics)
        self.profiles = self._profiles({} if profiles is None else profiles, folds)
        self.rules = self._rules({} if tolerances is None else tolerances)
        self.reference = self._reference(reference)
        self.split = None if split is None else declared.target(f"{self._owner}, split", SPLITS.get(str(split), split))
        self.since = declared.one_of(self._owner, "profile", since, PROFILES)
        self.timeout_s = declared.seconds(self._owner, "timeout_s", timeout_s)
        self.exclude = self._wheres("exclude", exclude)
        self.skip, self.xfail = self._wheres("skip", skip), self._wheres("xfail", xfail)
        self._check_rows()
        self._check_cells()
        for phase in self.phases.values():
            self.before(phase)

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Every (model, backend) pair, in declared order."""
        return tuple((name, backend) for name, model in self.models.items() for backend in model.backends)

    def before(self, phase: Phase) -> tuple[Phase, ...]:
        """Return the phases that must run before a phase, first to last, each as this suite declares it.

        One that it does not declare is what its name alone would declare. Raises SwapError for phases in a circle.
        """
        found: list[Phase] = []
        while phase.after is not None:
            if phase.after in (earlier.name for earlier in (phase, *found)):
                raise SwapError(
                    f"{self._owner}: phase {phase.name!r} cannot come after {phase.after!r}, which comes after it."
                )
            phase = self.phases.get(phase.after) or _PHASES.get(phase.after) or Phase(phase.after)
            found.append(phase)
        return tuple(reversed(found))

    @property
    def names(self) -> Names:
        """What tolerances of this suite may name."""
        backends = dict.fromkeys(backend for _, backend in self.rows())
        return Names((*self.metrics, *self._sizes), tuple(self.models), tuple(backends))

    @property
    def _sizes(self) -> tuple[str, ...]:
        """What is measured of every row, whatever its metrics are."""
        return (*(f"{phase}_time" for phase in self.phases), *SIZES)

    def targets(self) -> Iterable[tuple[str, str]]:
        """Every (target, owner) this suite names whose backend is there, for the check that its modules exist."""
        for model, backend in self.rows():
            if self.backends[backend].missing is None:
                yield self.target_of(model, backend)
        yield from map(self.loader_of, self.datasets)
        yield from self.shared_targets()

    def target_of(self, model: str, backend: str) -> tuple[str, str]:
        """The (target, owner) of a row."""
        return self.models[model].backends[backend], f"suite {self.name}, model {model}, backend {backend}"

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

    def check(self) -> None:
        """Raise SwapError when a module that this suite names does not exist; nothing is imported."""
        for target, owner in self.targets():
            check(target, owner)

    def tests(self) -> tuple[Callable[..., None], ...]:
        """Return one test function a phase, in declared order, for pytest to collect under names you assign."""
        caller = sys._getframe(1)
        return tuple(self._test(phase, caller.f_code.co_filename, caller.f_lineno) for phase in self.phases.values())

    def _test(self, phase: Phase, file: str, line: int) -> Callable[..., None]:
        def test(model: str, backend: str, dataset: str, fold: int, swapbench: Measure, benchmark: Any) -> None:
            swapbench(self, phase, model, backend, dataset, fold, benchmark)

        # pytest and editors then lead to the suite's declaration, not here.
        test.__code__ = test.__code__.replace(co_filename=file, co_firstlineno=line)
        test.__name__ = test.__qualname__ = f"test_{phase.name}"
        test.__doc__ = f"{self.name}: {phase.name}"
        test.swapbench = (self, phase)  # type: ignore[attr-defined]  # read by the plugin when it parametrizes
        return test

    def _backends(self, backends: Mapping[str, Backend]) -> Mapping[str, Backend]:
        example = "{'lightgbm': Backend('lightgbm', 'lightgbm')}"
        for name, backend in declared.table(self._owner, "backends", backends, example).items():
            if not isinstance(backend, Backend) or backend.name != name:
                raise SwapError(f"{self._owner}: backends[{name!r}] must be a Backend of that name, as in {example}.")
        return backends

    def _models(self, models: Mapping[str, Model | Mapping[str, str]]) -> dict[str, Model]:
        example = "{'forest': {'sklearn': 'sklearn.ensemble:RandomForestClassifier'}}"
        found = {}
        for name, value in declared.table(self._owner, "models", models, example).items():
            owner = f"{self._owner}, model {checked(f'{self._owner}: model', name)}"
            if not isinstance(value, Model | Mapping):
                raise SwapError(
                    f"{owner}: {value!r} stands where each backend has its target; write a dictionary such as "
                    f"{_dictionary(value)}, or a Model."
                )
            model = value if isinstance(value, Model) else Model(dict(value))
            model.check(owner)
            for backend in model.backends:
                if backend not in self.backends:
                    raise SwapError(
                        f"{owner}: there is no backend {backend!r}; known are {', '.join(sorted(self.backends))}; "
                        "declare another with Suite(backends={...})."
                    )
            found[name] = model
        if not found:
            raise SwapError(f"{self._owner}: declare at least one model, such as {example}.")
        return found

    def _datasets(
        self, dataset: str | Dataset | None, datasets: Mapping[str, str | Dataset] | None
    ) -> dict[str, Dataset]:
        if (dataset is None) == (datasets is None):
            raise SwapError(f"{self._owner}: give either dataset= or datasets=.")
        example = "{'iris': 'package.module:load'}"
        named = {"data": dataset} if datasets is None else declared.table(self._owner, "datasets", datasets, example)
        found = {}
        for name, value in named.items():
            owner = f"{self._owner}, dataset {checked(f'{self._owner}: dataset', name)}"
            found[name] = value if isinstance(value, Dataset) else Dataset(declared.target(owner, value))
            found[name].check(owner)
        if not found:
            raise SwapError(f"{self._owner}: declare at least one dataset, such as {example}.")
        return found

    def _phases(self, phases: Iterable[str | Phase]) -> dict[str, Phase]:
        given = declared.listed(self._owner, "phases", phases, "['fit', 'predict']")
        try:
            found = [one if isinstance(one, Phase) else _PHASES.get(str(one)) or Phase(one) for one in given]
        except SwapError as error:
            raise SwapError(f"{self._owner}: {error}") from error
        if not found:
            raise SwapError(f"{self._owner}: declare at least one phase, such as phases=['fit', 'predict'].")
        for phase in found:
            if phase.name in SIZES:
                raise SwapError(f"{self._owner}: phase {phase.name!r} has the name of what is measured anyway.")
        return self._once("phase", found)

    def _metrics(self, metrics: Iterable[str | Metric]) -> dict[str, Metric]:
        found = []
        for metric in declared.listed(self._owner, "metrics", metrics, "['accuracy']"):
            if not isinstance(metric, Metric) and (not isinstance(metric, str) or metric not in METRICS):
                raise SwapError(
                    f"{self._owner}: there is no metric {metric!r}; known are {', '.join(METRICS)}; "
                    "declare another with Metric(name, function)."
                )
            found.append(metric if isinstance(metric, Metric) else METRICS[metric])
        for metric in found:
            if metric.name in (*self.phases, *self._sizes):
                raise SwapError(f"{self._owner}: metric {metric.name!r} has the name of what is measured anyway.")
        return self._once("metric", found)

    def _wheres(self, name: str, given: Iterable[Mapping[str, Any]]) -> tuple[Where, ...]:
        owner, rows = f"{self._owner}, {name}", self.rows()
        known: dict[str, Collection[str]] = {
            "model": self.models,
            "backend": dict.fromkeys(backend for _, backend in rows),
            "dataset": self.datasets,
            "phase": self.phases,
            "profile": PROFILES,
        }
        listed = declared.listed(self._owner, name, given, "[{'model': 'knn', 'dataset': 'mnist'}]")
        found = tuple(Where.parse(owner, one, known, with_reason=name != "exclude") for one in listed)
        for one, entry in zip(found, listed, strict=True):
            values = dict(one.values)
            if not any(
                model in values.get("model", (model,)) and backend in values.get("backend", (backend,))
                for model, backend in rows
            ):
                raise SwapError(f"{owner}: {entry!r} is about no row; rows are {', '.join(map('-'.join, rows))}.")
        return found

    def _check_cells(self) -> None:
        """Raise SwapError where nothing is left to be measured, which would pass without a word."""
        everything = product(self.rows(), self.datasets, self.phases, PROFILES)
        cells = (Cell(self.name, *row, dataset, 0, phase, profile) for row, dataset, phase, profile in everything)
        if not any(map(self.has, cells)):
            raise SwapError(f"{self._owner}: exclude leaves no cell; take something out of it.")

    def has(self, cell: Cell) -> bool:
        """Tell whether a combination of this suite's names is a cell of it."""
        return not any(where.covers(cell) for where in self.exclude)

    def _once(self, kind: str, found: list[Named]) -> dict[str, Named]:
        """Return declarations by their names; of two with one name, one would be lost."""
        for one in found:
            if [other.name for other in found].count(one.name) > 1:
                raise SwapError(f"{self._owner}: {kind} {one.name!r} is declared twice; give each a name of its own.")
        return {one.name: one for one in found}

    def _profiles(self, profiles: Mapping[str, Profile], folds: int | None) -> dict[str, Profile]:
        for name, profile in declared.table(self._owner, "profiles", profiles, "{'paper': Profile(10, 10)}").items():
            declared.one_of(self._owner, "profile", name, PROFILES)
            if not isinstance(profile, Profile):
                raise SwapError(f"{self._owner}: profiles[{name!r}]={profile!r}: write a Profile(folds, rounds).")
            profile.check(f"{self._owner}, profile {name}")
        sizes = {**_SIZES, **profiles}
        if folds is not None:
            declared.whole(self._owner, "folds", folds, 1)
            sizes = {name: replace(profile, folds=folds) for name, profile in sizes.items()}
        return sizes

    def _rules(self, tolerances: Mapping[str, Any]) -> tuple[Rule, ...]:
        example = "{'accuracy': 0.01, 'fit_time': '5%'}"
        return rules(declared.table(self._owner, "tolerances", tolerances, example), self.names, self._owner)

    def _check_rows(self) -> None:
        """Raise SwapError where two rows would have one name: dashes may stand in the names that it is made of."""
        rows = [f"{model}-{backend}" for model, backend in self.rows()]
        for names in (rows, [f"{row}-{dataset}" for row in rows for dataset in self.datasets]):
            for name, count in Counter(names).items():
                if count > 1:
                    raise SwapError(f"{self._owner}: two rows would both be called {name!r}; rename a model.")

    def _reference(self, reference: str | None) -> str:
        rows = [f"{model}-{backend}" for model, backend in self.rows()]
        if reference is not None and reference not in rows:
            raise SwapError(f"{self._owner}: there is no reference row {reference!r}; rows are {', '.join(rows)}.")
        return reference or rows[0]


def _dictionary(value: Any) -> str:
    """Write what was probably meant, where a target stands alone."""
    if not isinstance(value, str) or ":" not in value:
        return "{'sklearn': 'package.module:name'}"
    top = value.partition(".")[0]
    return f"{{{top if top in BACKENDS else 'python'!r}: {value!r}}}"

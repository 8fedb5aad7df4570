"""Suites: declarations of what is compared, on what, how, and how good is good enough."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Protocol

from harness.plan.backend import BACKENDS, Backend
from harness.plan.error import SwapError
from harness.plan.metric import METRICS, Metric
from harness.plan.name import checked
from harness.plan.target import check, split
from harness.plan.tolerance import Names, rules

PROFILES = ("quick", "standard", "paper")
SIZES = ("peak_memory", "parameters", "flops_per_example")


@dataclass(frozen=True)
class Profile:
    """How big a run is: how many folds and rounds a cell."""

    folds: int = 3
    rounds: int = 3


_SIZES = {"quick": Profile(3, 3), "standard": Profile(5, 5), "paper": Profile(10, 10)}


@dataclass(frozen=True)
class Model:
    """What is compared: one target of a factory for each backend, and the keyword arguments all of them are given.

    `spec` holds the hyper-parameters, `profiles` what a profile changes in them.
    """

    backends: Mapping[str, str]
    spec: Mapping[str, Any] = field(default_factory=dict)
    profiles: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def spec_for(self, profile: str) -> dict[str, Any]:
        return {**self.spec, **self.profiles.get(profile, {})}


@dataclass(frozen=True)
class Dataset:
    """Versioned data: the target of a loader that returns X, y or X, y, groups as arrays.

    `sha256` is the checksum its arrays must have (any, when None). With `reads_files` the loader is called with
    `data_dir`, the folder given by `--swap-data`; such a dataset takes part when that option is given.
    """

    loader: str
    version: str = "1"
    sha256: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    reads_files: bool = False


@dataclass(frozen=True)
class Phase:
    """What is timed: the model's method of that name, called with one part of the fold.

    `part` is the side of the split it is given (`all`: both), `labels` whether it gets the truth too, `after` the
    phase that must have run before, outside the clock. Each round makes `warmups` untimed calls and `repeats` timed
    ones, whose median is the round's time. The scores of a cell come from the fitted model's predictions on the test
    part, so `scored` phases are those after which a model can predict.
    """

    name: str
    part: Literal["train", "test", "all"] = "test"
    labels: bool = False
    after: str | None = None
    warmups: int = 0
    repeats: int = 1
    scored: bool = False


FIT = Phase("fit", part="train", labels=True, scored=True)
PREDICT = Phase("predict", after="fit", warmups=1, repeats=5, scored=True)
_PHASES = {"fit": FIT, "predict": PREDICT}


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
    that ratios are taken to. `split` is the target of a
    function `(X, y, groups, folds, seed) -> [(train, test)]`; without it folds are stratified, and grouped where the
    loader returns groups. A suite takes part from profile `since` on: what proves a claim and takes long need not keep
    whoever wants a quick answer. Raises SwapError for whatever cannot work.
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
        timeout_s: float = 600.0,
    ) -> None:
        self.name = checked("suite", name)
        self.backends = {**BACKENDS, **(backends or {})}
        self.models = {checked(f"suite {name}: model", key): self._model(key, model) for key, model in models.items()}
        self.datasets = self._datasets(dataset, datasets)
        self.phases = {phase.name: phase for phase in map(self._phase, phases)}
        self.metrics = {metric.name: metric for metric in map(self._metric, metrics)}
        self.profiles = self._profiles(profiles or {}, folds)
        self.rules = rules(tolerances or {}, self.names, f"suite {name}")
        self.reference = self._reference(reference)
        self.split = split
        self.since = self._known_profile(since)
        self.timeout_s = timeout_s
        if not self.models or not self.phases:
            raise SwapError(f"suite {name}: declare at least one model and one phase.")

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Every (model, backend) pair, in declared order."""
        return tuple((name, backend) for name, model in self.models.items() for backend in model.backends)

    @property
    def names(self) -> Names:
        """What tolerances of this suite may name."""
        times = (f"{phase}_time" for phase in self.phases)
        backends = dict.fromkeys(backend for _, backend in self.rows())
        return Names((*self.metrics, *times, *SIZES), tuple(self.models), tuple(backends))

    def targets(self) -> Iterable[tuple[str, str]]:
        """Every (target, owner) this suite names whose backend is there, for the check that its modules exist."""
        for name, model in self.models.items():
            for backend, target in model.backends.items():
                if self.backends[backend].missing is None:
                    yield target, f"suite {self.name}, model {name}, backend {backend}"
        for name, dataset in self.datasets.items():
            yield dataset.loader, f"suite {self.name}, dataset {name}"
        for name, metric in self.metrics.items():
            yield metric.function, f"suite {self.name}, metric {name}"
            if metric.each:
                yield metric.each, f"suite {self.name}, metric {name}"
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

    def _model(self, name: str, model: Model | Mapping[str, str]) -> Model:
        declared = model if isinstance(model, Model) else Model(dict(model))
        for backend, target in declared.backends.items():
            owner = f"suite {self.name}, model {name}"
            if backend not in self.backends:
                raise SwapError(
                    f"{owner}: there is no backend {backend!r}; known are {', '.join(sorted(self.backends))}; "
                    "declare another with Suite(backends={...})."
                )
            split(target, owner)
        for profile in declared.profiles:
            self._known_profile(profile)
        return declared

    def _datasets(
        self, dataset: str | Dataset | None, datasets: Mapping[str, str | Dataset] | None
    ) -> dict[str, Dataset]:
        if (dataset is None) == (datasets is None):
            raise SwapError(f"suite {self.name}: give either dataset= or datasets=.")
        named = datasets if dataset is None else {"data": dataset}
        declared = {}
        for name, value in (named or {}).items():
            declared[checked(f"suite {self.name}: dataset", name)] = Dataset(value) if isinstance(value, str) else value
            split(declared[name].loader, f"suite {self.name}, dataset {name}")
        if not declared:
            raise SwapError(f"suite {self.name}: declare at least one dataset.")
        return declared

    def _phase(self, phase: str | Phase) -> Phase:
        declared = phase if isinstance(phase, Phase) else _PHASES.get(phase, Phase(phase))
        if not declared.name.isidentifier():
            raise SwapError(f"suite {self.name}: phase {declared.name!r} is no name of a method.")
        return declared

    def _metric(self, metric: str | Metric) -> Metric:
        if isinstance(metric, Metric):
            return metric
        if metric not in METRICS:
            raise SwapError(
                f"suite {self.name}: there is no metric {metric!r}; known are {', '.join(METRICS)}; "
                "declare another with Metric(name, function)."
            )
        return METRICS[metric]

    def _profiles(self, profiles: Mapping[str, Profile], folds: int | None) -> dict[str, Profile]:
        for name in profiles:
            self._known_profile(name)
        sizes = {**_SIZES, **profiles}
        if folds is not None:
            sizes = {name: replace(profile, folds=folds) for name, profile in sizes.items()}
        for name, profile in sizes.items():
            if profile.folds < 1 or profile.rounds < 1:
                raise SwapError(f"suite {self.name}: profile {name} needs at least one fold and one round.")
        return sizes

    def _known_profile(self, profile: str) -> str:
        if profile not in PROFILES:
            raise SwapError(f"suite {self.name}: there is no profile {profile!r}; known are {', '.join(PROFILES)}.")
        return profile

    def _reference(self, reference: str | None) -> str:
        rows = [f"{model}-{backend}" for model, backend in self.rows()]
        if reference is not None and reference not in rows:
            raise SwapError(f"suite {self.name}: there is no reference row {reference!r}; rows are {', '.join(rows)}.")
        return reference or (rows[0] if rows else "")

"""A pair: one network on one backend and one set of data, native and compiled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from swapbench_models.neural.catalogue import MODELS, VARIANTS
from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.report.difference import Difference, Kind
from swapbench_models.neural.report.equivalence import LIMITS, Check
from swapbench_models.neural.report.run import COMPILED, NATIVE, Row, Run
from swapbench_models.neural.report.side import Side
from swapbench_models.neural.report.spread import Spread

# What must be the same of both sides where their times or their memory are compared.
_CONDITIONS = ("machine", "versions", "threads", "slot", "device", "batch_size", "epochs")

Both = tuple[Spread | None, Spread | None]  # native, compiled


@dataclass(frozen=True)
class Pair:
    """Both sides. Rounds are compared over the folds that both have.

    `agreements` are the instrument's 95 % intervals of the mean differences of scores, compiled less native.
    """

    native: Side
    compiled: Side
    agreements: Mapping[str, tuple[float, float]]
    several: bool  # sets of data are in the run, so that a name needs its own

    @property
    def model(self) -> str:
        return self.compiled.row.model

    @property
    def backend(self) -> str:
        return self.compiled.row.backend

    @property
    def dataset(self) -> str:
        return self.compiled.row.dataset

    @property
    def where(self) -> str:
        return f"{self.backend} with {self.dataset}" if self.several else self.backend

    @property
    def name(self) -> str:
        return f"{self.model} on {self.where}"

    def times(self, phase: str) -> Both:
        folds = self._folds(phase)
        return self.native.time(phase, folds), self.compiled.time(phase, folds)

    def memories(self, phase: str) -> Both:
        """Return by how much memory grew at its peak in a phase."""
        folds = self._folds(phase)
        return self.native.memory(phase, folds), self.compiled.memory(phase, folds)

    def processes(self, phase: str) -> Both:
        """Return the peaks of the whole process in a phase."""
        folds = self._folds(phase)
        return self.native.process(phase, folds), self.compiled.process(phase, folds)

    def time(self, phase: str) -> Difference | None:
        """Return the difference in the time of a phase; None where a side has none."""
        return self._difference("time", phase, self.times(phase))

    def memory(self, phase: str) -> Difference | None:
        return self._difference("memory", phase, self.memories(phase))

    def process(self, phase: str) -> Difference | None:
        return self._difference("memory", phase, self.processes(phase))

    @property
    def overhead(self) -> float | None:
        """The seconds that parsing and generating take together, for which a native network has no counterpart."""
        parse, generate = (self.compiled.time(phase) for phase in ("parse", "generate"))
        return None if parse is None or generate is None else parse.median + generate.median

    @property
    def identical(self) -> bool | None:
        """Whether both sides predict the same, bit for bit, on every fold that both have; None where there is none."""
        native, compiled = self.native.scored, self.compiled.scored
        digests = [(native[fold].predictions, compiled[fold].predictions) for fold in native if fold in compiled]
        known = [one == other for one, other in digests if one is not None and other is not None]
        return all(known) if known else None

    def differences(self, metric: str) -> tuple[float, ...]:
        """Return by how much the compiled side scores more, for each fold and seed that both sides have."""
        native, compiled = self.native.scores(metric), self.compiled.scores(metric)
        return tuple(compiled[place] - native[place] for place in sorted(compiled) if place in native)

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(Check(metric, self.differences(metric), self.agreements.get(metric)) for metric in LIMITS)

    @property
    def equivalent(self) -> bool | None:
        """Whether all checks passed; None where not all were made and none failed."""
        statuses = {check.status for check in self.checks}
        if "NOT EQUIVALENT" in statuses:
            return False
        return None if "not checked" in statuses else True

    def _folds(self, phase: str) -> set[int]:
        native, compiled = ({*side.records.get(phase, {})} for side in (self.native, self.compiled))
        return native & compiled or native | compiled

    def _difference(self, kind: Kind, phase: str, both: Both) -> Difference | None:
        native, compiled = both
        return None if native is None or compiled is None else Difference(kind, native, compiled, self._apart(phase))

    def _apart(self, phase: str) -> str:
        """Name the first condition in which the two sides differ."""
        folds = self._folds(phase)
        one, *others = [*self.native.of_folds(phase, folds), *self.compiled.of_folds(phase, folds)]
        for name in _CONDITIONS:
            if any(_differ(one.environment.get(name), other.environment.get(name)) for other in others):
                return name.replace("_", " ")
        return ""


def _differ(one: Any, other: Any) -> bool:
    """Tell whether two conditions differ; of what is named, such as versions, only what both have can."""
    if isinstance(one, dict) and isinstance(other, dict):
        return any(one[name] != other[name] for name in one.keys() & other.keys())
    return bool(one != other)


def pairs(run: Run, models: Sequence[str] = (), backends: Sequence[str] = ()) -> list[Pair]:
    """Return every pair of some models and backends (none given: those that the run has), in the catalogue's order.

    Raises NeuralError where nothing was measured of any of them.
    """
    rows = {cell.row for cell in run.planned}
    models, backends = models or [row.model for row in rows], backends or [row.backend for row in rows]
    datasets = sorted({row.dataset for row in rows})
    found = [
        _pair(run, model, backend, dataset, several=len(datasets) > 1)
        for dataset in datasets
        for model, ways in VARIANTS.items()
        for backend in ways[COMPILED]
        if model in models and backend in backends
    ]
    if not any(side.measured for pair in found for side in (pair.native, pair.compiled)):
        raise NeuralError(f"No benchmark results available: {_why(found, run)}.")
    return found


def _pair(run: Run, model: str, backend: str, dataset: str, *, several: bool) -> Pair:
    absent = "" if backend in MODELS[model] else f"nobody has written {model} by hand for {backend}"
    native = Side.of(run, Row(model, backend, NATIVE, dataset), absent)
    row = Row(model, backend, COMPILED, dataset)
    agreements = {metric: found for (own, metric), found in run.agreements.items() if own == row}
    return Pair(native, Side.of(run, row), agreements, several)


def _why(found: Sequence[Pair], run: Run) -> str:
    """Say why there is nothing: the first reason, of the cells that there were to be."""
    lacking = [gap for pair in found for side in (pair.compiled, pair.native) for gap in side.gaps]
    worst = next((gap for gap in lacking if gap.bad), None) or next(iter(lacking), None)
    where = f"run {run.name} of profile {run.profile}"
    return f"{where} has no such cells" if worst is None else f"{where} has none that ended well ({worst.sentence()})"

"""Jobs: cells made ready to run, with every choice settled."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.code import code_of, fingerprints
from swapbench.plan.metric import METRICS
from swapbench.plan.suite import Phase, Suite
from swapbench.run.backends import BACKENDS, declared
from swapbench.run.cache import digest, read_description
from swapbench.run.data import data_key
from swapbench.run.environment import accelerators, set_by_session, versions
from swapbench.run.lease import Slot
from swapbench.run.request import Request


@dataclass(frozen=True)
class Settings:
    """What holds for every cell of a run; times in seconds, memory in bytes, None for what a suite decides."""

    store: Path
    slot: Slot
    threads: int = 1
    workers: int = 1
    seed: int = 0
    folds: int | None = None
    rounds: int | None = None
    least_rounds: int = 1
    timeout_s: float | None = None
    memory_limit: int | None = None
    data_dir: str | None = None

    @property
    def cache(self) -> Path:
        return self.store / "cache"

    def as_dict(self) -> dict[str, Any]:
        return {**asdict(self), "store": str(self.store)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Settings":
        """Read what as_dict gave, from JSON too."""
        slot = Slot(values["slot"]["mode"], tuple(values["slot"]["cpus"]))
        return cls(**{**values, "store": Path(values["store"]), "slot": slot})


@dataclass(frozen=True)
class Job:
    """One cell, its backend and the request of each round; `key` digests all that determines its result, `data` is
    the checksum of its dataset, `versions` are those that its record names.

    `computed` are the own modules that import what nothing but running them can tell, so that another checkout may
    differ in more than the key shows. `preload` are the modules of the suite's models, which the backend's fork server
    imports once for all children.
    """

    cell: Cell
    backend: Backend
    request: Request
    rounds: int
    timeout_s: float
    key: str
    data: str
    versions: dict[str, str]
    computed: tuple[str, ...]
    preload: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Job":
        """Read what as_dict gave, from JSON too."""
        return cls(
            **{
                **values,
                "cell": Cell.from_dict(values["cell"]),
                "backend": Backend.from_dict(values["backend"]),
                "request": Request.from_dict(values["request"]),
                "computed": tuple(values["computed"]),
                "preload": tuple(values["preload"]),
            }
        )

    def elsewhere(self, folder: str, paths: Sequence[str]) -> "Job":
        """Return this job for a server that is shared with jobs of another checkout: it must not have imported the
        code of either, so each child finds its own."""
        libraries = tuple(module for module in self.backend.preload if not code_of(module).modules)
        return replace(
            self,
            backend=replace(self.backend, preload=libraries),
            request=replace(self.request, folder=folder, paths=tuple(paths)),
            preload=(),
        )


def job(suite: Suite, phase: Phase, cell: Cell, settings: Settings) -> Job:
    """Settle one cell. Its dataset must be in the cache already: the data's checksum is part of the key."""
    model, profile = suite.models[cell.model], suite.profiles[cell.profile]
    backend = backend_of(suite, cell.backend)
    factory = suite.factory_of(cell.row)
    data = data_key(cell.dataset, suite.datasets[cell.dataset], settings.data_dir)
    rounds = settings.rounds or max(profile.rounds, settings.least_rounds)
    before = suite.before(phase)
    library = (backend.module, *backend.preload, *filter(None, [backend.adapter]))
    code = code_of(factory, *library)
    fit = {
        "factory": factory,
        "spec": model.spec_for(cell.profile),
        "code": code.digest,
        "backend": asdict(backend),
        "distributions": fingerprints(backend.distributions),
        "accelerators": accelerators(),
        "data": read_description(settings.cache / data)["sha256"],
        "split": [suite.split, suite.split and code_of(suite.split).digest],
        "folds": settings.folds or profile.folds,
        "fold": cell.fold,
        "seed": settings.seed,
        "threads": settings.threads,
        "phases": _training([*before, phase]),
    }
    metrics = tuple(asdict(metric) for metric in suite.metrics.values())
    scoring = [metric[part] for metric in metrics for part in ("function", "each") if metric[part]]
    measured = {
        "cell": cell.as_dict(),
        "phases": [each.as_dict() for each in (*before, phase)],
        "metrics": [metrics, code_of(*scoring).digest],
        "rounds": rounds,
        "memory_limit": settings.memory_limit,
    }
    request = Request(
        action="round",
        cell=str(cell),
        adapter=backend.adapter,
        threads=settings.threads,
        seed=settings.seed,
        cpus=settings.slot.cpus,
        cache=str(settings.cache.resolve()),
        data=data,
        factory=factory,
        spec=fit["spec"],
        split=suite.split,
        folds=fit["folds"],
        fold=cell.fold,
        phase=phase.as_dict(),
        before=tuple(each.as_dict() for each in before),
        metrics=metrics,
        fitted=f"fitted-{digest(fit)[:32]}",
        memory_limit=settings.memory_limit,
    )
    key = digest({"fit": fit, "measured": measured, "slot": settings.slot.mode})
    return Job(
        cell,
        backend,
        request,
        rounds,
        settings.timeout_s or model.timeout_s or phase.timeout_s or suite.timeout_s,
        key,
        fit["data"],
        versions(tuple(dict.fromkeys(["swapbench", *backend.distributions, *code.distributions]))),
        code_of(factory, *library, *scoring, *([suite.split] if suite.split else ())).computed,
        preloaded(suite, cell.backend),
    )


def backend_of(suite: Suite, name: str) -> Backend:
    """Return a backend of a suite as it is run: with the variables that the session has set, and what splits and scores
    stand on imported before any child, where the suite needs it."""
    backend = declared(suite, name)
    preload = tuple(dict.fromkeys((*backend.preload, *_evaluating(suite))))
    return replace(backend, preload=preload, environment=(*set_by_session(), *backend.environment))


def _evaluating(suite: Suite) -> Iterator[str]:
    """Yield the modules of scikit-learn that scores and splits stand on; they take a second to import, which a duel
    would spend for each of its servers."""
    functions = [metric.function for metric in suite.metrics.values()]
    given = any(metric in METRICS.values() for metric in suite.metrics.values())
    if given or any(f.startswith("sklearn.") for f in functions) or "scikit-learn" in code_of(*functions).distributions:
        yield "sklearn.metrics"
    if suite.split is None and any(profile.folds > 1 for profile in suite.profiles.values()):
        yield "sklearn.model_selection"


def _training(phases: Sequence[Phase]) -> list[dict[str, Any]]:
    """Return the declarations of the phases that a fitted model has gone through; none where there is no fit."""
    names = [phase.name for phase in phases]
    return [phase.as_dict() for phase in phases[: names.index("fit") + 1]] if "fit" in names else []


def preloaded(suite: Suite, backend: str) -> tuple[str, ...]:
    """Return the modules of a suite's models under a backend."""
    factories = (suite.factory_of(row) for row in suite.rows() if row.backend == backend)
    return tuple(sorted({factory.partition(":")[0] for factory in factories}))


def preparation(name: str, suite: Suite, settings: Settings) -> Request:
    """Return the request that brings a dataset of a suite into the cache."""
    dataset = suite.datasets[name]
    wanted: dict[str, Any] = {**asdict(dataset), "name": name, "data_dir": settings.data_dir}
    return Request(
        action="prepare",
        cell=f"{suite.name}: preparing {name}",
        adapter=BACKENDS["python"].adapter,
        threads=settings.threads,
        seed=settings.seed,
        cpus=settings.slot.cpus,
        cache=str(settings.cache.resolve()),
        data=data_key(name, dataset, settings.data_dir),
        dataset=wanted,
    )

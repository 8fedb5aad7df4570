"""Settling: from a cell of a suite to the job that measures it, with the key of all that determines its result."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell, Row
from swapbench.plan.code import code_of, fingerprints
from swapbench.plan.metric import METRICS
from swapbench.plan.suite import FIT, Phase, Suite
from swapbench.run.artefact import Artefact
from swapbench.run.backends import BACKENDS, declared
from swapbench.run.cache import digest, read_description
from swapbench.run.data import data_key
from swapbench.run.environment import accelerators, set_by_session, versions
from swapbench.run.job import Job
from swapbench.run.request import Request
from swapbench.run.settings import Settings

_PREPARATION_TIMEOUT_S = 3600.0


def job(suite: Suite, phase: Phase, cell: Cell, settings: Settings, source: dict[str, Any] | None = None) -> Job:
    """Settle one cell. Its dataset must be in the cache already: the data's checksum is part of the key."""
    profile = suite.profiles[cell.profile]
    before = suite.before(phase)
    needs = _Needs(suite, settings)
    fit, made = _settled(suite, cell, (*before, phase), settings, needs.of(cell))
    metrics = tuple(asdict(metric) for metric in suite.metrics.values())
    scoring = [metric[part] for metric in metrics for part in ("function", "each") if metric[part]]
    rounds = settings.rounds or max(profile.rounds, settings.least_rounds)
    measured = {
        "cell": cell.as_dict(),
        "phases": [each.as_dict() for each in (*before, phase)],
        "metrics": [metrics, code_of(*scoring).digest],
        "rounds": rounds,
        "memory_limit": settings.memory_limit,
    }
    request = replace(
        made,
        timeout_s=_timeout(suite, cell, phase, settings),
        phase=phase.as_dict(),
        before=tuple(each.as_dict() for each in before),
        metrics=metrics,
        memory_limit=settings.memory_limit,
    )
    backend, factory = request.backend, request.factory
    library = _library(backend)
    split = [suite.split] if suite.split else []
    own = code_of(factory, *library)
    follows = any(each.name == "fit" for each in before)
    return Job(
        cell,
        request,
        rounds,
        digest({"fit": fit, "measured": measured, "slot": settings.slot.mode}),
        fit["data"],
        versions(tuple(dict.fromkeys(["swapbench", *backend.distributions, *own.distributions]))),
        code_of(factory, *library, *scoring, *split).computed,
        preparation(cell.dataset, suite, settings, backend, request.preload),
        Artefact(str(cell), replace(request, action="fit", memory_limit=None)) if follows else None,
        tuple(needs.made.values()),
        source or {},
    )


@dataclass
class _Needs:
    """The artefacts that some cell's model stands on: `made` has each once, after all that it stands on itself."""

    suite: Suite
    settings: Settings
    made: dict[Row, Artefact] = field(default_factory=dict)

    def of(self, cell: Cell) -> dict[str, str]:
        """Return the keys of what a cell's model needs, by the names under which its factory takes them."""
        found = {}
        for name, row in self.suite.needs_of(cell.row).items():
            if row not in self.made:
                need = Cell.of(cell.suite, row, cell.dataset, cell.fold, FIT.name, cell.profile)
                self.made[row] = self._artefact(need)
            found[name] = self.made[row].key
        return found

    def _artefact(self, cell: Cell) -> Artefact:
        """Return the fitted model of a cell's row, dataset and fold; its dataset must be in the cache already."""
        fit = self.suite.phases.get("fit") or FIT
        phases = (*self.suite.before(fit), fit)
        _, made = _settled(self.suite, cell, phases, self.settings, self.of(cell))
        request = replace(
            made,
            action="fit",
            timeout_s=_timeout(self.suite, cell, fit, self.settings),
            before=tuple(each.as_dict() for each in phases),
        )
        return Artefact(f"{cell.row.name} on {cell.dataset}, fold {cell.fold}", request)


def _settled(
    suite: Suite, cell: Cell, phases: Sequence[Phase], settings: Settings, needs: dict[str, str]
) -> tuple[dict[str, Any], Request]:
    """Return all that a cell's fitted model stands on, and the request of a round as far as it says that."""
    backend = backend_of(suite, cell.backend)
    data = data_key(cell.dataset, suite.datasets[cell.dataset], settings.data_dir)
    factory = suite.factory_of(cell.row)
    own_seed = settings.seed + cell.fold if suite.seeds == "fold" else None
    fit = {
        "factory": factory,
        "spec": suite.models[cell.model].spec_for(cell.profile),
        "needs": needs,
        "code": code_of(factory, *_library(backend)).digest,
        "backend": asdict(backend),
        "distributions": fingerprints(backend.distributions),
        "accelerators": accelerators(backend.adapter),
        "data": read_description(settings.cache / data)["sha256"],
        "split": [suite.split, suite.split and code_of(suite.split).digest],
        "folds": settings.folds or suite.profiles[cell.profile].folds,
        "fold": cell.fold,
        "seed": settings.seed,
        "model_seed": own_seed,
        "threads": settings.threads,
        "phases": _training(phases),
    }
    request = Request(
        action="round",
        cell=str(cell),
        backend=backend,
        threads=settings.threads,
        seed=settings.seed,
        model_seed=own_seed,
        cpus=settings.slot.cpus,
        cache=str(settings.cache.resolve()),
        data=data,
        preload=preloaded(suite, cell.backend),
        factory=factory,
        spec=fit["spec"],
        needs=needs,
        split=suite.split,
        folds=fit["folds"],
        fold=cell.fold,
        fitted=f"fitted-{digest(fit)[:32]}",
    )
    return fit, request


def _timeout(suite: Suite, cell: Cell, phase: Phase, settings: Settings) -> float:
    return settings.timeout_s or suite.models[cell.model].timeout_s or phase.timeout_s or suite.timeout_s


def _library(backend: Backend) -> tuple[str, ...]:
    """Return the modules that a backend itself stands on."""
    return (backend.module, *backend.preload, *filter(None, [backend.adapter]))


def backend_of(suite: Suite, name: str) -> Backend:
    """Return a backend of a suite as it is run: with the variables that the session has set, and what splits and scores
    stand on imported before any child, where the suite needs it."""
    backend = declared(suite, name)
    preload = tuple(dict.fromkeys((*backend.preload, *_evaluating(suite))))
    return replace(backend, preload=preload, environment=(*set_by_session(), *backend.environment))


def _evaluating(suite: Suite) -> Iterator[str]:
    """Yield the modules of scikit-learn that scores and splits stand on; they take a second to import, which measuring
    in turn would spend for each of its servers."""
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
    """Return the modules of a suite's models under a backend, which its fork server imports once for all children."""
    return suite.modules.get(backend, ())


def preparation(
    name: str,
    suite: Suite,
    settings: Settings,
    backend: Backend = BACKENDS["python"],
    preload: tuple[str, ...] = (),
) -> Request:
    """Return the request that brings a dataset of a suite into the cache, in a child of some server."""
    dataset = suite.datasets[name]
    wanted: dict[str, Any] = {**asdict(dataset), "name": name, "data_dir": settings.data_dir}
    return Request(
        action="prepare",
        cell=f"{suite.name}: preparing {name}",
        backend=backend,
        threads=settings.threads,
        seed=settings.seed,
        cpus=settings.slot.cpus,
        cache=str(settings.cache.resolve()),
        data=data_key(name, dataset, settings.data_dir),
        timeout_s=_PREPARATION_TIMEOUT_S,
        preload=preload,
        dataset=wanted,
    )

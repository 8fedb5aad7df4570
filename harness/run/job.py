"""Jobs: cells made ready to run, with every choice settled."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from harness.plan.backend import Backend
from harness.plan.cell import Cell
from harness.plan.suite import Phase, Suite
from harness.plan.target import code_digest
from harness.run.cache import digest, read_description
from harness.run.data import data_key
from harness.run.environment import versions
from harness.run.lease import Slot
from harness.run.request import Request


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
    timeout_s: float | None = None
    memory_limit: int | None = None
    data_dir: str | None = None

    @property
    def cache(self) -> Path:
        return self.store / "cache"


@dataclass(frozen=True)
class Job:
    """One cell, its backend and the request of each round; `key` digests all that determines its result.

    `preload` are the modules of the suite's models, which the backend's fork server imports once for all children.
    """

    cell: Cell
    backend: Backend
    request: Request
    rounds: int
    timeout_s: float
    key: str
    preload: tuple[str, ...]


def job(suite: Suite, phase: Phase, cell: Cell, settings: Settings) -> Job:
    """Settle one cell. Its dataset must be in the cache already: the data's checksum is part of the key."""
    model, profile = suite.models[cell.model], suite.profiles[cell.profile]
    backend = suite.backends[cell.backend]
    factory = model.backends[cell.backend]
    data = data_key(cell.dataset, suite.datasets[cell.dataset], settings.data_dir)
    rounds = settings.rounds or profile.rounds
    fit = {
        "factory": factory,
        "spec": model.spec_for(cell.profile),
        "code": code_digest(factory),
        "data": read_description(settings.cache / data)["sha256"],
        "split": [suite.split, suite.split and code_digest(suite.split)],
        "folds": settings.folds or profile.folds,
        "fold": cell.fold,
        "seed": settings.seed,
        "threads": settings.threads,
        "versions": versions(("swapbench", *backend.distributions)),
    }
    metrics = tuple(asdict(metric) for metric in suite.metrics.values())
    scored_by = [[metric, code_digest(metric["function"])] for metric in metrics]
    measured = {"cell": cell.as_dict(), "phase": asdict(phase), "metrics": scored_by, "rounds": rounds}
    request = Request(
        action="round",
        cell=str(cell),
        backend=cell.backend,
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
        phase=asdict(phase),
        metrics=metrics,
        fitted=f"fitted-{digest(fit)[:32]}",
        memory_limit=settings.memory_limit,
    )
    key = digest({"fit": fit, "measured": measured, "slot": settings.slot.mode})
    factories = (other.backends.get(cell.backend, "") for other in suite.models.values())
    preload = tuple(sorted({factory.partition(":")[0] for factory in factories} - {""}))
    return Job(cell, backend, request, rounds, settings.timeout_s or suite.timeout_s, key, preload)


def preparation(name: str, suite: Suite, settings: Settings) -> Request:
    """Return the request that brings a dataset of a suite into the cache."""
    dataset = suite.datasets[name]
    wanted: dict[str, Any] = {**asdict(dataset), "name": name, "data_dir": settings.data_dir}
    return Request(
        action="prepare",
        cell=f"{suite.name}: preparing {name}",
        backend="python",
        threads=settings.threads,
        seed=settings.seed,
        cpus=settings.slot.cpus,
        cache=str(settings.cache.resolve()),
        data=data_key(name, dataset, settings.data_dir),
        dataset=wanted,
    )

"""Ahead of measuring: what would fail every cell in the same way is found in a child, and told once."""

from collections.abc import Sequence
from typing import Any

from harness.plan.cell import Cell
from harness.plan.error import SwapError
from harness.plan.suite import Suite
from harness.run.data import data_key
from harness.run.job import Settings, preloaded
from harness.run.local import LocalEngine
from harness.run.request import Request
from harness.run.task import Task

_TIMEOUT_S = 600.0


def check_targets(engine: LocalEngine, suite: Suite, cells: Sequence[Cell], settings: Settings) -> None:
    """Raise SwapError when a target that some cells of a suite need cannot be used.

    One child a backend, of the server that will start its rounds; the first looks at the targets that are not models
    too. A target whose import ends the child is left to the cells, which then each say how they ended.
    """
    others = [*suite.shared_targets(), *map(suite.loader_of, dict.fromkeys(cell.dataset for cell in cells))]
    by_backend: dict[str, list[tuple[str, str]]] = {}
    for model, backend in dict.fromkeys((cell.model, cell.backend) for cell in cells):
        by_backend.setdefault(backend, []).append(suite.target_of(model, backend))
    for backend, models in by_backend.items():
        refusal = _ask(engine, suite, backend, settings, action="resolve", targets=(*others, *models))
        others = []
        if refusal is not None:
            raise SwapError(f"{refusal}.")


def check_folds(engine: LocalEngine, suite: Suite, cells: Sequence[Cell], folds: int, settings: Settings) -> None:
    """Raise SwapError when the data of some cells of a suite, in the cache already, cannot be split into so many
    folds."""
    for name in dict.fromkeys(cell.dataset for cell in cells):
        data = data_key(name, suite.datasets[name], settings.data_dir)
        wanted = {"data": data, "split": suite.split, "folds": folds, "fold": folds - 1}
        refusal = _ask(engine, suite, cells[0].backend, settings, action="split", **wanted)
        if refusal is not None:
            raise SwapError(f"suite {suite.name}, dataset {name}: {refusal}.")


def _ask(engine: LocalEngine, suite: Suite, backend: str, settings: Settings, **wanted: Any) -> str | None:
    request = Request(
        **{
            "cell": f"suite {suite.name}: ahead of measuring",
            "backend": suite.backends[backend].module,
            "threads": settings.threads,
            "seed": settings.seed,
            "cpus": settings.slot.cpus,
            "cache": str(settings.cache.resolve()),
            "data": "",
            **wanted,
        }
    )
    task = Task(request, suite.backends[backend], _TIMEOUT_S, preloaded(suite, backend))
    (outcome,) = engine.run(task)
    return outcome.reason if outcome.refused else None

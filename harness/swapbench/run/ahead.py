"""Ahead of measuring: what would fail every cell in the same way is found in a child, and told once.

The children come from the servers that will start the first rounds, so that none is started for this alone.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from swapbench.base.error import SwapError
from swapbench.plan.backend import Backend
from swapbench.plan.cell import Cell
from swapbench.plan.suite import Suite
from swapbench.run.data import data_key
from swapbench.run.provisions import Provisions
from swapbench.run.request import Request
from swapbench.run.settings import Settings
from swapbench.run.settling import backend_of, preloaded, preparation

Wanted = Sequence[tuple[Suite, Sequence[Cell]]]
_TIMEOUT_S = 600.0


def check_targets(provisions: Provisions, wanted: Wanted, settings: Settings) -> None:
    """Raise SwapError when a target that some cells of suites need cannot be used; one child a backend.

    A target whose import ends the child is left to the cells, which then each say how they ended.
    """
    asked: dict[Backend, list[tuple[str, str]]] = {}
    for suite, cells in wanted:
        others = [*suite.shared_targets(), *map(suite.loader_of, dict.fromkeys(cell.dataset for cell in cells))]
        for row in dict.fromkeys(cell.row for cell in cells):
            asked.setdefault(backend_of(suite, row.backend), []).extend([*others, suite.target_of(row)])
            others = []
    servers = _servers(wanted)
    for each, targets in asked.items():
        refusal = _ask(provisions, each, servers[each], settings, action="resolve", targets=tuple(targets))
        if refusal is not None:
            raise SwapError(f"{refusal}.")


def prepare(provisions: Provisions, wanted: Wanted, settings: Settings) -> None:
    """Bring the data of some cells of suites into the cache; raises SwapError when it cannot be used."""
    servers = _servers(wanted)
    for suite, cells in wanted:
        first = {cell.dataset: backend_of(suite, cell.backend) for cell in reversed(cells)}
        for name in dict.fromkeys(cell.dataset for cell in cells):
            prepare_data(provisions, suite, name, preparation(name, suite, settings, first[name], servers[first[name]]))


def prepare_data(provisions: Provisions, suite: Suite, dataset: str, request: Request) -> None:
    """Bring a dataset into the cache unless it is there, whole; raises SwapError when it cannot be used."""
    outcome = provisions.data(request)
    if outcome is not None:
        ended = f"dataset {dataset}: preparing it {outcome.status}: {outcome.reason}"
        raise SwapError(f"suite {suite.name}, {outcome.reason if outcome.refused else ended}")


def check_folds(provisions: Provisions, wanted: Wanted, settings: Settings) -> None:
    """Raise SwapError when the data of some cells of suites, in the cache already, cannot be split as they need it."""
    servers = _servers(wanted)
    for suite, cells in wanted:
        for name in dict.fromkeys(cell.dataset for cell in cells):
            backend = backend_of(suite, cells[0].backend)
            folds = settings.folds or suite.profiles[cells[0].profile].folds
            data = data_key(name, suite.datasets[name], settings.data_dir)
            values = {"data": data, "split": suite.split, "folds": folds}
            refusal = _ask(provisions, backend, servers[backend], settings, action="split", **values)
            if refusal is not None:
                raise SwapError(f"suite {suite.name}, dataset {name}: {refusal}.")


def _servers(wanted: Wanted) -> dict[Backend, tuple[str, ...]]:
    """Return what the first server of each backend will have imported: the models of the first suite that needs it."""
    found: dict[Backend, tuple[str, ...]] = {}
    for suite, cells in wanted:
        for backend in dict.fromkeys(cell.backend for cell in cells):
            found.setdefault(backend_of(suite, backend), preloaded(suite, backend))
    return found


def _ask(
    provisions: Provisions, backend: Backend, preload: Iterable[str], settings: Settings, **wanted: Any
) -> str | None:
    """Return why a child refuses what it is asked, or None."""
    request = Request(
        **{
            "cell": "ahead of measuring",
            "backend": backend,
            "threads": settings.threads,
            "seed": settings.seed,
            "cpus": settings.slot.cpus,
            "cache": str(settings.cache.resolve()),
            "data": "",
            "timeout_s": _TIMEOUT_S,
            "preload": tuple(preload),
            **wanted,
        }
    )
    (outcome,) = provisions.supervisor.run(request)
    return outcome.reason if outcome.refused else None

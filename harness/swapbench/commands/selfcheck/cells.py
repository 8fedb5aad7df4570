"""Cells of the suite `instrument`, measured without pytest."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.suite import RUN, instrument
from swapbench.plan.cell import Cell
from swapbench.record.record import Record
from swapbench.run.ahead import prepare_data
from swapbench.run.backends import declared
from swapbench.run.lease import place
from swapbench.run.local import LocalEngine
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation

_DATASET = "nothing"


@dataclass
class Cells:
    """Measures cells of the instrument's own suite with one thread; `samples` gives the rounds of one."""

    store: Path
    _settings: Settings = field(init=False)
    _engine: LocalEngine = field(init=False)

    def __post_init__(self) -> None:
        self._suite = instrument()
        self._settings = Settings(self.store, place(None, 1, 0, 1))
        self._engine = LocalEngine(self._settings)
        prepared = preparation(_DATASET, self._suite, self._settings)
        prepare_data(self._engine.provisions, self._suite, _DATASET, prepared)

    def __enter__(self) -> "Cells":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def missing(self, backend: str) -> str | None:
        return declared(self._suite, backend).missing

    def samples(self, model: str, backend: str, rounds: int) -> list[dict[str, Any]]:
        """Return the samples of `rounds` rounds, after one that is left out: it starts the fork server."""
        cell = Cell("instrument", model, backend, _DATASET, 0, RUN.name, "quick")
        wanted = replace(job(self._suite, RUN, cell, self._settings), rounds=rounds + 1)
        (values,) = self._engine.result(wanted)
        record = Record.measured(values)
        if record.status != "ok":
            raise SwapError(f"{record.sentence()}.")
        return list(record.samples[1:])

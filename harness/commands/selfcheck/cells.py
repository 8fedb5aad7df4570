"""Cells of the suite `instrument`, measured without pytest."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.commands.selfcheck.suite import RUN, instrument
from harness.plan.cell import Cell
from harness.run.job import Settings, job
from harness.run.lease import place
from harness.run.local import LocalEngine
from harness.run.rounds import Rounds, prepare_data

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
        self._engine = LocalEngine(self._settings.slot, 1, 0)
        prepare_data(self._engine, self._suite, _DATASET, self._settings)

    def __enter__(self) -> "Cells":
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def missing(self, backend: str) -> str | None:
        return self._suite.backends[backend].missing

    def samples(self, model: str, backend: str, rounds: int) -> list[dict[str, Any]]:
        """Return the samples of `rounds` rounds, after one that is left out: it starts the fork server."""
        cell = Cell("instrument", model, backend, _DATASET, 0, RUN.name, "quick")
        measured = Rounds(self._engine, job(self._suite, RUN, cell, self._settings), self._settings)
        for _ in range(rounds + 1):
            measured.measure()
        return measured.samples[1:]

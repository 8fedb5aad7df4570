"""Runs: what the instrument has measured of this family's suite, as far as it is told here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

SUITE = "neural"
NATIVE, COMPILED = "", "compiled"  # the variants of a network
STAGES = ("parse", "generate", "build")
PHASES = (*STAGES, "fit", "predict")


class Row(NamedTuple):
    """What is measured: a network on a backend, in one way, on some data."""

    model: str
    backend: str
    variant: str
    dataset: str


class Cell(NamedTuple):
    """One measurement: a phase of a row on one fold."""

    row: Row
    phase: str
    fold: int


@dataclass(frozen=True)
class Sample:
    """One round: its time in seconds, the growth of memory at its peak and the peak of the whole process in bytes,
    whether other load took part, and the fork server that its process came from, where that is known."""

    wall_s: float
    peak_bytes: int | None
    process_bytes: int | None
    contaminated: bool
    server: str | None


@dataclass(frozen=True)
class Record:
    """How a cell ended. `scores` are by seed, then by metric; `predictions` is their digest; `environment` holds the
    plain values of the conditions that it was measured in."""

    cell: Cell
    status: str
    reason: str
    samples: tuple[Sample, ...]
    scores: Mapping[int, Mapping[str, float]]
    predictions: str | None
    parameters: int | None
    environment: Mapping[str, Any]

    @property
    def loaded(self) -> bool:
        """Whether other load took part in half of the rounds or more, so that the times are the most that they can
        be."""
        return 2 * sum(sample.contaminated for sample in self.samples) >= len(self.samples) > 0

    @property
    def timed(self) -> bool:
        """Whether it was measured in a slot of its own, without which times are none."""
        return bool(self.samples) and self.environment.get("slot") != "none"


@dataclass(frozen=True)
class Estimate:
    """The mean of a score over folds as the instrument gives it, with its 95 % interval where there is one."""

    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True)
class Run:
    """The cells of one profile that were planned, and the records of those that ended.

    `estimates` are by row and metric; `agreements` are the 95 % intervals of the compiled score less the native one, by
    the compiled row and the metric, where the instrument gives one.
    """

    name: str
    started: datetime
    profile: str
    commit: str
    planned: frozenset[Cell]
    records: Mapping[Cell, Record]
    estimates: Mapping[tuple[Row, str], Estimate]
    agreements: Mapping[tuple[Row, str], tuple[float, float]]

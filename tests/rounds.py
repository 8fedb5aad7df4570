"""Rounds measured in this process, of models that a test writes: what a child does, without a session of pytest."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from swapbench.plan.cell import Cell
from swapbench.plan.suite import Dataset, Model, Phase, Suite
from swapbench.run import measurement
from swapbench.run.ahead import prepare_data
from swapbench.run.job import Job
from swapbench.run.lease import Mode, Slot, place
from swapbench.run.measurement import Measurement
from swapbench.run.provisions import Provisions
from swapbench.run.settings import Settings
from swapbench.run.settling import job, preparation
from swapbench.run.supervisor import Supervisor

HEAD = """
import json, os, time
import numpy as np

def tell(log, **told):
    with open(log, "a") as file:
        print(json.dumps({"pid": os.getpid(), **told}), file=file)

def load(count=60, classes=2):
    return np.random.default_rng(0).normal(size=(count, 3)), np.arange(count) % classes

class Model:
    def __init__(self, log="", **spec):
        self.log = log
        self.__dict__.update(spec)

    def fit(self, X, y):
        pass

    def predict(self, X):
        return np.zeros(len(X), int)
"""


class RoundError(Exception):
    """A round that did not end well."""


class Rounds(Measurement):
    """The rounds of one job, measured when they are asked for."""

    def __init__(self, job: Job, slot: Slot) -> None:
        super().__init__(job)
        self.provisions = Provisions(Supervisor(slot, 1, 0))

    def measure(self) -> float:
        """Measure one more round and return its time in seconds; raises RoundError with the reason when it fails."""
        (end,) = measure([self])
        if end["status"] != "ok":
            raise RoundError(end["reason"])
        return float(self.samples[-1]["wall_s"])


def measure(sides: Sequence[Rounds]) -> list[dict[str, Any]]:
    """Measure one more round of each side, and return how each ended."""
    for side in sides:
        side.job = replace(side.job, rounds=len(side.samples) + 1)
    measurement.measure(sides[0].provisions, sides)
    return [side.end for side in sides]


FINE = {"status": "ok"}


class Bench:
    """A folder with a module `mine` that begins with HEAD, a log that its models write to, and fork servers."""

    def __init__(self, folder: Path, source: str, mode: Mode = "exclusive") -> None:
        self.folder = folder
        (folder / "mine.py").write_text(HEAD + source)
        self.settings = Settings(folder / "store", place(mode, 1, 0, 1))
        self.provisions = Provisions(Supervisor(self.settings.slot, 1, 0))

    def sides(
        self, phase: str, *models: str, backend: str = "sklearn", data: Mapping[str, Any] | None = None, **declared: Any
    ) -> list[Rounds]:
        """Return the rounds of a phase of some models, each by the name of its class, not measured yet."""
        self.log.unlink(missing_ok=True)
        spec = {"log": str(self.log), **declared.pop("spec", {})}
        suite = Suite(
            "mine",
            models={model: Model({backend: f"mine:{model}"}, spec) for model in dict.fromkeys(models)},
            dataset=Dataset("mine:load", options=data or {}),
            **{"folds": 2, **declared},
        )
        prepare_data(self.provisions, suite, "data", preparation("data", suite, self.settings))
        cells = [Cell("mine", model, backend, "data", 0, phase, "quick") for model in models]
        known: dict[str, Phase] = suite.phases
        made = [Rounds(job(suite, known[phase], cell, self.settings), self.settings.slot) for cell in cells]
        for rounds in made:
            rounds.provisions = self.provisions
        return made

    def measured(self, phase: str, model: str, short: bool | None = None, **declared: Any) -> Rounds:
        """Return one round of a phase of a model, which must end well; of `short`, see Request."""
        (rounds,) = self.sides(phase, model, **declared)
        rounds.short = short
        rounds.measure()
        return rounds

    def together(self, phase: str, *models: str, count: int = 1, **declared: Any) -> list[Rounds]:
        """Return some rounds of several models, measured as sides of one comparison, which must end well."""
        sides = self.sides(phase, *models, **declared)
        for _ in range(count):
            assert measure(sides) == [FINE] * len(models)
        return sides

    @property
    def log(self) -> Path:
        return self.folder / "log"

    @property
    def told(self) -> list[dict[str, Any]]:
        """What the models wrote since the last rounds were asked for."""
        return [json.loads(line) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    @property
    def last_told(self) -> list[dict[str, Any]]:
        """What the models wrote in the last process that wrote anything."""
        told = self.told
        return [line for line in told if line["pid"] == told[-1]["pid"]]

    def close(self) -> None:
        self.provisions.supervisor.close()


@contextmanager
def opened(folder: Path, source: str) -> Iterator[Bench]:
    """Give a with block a bench in a folder, with locks of its own, from which modules can be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SWAPBENCH_LOCKS", str(folder / "locks"))
        patch.syspath_prepend(folder)
        made = Bench(folder, source)
        yield made
        made.close()

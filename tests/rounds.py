"""Rounds measured in this process, of models that a test writes: what a child does, without a session of pytest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from swapbench.plan.cell import Cell
from swapbench.plan.suite import Dataset, Model, Phase, Suite
from swapbench.run.job import Settings, job
from swapbench.run.lease import Mode, place
from swapbench.run.local import LocalEngine
from swapbench.run.rounds import Rounds, measure, prepare_data

if TYPE_CHECKING:
    from swapbench.run.task import Outcome

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


class Bench:
    """A folder with a module `mine` that begins with HEAD, a log that its models write to, and an engine."""

    def __init__(self, folder: Path, source: str, mode: Mode = "exclusive") -> None:
        self.folder = folder
        (folder / "mine.py").write_text(HEAD + source)
        self.settings = Settings(folder / "store", place(mode, 1, 0, 1))
        self.engine = LocalEngine(self.settings.slot, 1, 0)

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
        prepare_data(self.engine, suite, "data", self.settings)
        cells = [Cell("mine", model, backend, "data", 0, phase, "quick") for model in models]
        known: dict[str, Phase] = suite.phases
        jobs = [job(suite, known[phase], cell, self.settings) for cell in cells]
        return [Rounds(self.engine, job, self.settings) for job in jobs]

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
            failures: list[Outcome | None] = measure(sides)
            assert failures == [None] * len(models)
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
        self.engine.close()

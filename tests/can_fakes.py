"""Detectors and recordings of a bus for tests of runs: at once, without a library, and resumably."""

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from swapbench_models.can.command.arguments import require_known
from swapbench_models.can.error import DataError
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.runs.fit import Fit
from swapbench_models.can.runs.recordings import Dataset, Part
from swapbench_models.can.runs.train import Trainer
from swapbench_models.can.windows.windows import Windows
from swapbench_models.training.memory import Attempt
from swapbench_models.writing import write

SCENARIOS = ("test_01_known", "test_02_unknown")


def bus(
    count: int,
    attacked: Sequence[tuple[int, int]] = (),
    seed: int = 0,
    labelled: bool = True,
    apart_s: float = 0.001,
) -> Frames:
    """Return frames so far apart, of which stretches, from one place to another, are injected with id 0."""
    drawn = np.random.default_rng(seed)
    ids, attacks = drawn.integers(1, 40, count), np.zeros(count, int)
    for first, last in attacked:
        ids[first:last], attacks[first:last] = 0, 1
    return Frames.of(np.arange(count) * apart_s, ids, [bytes(8)] * count, attacks if labelled else None)


@dataclass
class Bus:
    """Data sets that are made of numbers, and a note of each part that was read."""

    names: Sequence[str] = ("hcrl_ch", "hcrl_sa", "set_01", "set_02", "set_03", "set_04")
    seed: int = 0
    read: list[tuple[str, str]] = field(default_factory=list)
    instead: Mapping[str, Callable[[], Sequence[Frames]]] = field(default_factory=dict)

    def dataset(self, name: str) -> Dataset:
        require_known(name, self.names, "of these tests")
        scenarios = {each: self._part(name, each) for each in SCENARIOS}
        return Dataset(name, self._part(name, "training"), scenarios, "made of numbers")

    def _part(self, dataset: str, part: str) -> Part:
        seed = sum(map(ord, dataset + part)) + self.seed

        def made() -> Sequence[Frames]:
            self.read.append((dataset, part))
            attacked = [(150, 160), (500, 720)]
            return [bus(1000, attacked, seed, apart_s=0.01), bus(600, seed=seed + 1, apart_s=0.01)]

        return Part(part, lambda: f"{dataset} {part} {self.seed}", self.instead.get(part, made))


@dataclass
class Fake:
    """Adds up, epoch by epoch, how often each identifier is in attacked windows, and keeps it after each."""

    name: str
    seed: int
    on: Mapping[str, Path]
    pause_s: float = 0.0
    noted: Callable[[str], None] = lambda name: None
    threshold: float = 0.5
    attempts: tuple[Attempt, ...] = (Attempt(8, 1),)
    weights: list[float] = field(default_factory=lambda: [0.0] * 40)

    def fit(self, windows: Windows, keeper_folder: Path | None = None) -> "Fake":
        assert keeper_folder is not None
        self.noted(self.name)
        latest = keeper_folder / "latest.json"
        kept = json.loads(latest.read_text()) if latest.exists() else {"epoch": 0, "weights": self.weights}
        if windows.labels.max(initial=0) == windows.labels.min(initial=1):
            raise DataError("All windows are of one class.")
        for epoch in range(kept["epoch"], 4):
            time.sleep(self.pause_s)
            pull = (2 * windows.labels - 1) @ _counts(windows) * (epoch + 1 + self.seed / 10)
            pull[len(self.name) :] = 0  # models differ
            kept = {"epoch": epoch + 1, "weights": (np.array(kept["weights"]) + pull / 1e4).tolist()}
            write(latest, json.dumps(kept).encode())
        self.weights = kept["weights"]
        return self

    def scores(self, windows: Windows) -> Any:
        return 1 / (1 + np.exp(-(_counts(windows) @ np.array(self.weights))))

    def save_fitted(self, path: Path) -> None:
        write(path, json.dumps({"name": self.name, "weights": self.weights}).encode())

    def load_fitted(self, path: Path) -> None:
        self.weights = json.loads(path.read_text())["weights"]

    def count_parameters(self) -> int:
        return 40


def _counts(windows: Windows) -> Any:
    counts = np.zeros((len(windows), 40))
    np.add.at(counts, (np.arange(len(windows))[:, None], windows.frames.ids[windows.places]), 1)
    return counts / windows.size


@dataclass
class Maker:
    """Makes them, notes which were fitted and what was asked, and raises errors in the place of some."""

    fails: dict[str, BaseException] = field(default_factory=dict)
    pause_s: float = 0.0
    fits: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, name: str, *, profile: str, seed: int, architecture: str, on: Mapping[str, Path]) -> Fake:
        self.asked.append({"name": name, "profile": profile, "seed": seed, "architecture": architecture, "on": on})
        return Fake(name, seed, on, self.pause_s, self._note)

    def _note(self, name: str) -> None:
        self.fits.append(name)
        if name in self.fails:
            raise self.fails[name]


def trained(fits: Sequence[Fit], pause_s: float) -> None:
    """Train in a process that may be killed, which ends without what pytest would do at its end."""
    trainer = Trainer(Bus(), Maker(pause_s=pause_s), lambda sentence: None)
    for fit in fits:
        trainer.train(fit)
    os._exit(0)

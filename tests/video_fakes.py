"""Classifiers of clips for tests of runs, which learn from bytes alone: at once, without a library, and resumably."""

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from swapbench_models.training.memory import Attempt
from swapbench_models.video.runs.begin import Asked
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.runs.train import train
from swapbench_models.writing import write

Fit = tuple[str, tuple[str, ...]]


def features(paths: Any) -> np.ndarray[Any, Any]:
    """Return numbers (n, 32) of the bytes of files, and of none but them."""
    made = [list(hashlib.sha256(Path(path).read_bytes()).digest()) for path in paths]
    return np.array(made, float) / 255 - 0.5


@dataclass
class Fake:
    """Adds up what clips of each class have, epoch by epoch, and keeps it after each."""

    name: str
    epochs: int = 4
    pause_s: float = 0.0
    shift: float = 0.0
    fit_s: float = 12.5
    noted: Callable[[Fit], None] = lambda fit: None
    attempts: tuple[Attempt, ...] = ()
    weights: list[float] = field(default_factory=lambda: [0.0] * 32)

    def fit(self, paths: Any, y: Any, keeper_folder: Path | None = None, groups: Any = None) -> None:
        assert keeper_folder is not None
        assert len(paths) == len(y) == len(groups)
        self.noted((self.name, tuple(paths)))
        latest = keeper_folder / "latest.safetensors"
        kept = json.loads(latest.read_text()) if latest.exists() else {"epoch": 0, "weights": self.weights}
        for epoch in range(kept["epoch"], self.epochs):
            time.sleep(self.pause_s)
            pull = (2 * np.asarray(y) - 1) @ features(paths) * (epoch + 1)
            pull[len(self.name) :] = 0  # models differ
            kept = {"epoch": epoch + 1, "weights": (np.array(kept["weights"]) + pull / len(y)).tolist()}
            write(latest, json.dumps(kept).encode())
        self.weights = kept["weights"]
        self.attempts = (Attempt(8, 1, "MemoryError"), Attempt(4, 2)) if self.name == "x3d" else (Attempt(8, 1),)

    def predict_proba(self, paths: Any) -> Any:
        second = 1 / (1 + np.exp(-(features(paths) @ np.array(self.weights) + self.shift)))
        return np.stack([1 - second, second], axis=1)

    def save_fitted(self, path: Path) -> None:
        write(path, json.dumps(self.weights).encode())

    def load_fitted(self, path: Path) -> None:
        self.weights = json.loads(path.read_text())

    def count_parameters(self) -> int:
        return 32


@dataclass
class Maker:
    """Makes them, notes what each was given to fit, and raises errors in the place of those that are to fail."""

    fails: dict[str, BaseException] = field(default_factory=dict)
    how: dict[str, Any] = field(default_factory=dict)
    fits: list[Fit] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def __call__(self, name: str, **asked: Any) -> Fake:
        self.asked.append({"name": name, **asked})
        return Fake(name, **{"noted": self._note, **self.how})

    def _note(self, fit: Fit) -> None:
        self.fits.append(fit)
        if fit[0] in self.fails:
            raise self.fails[fit[0]]


def trained(asked: Asked, folder: Path, pause_s: float) -> None:
    """Train in a process that may be killed, which ends without what pytest would do at its end."""
    train(asked, Folder(folder), Maker(how={"pause_s": pause_s}), lambda sentence: None)
    os._exit(0)

"""Predictions: what a fold's model said of each clip that tests it, as a table from which nothing is lost."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from swapbench_models import reading
from swapbench_models.video.error import VideoError
from swapbench_models.writing import write


@dataclass(frozen=True)
class Predictions:
    """Files (n,), the numbers of their classes, and the probability of each class (n, classes)."""

    paths: Sequence[str]
    labels: NDArray[np.int64]
    probabilities: NDArray[np.float64]

    def __post_init__(self) -> None:
        """Raise VideoError for what is no probability, as when training has diverged."""
        if not np.all((self.probabilities >= 0) & (self.probabilities <= 1)):  # what is no number neither
            raise VideoError("Its probabilities are none, for training has diverged; train with another seed or rate.")

    def write(self, file: Path, classes: Sequence[str]) -> None:
        """Write it as a table (CSV) with the names of classes; a number is read again to its last bit."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["video_path", "label", *(f"probability_{name}" for name in classes)])
        for path, label, row in zip(self.paths, self.labels, self.probabilities.tolist(), strict=True):
            writer.writerow([path, classes[label], *map(repr, row)])
        write(file, text.getvalue().encode())


def read(file: Path, classes: Sequence[str]) -> Predictions:
    """Return what was written; raises VideoError where it is not that."""
    try:
        _, *rows = csv.reader(io.StringIO(reading.read(file).decode(), newline=""), strict=True)
        labels = np.array([classes.index(row[1]) for row in rows], np.int64)
        chances = np.array([list(map(float, row[2:])) for row in rows]).reshape(len(rows), len(classes))
        return Predictions([row[0] for row in rows], labels, chances)
    except (OSError, ValueError, IndexError, csv.Error) as error:
        raise VideoError(f"{file}: is no table of predictions ({error}); train that model again.") from error

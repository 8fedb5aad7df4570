"""Examples: labelled windows as graphs, those to learn from and those that validate."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.error import DataError
from swapbench_models.can.graphs.graphs import Graphs
from swapbench_models.can.graphs.vocabulary import Vocabulary
from swapbench_models.can.windows.held_out import held_out
from swapbench_models.can.windows.windows import Indices, Windows

Build = Callable[[Windows, Vocabulary], Graphs]


@dataclass(frozen=True)
class Examples:
    """Graphs (G,) by a vocabulary, 1 or 0 for each that has an attack in it or not (G,), and the places of those that
    are learnt from and of those that judge."""

    vocabulary: Vocabulary
    graphs: Graphs
    labels: NDArray[np.int64]
    learned: Indices
    judged: Indices

    @classmethod
    def of(cls, windows: Windows, validation: float, seed: int, build: Build) -> "Examples":
        """Return the examples of windows, in a vocabulary of their normal frames, of which a share validates.

        Raises DataError where nobody says which frames were injected, or either class is missing on a side.
        """
        labels = windows.labels
        if not len(labels):
            raise DataError(f"There is no window of {windows.size} frames to learn from; give longer recordings.")
        learned, judged = held_out(windows, labels, validation, seed)
        vocabulary = Vocabulary.learned(windows.recordings)
        return cls(vocabulary, build(windows, vocabulary), labels, learned, judged)

    @property
    def arrays(self) -> list[NDArray[Any]]:
        """All that is learnt from and judged by, as arrays."""
        graphs: list[NDArray[Any]] = [getattr(self.graphs, field.name) for field in fields(self.graphs)]
        return [*graphs, self.labels, self.learned, self.judged]

    def normal(self, indices: Indices) -> Indices:
        """Return those of some examples that have no attack in them."""
        normal: Indices = indices[self.labels[indices] == 0]
        return normal

    def attacked(self, indices: Indices) -> Indices:
        """Return those of some examples that have an attack in them."""
        attacked: Indices = indices[self.labels[indices] == 1]
        return attacked

    def hardest(self, anomalies: NDArray[np.float64], normals: float) -> Indices:
        """Return which examples a classifier learns of: all attacks, and for each so many of the normal ones, those
        that look least normal by what is said of them (normal(learned),); of equal ones the first."""
        attacked, normal = self.attacked(self.learned), self.normal(self.learned)
        order = np.argsort(-anomalies, kind="stable")[: max(1, round(normals * len(attacked)))]
        return np.sort(np.concatenate([attacked, normal[order]]))

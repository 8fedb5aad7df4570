"""Cells: the points of the matrix that is measured."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Cell:
    """The identity of one measurement: nothing but names, so it can be compared, sorted, printed and stored."""

    suite: str
    model: str
    backend: str
    dataset: str
    fold: int
    phase: str
    profile: str

    def __str__(self) -> str:
        if not self.backend:  # read from a file of pytest-benchmark that is not of a suite
            return f"{self.suite}: {self.model}"
        return f"{self.suite}: {self.phase} of {self.model}-{self.backend} on {self.dataset}, fold {self.fold}"

    @property
    def row(self) -> str:
        """The name of what is compared: model and backend."""
        return f"{self.model}-{self.backend}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def cell_id(model: str, backend: str, dataset: str, fold: int) -> str:
    """Return the part of a test's name that tells its cell from the suite's others."""
    return f"{model}-{backend}-{dataset}-fold{fold}"

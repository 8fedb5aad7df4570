"""The plan: all trainings of all data sets, in an order in which each comes after those that it stands on."""

from collections.abc import Iterable
from dataclasses import dataclass

# What `train` trains of a data set, and on which of the others of the same data set each stands.
MODELS = {"teacher": (), "student": ("teacher",), "fusion": ("teacher", "student")}


@dataclass(frozen=True)
class Training:
    """A model trained on the recordings of a data set."""

    dataset: str
    model: str

    def __str__(self) -> str:
        return f"{self.dataset} {self.model}"

    @property
    def needs(self) -> tuple["Training", ...]:
        """The trainings that this one waits for."""
        return tuple(Training(self.dataset, model) for model in MODELS[self.model])


def plan(datasets: Iterable[str]) -> list[Training]:
    """Return teachers, then students, then fusion agents, each of all data sets."""
    of = list(datasets)
    return [Training(dataset, model) for model in MODELS for dataset in of]

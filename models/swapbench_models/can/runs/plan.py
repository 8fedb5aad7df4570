"""The plan: all trainings of all data sets, in an order in which each comes after those that it stands on."""

from collections.abc import Iterable
from dataclasses import dataclass

# What `train` trains of a data set, and on which of the others of the same data set each stands.
MODELS = {"teacher": (), "student": ("teacher",), "fusion": ("teacher", "student")}
# And what it trains where it is named: these are none of the eighteen.
BESIDE = ("rule", "timing")
TRAINED = (*MODELS, *BESIDE)


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
        return tuple(Training(self.dataset, model) for model in MODELS.get(self.model, ()))


def plan(datasets: Iterable[str], models: Iterable[str] = MODELS) -> list[Training]:
    """Return teachers, then students, then fusion agents, or some of these or others, each of all data sets."""
    of, asked = list(datasets), set(models)
    return [Training(dataset, model) for model in TRAINED if model in asked for dataset in of]

"""Families: what one does for the store, in three verbs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

from swapbench_models.store.sealed import Sealed

Model = TypeVar("Model")
Facts = Mapping[str, str | int]  # what whoever trained a model knows of it, as JSON can hold it
Kind = Literal["number", "truth", "text"]


@dataclass(frozen=True)
class Description:
    """What is told of a model beside its files.

    `run` is what its training is called; of `metrics` each has one value, or one for each epoch. `inputs` are the
    columns that it takes, `outputs` those that it gives at least. `loader` is a module whose `_load_pyfunc(folder)`
    reads the folder of its files for whoever has nothing but MLflow, with the packages that this `needs`.
    """

    run: str
    parameters: Mapping[str, object]
    metrics: Mapping[str, Sequence[float]]
    inputs: Mapping[str, Kind]
    outputs: Mapping[str, Kind]
    loader: str
    needs: Sequence[str]


class Family(Protocol[Model]):
    """Models of one family, as the store sees them.

    A family turns models into bytes and bytes into models. What is on disk is the store's, so that nothing is loaded
    that was not checked.
    """

    def save(self, model: Model) -> Mapping[str, bytes]:
        """Return what a model is kept as: the content of each file, by its name."""

    def load(self, files: Sealed) -> Model:
        """Return the model whose files these are. Raises ModelError when they hold none that can be used."""

    def describe(self, model: Model, facts: Facts) -> Description:
        """Return what is told of a model that was trained on these facts."""

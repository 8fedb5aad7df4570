"""Stores: where trained models are kept by name, each with its versions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, Protocol

from swapbench_models.store.family import Facts, Model


@dataclass(frozen=True)
class Entry:
    """Under what a model is kept: its `name`, what of it comes from data made `names.plain`; the `experiment` that it
    belongs to, whose it is (`owner`, fields with their values) and what it was trained on (`facts`)."""

    name: str
    experiment: str
    owner: Mapping[str, str]
    facts: Facts


@dataclass(frozen=True)
class Stored(Generic[Model]):
    """A model as it is kept: `label` is its name and version."""

    label: str
    model: Model


class Store(Protocol[Model]):
    """What keeps models. Both verbs raise StoreError when it does not work."""

    def put(self, model: Model, entry: Entry) -> str:
        """Keep a model as the next version of its name; return its label."""

    def latest(self, name: str) -> Stored[Model] | None:
        """Return the last version of a name, None where there is none. Raises ModelError when that one cannot be used,
        whatever others can."""

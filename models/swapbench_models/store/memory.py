"""A store in memory."""

from dataclasses import dataclass, field
from typing import Generic

from swapbench_models.store.family import Model
from swapbench_models.store.store import Entry, Stored


@dataclass
class MemoryStore(Generic[Model]):
    """Keeps models for as long as the process lives."""

    _models: dict[str, list[Model]] = field(default_factory=dict)

    def put(self, model: Model, entry: Entry) -> str:
        versions = self._models.setdefault(entry.name, [])
        versions.append(model)
        return f"{entry.name}:{len(versions)}"

    def latest(self, name: str) -> Stored[Model] | None:
        versions = self._models.get(name)
        return Stored(f"{name}:{len(versions)}", versions[-1]) if versions else None

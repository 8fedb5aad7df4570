"""The shelf: a folder for models that the store does not take, from which they are put there later."""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic

from swapbench_models import reading
from swapbench_models.store.error import ModelError
from swapbench_models.store.family import Facts, Family, Model
from swapbench_models.store.sealed import Sealed, write

_NOTE = "about.json"


@dataclass(frozen=True)
class Sent:
    """What became of one model of the shelf: its label in the store, or why it is still there."""

    place: Path
    label: str | None
    error: ModelError | None = None


@dataclass(frozen=True)
class Shelf(Generic[Model]):
    """Models of a family that wait, each in a folder of its own with a note, which has these `fields`, of whose it is
    and what it was trained on."""

    family: Family[Model]
    folder: Path
    fields: tuple[str, ...]

    def put(self, model: Model, note: Facts) -> Path:
        """Write a model and its note; return where. The folder gets its name when all is in it."""
        name = uuid.uuid4().hex
        hidden = self.folder / f".{name}"
        write(hidden, {**self.family.save(model), _NOTE: json.dumps(note, indent=1).encode()})
        return hidden.rename(self.folder / name)

    def waiting(self) -> list[Path]:
        """Return the places of models that wait."""
        return sorted(place for place in self.folder.glob("[!.]*") if place.is_dir())

    def send(self, put: Callable[[Model, Facts], str]) -> Iterator[Sent]:
        """Give each model with its note to what puts it into a store and returns its label, and tell what became of it;
        what was put there leaves the shelf, what is damaged stays. Raises whatever `put` does."""
        for place in self.waiting():
            try:
                files = Sealed(place)
                note, model = self._noted(files), self.family.load(files)
            except ModelError as error:
                yield Sent(place, None, error)
                continue
            label = put(model, note)
            shutil.rmtree(place)
            yield Sent(place, label)

    def _noted(self, files: Sealed) -> Facts:
        try:
            note: Any = reading.values(files.read(_NOTE))
        except ValueError as error:
            raise ModelError(f"{files.folder / _NOTE} is no JSON ({error}); train the model again.") from error
        if not isinstance(note, dict):
            raise ModelError(f"{files.folder / _NOTE} holds no facts, but {note!r:.60}; train the model again.")
        for name in self.fields:
            if name not in note:
                raise ModelError(f"{files.folder / _NOTE} does not say '{name}'; train the model again.")
        facts: Facts = note
        return facts

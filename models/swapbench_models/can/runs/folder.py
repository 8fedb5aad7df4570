"""Folder: where trained models lie, and what is kept beside each."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from swapbench_models.can.error import CanError
from swapbench_models.held import held

_FILES = {"teacher": "best_teacher_model_{}", "student": "final_student_model_{}", "fusion": "fusion_agent_{}"}

BEGUN = "begun.json"


@dataclass(frozen=True)
class Folder:
    """A folder of models: of each the file of what it has learnt, one of what it was trained on and came to (JSON), and
    while it is trained a folder of checkpoints."""

    root: Path

    def model(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}.pth"

    def record(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}.json"

    def failure(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}.failed.json"

    def checkpoints(self, name: str, dataset: str) -> Path:
        return self.root / "checkpoints" / _stem(name, dataset)

    def lying(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return the name and the data set of each model of these names of which there is a file, data set by data
        set."""
        begins = {name: _stem(name, "") for name in names}
        stems = sorted(file.stem for file in self.root.glob("*.pth"))
        found = [(name, stem.removeprefix(b)) for name, b in begins.items() for stem in stems if stem.startswith(b)]
        return sorted(filter(itemgetter(1), found), key=itemgetter(1))

    def forget(self, name: str, dataset: str) -> None:
        """Delete what was trained, its record first: what a kill leaves is not taken for whole.

        Raises CanError where something cannot be deleted.
        """
        try:
            for file in (self.record(name, dataset), self.model(name, dataset)):
                file.unlink(missing_ok=True)
        except OSError as error:
            raise _kept(error) from error
        self.end(name, dataset)

    def end(self, name: str, dataset: str) -> None:
        """Delete the checkpoints of a training, and why it had failed; raises CanError where that cannot be."""
        place = self.checkpoints(name, dataset)
        try:
            self.failure(name, dataset).unlink(missing_ok=True)
            (place / BEGUN).unlink(missing_ok=True)  # first: what a kill leaves of the others is not gone on with
            if place.is_dir():
                shutil.rmtree(place)
        except OSError as error:
            raise _kept(error) from error

    def made(self, folder: Path) -> Path:
        """Return a folder in this one, or itself, which is made; raises CanError where it cannot be."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CanError(f"{folder}: cannot be made ({error.strerror}); give another folder.") from error
        return folder

    @contextmanager
    def held(self, dataset: str) -> Iterator[None]:
        """Keep other processes away from the models of a data set meanwhile; raises FamilyError where one is at work
        on them, or nothing can be written there."""
        with held(self.made(self.root) / f".lock-{dataset}"):
            yield


def _kept(error: OSError) -> CanError:
    return CanError(f"{error.filename}: cannot be forgotten ({error.strerror}); delete it.")


def _stem(name: str, dataset: str) -> str:
    return _FILES.get(name, f"{name}_{{}}").format(dataset)

"""Folder: where trained models lie, and what is kept beside each."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from swapbench_models.can.error import CanError
from swapbench_models.held import held

_FILES = {"teacher": "best_teacher_model_", "student": "final_student_model_", "fusion": "fusion_agent_"}

BEGUN = "begun.json"
_CHECKPOINTS, _FAILED = "checkpoints", ".failed.json"


@dataclass(frozen=True)
class Folder:
    """A folder of models: of each the file of what it has learnt, one of what it was trained on and came to (JSON), and
    while it is trained a folder of checkpoints.

    What is asked of a data set raises CanError for a name of one that is not `plain`.
    """

    root: Path

    def model(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}.pth"

    def record(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}.json"

    def failure(self, name: str, dataset: str) -> Path:
        return self.root / f"{_stem(name, dataset)}{_FAILED}"

    def checkpoints(self, name: str, dataset: str) -> Path:
        return self.root / _CHECKPOINTS / _stem(name, dataset)

    @property
    def interrupted(self) -> list[Path]:
        """The files that say what trainings stand on which have not come to an end, nor failed."""
        found = sorted((self.root / _CHECKPOINTS).glob(f"*/{BEGUN}"))
        return [file for file in found if not (self.root / f"{file.parent.name}{_FAILED}").exists()]

    def lying(self, names: Iterable[str]) -> list[tuple[str, str]]:
        """Return the name and the data set of each model of these names of which there is a file, data set by data
        set."""
        begins = {name: _begins(name) for name in names}
        stems = sorted(file.stem for file in self.root.glob("*.pth"))
        found = [(name, stem.removeprefix(b)) for name, b in begins.items() for stem in stems if stem.startswith(b)]
        return sorted(((name, dataset) for name, dataset in found if plain(dataset)), key=itemgetter(1))

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
        with held(self.made(self.root) / f".lock-{_plain(dataset)}"):
            yield


def _kept(error: OSError) -> CanError:
    return CanError(f"{error.filename}: cannot be forgotten ({error.strerror}); delete it.")


def _stem(name: str, dataset: str) -> str:
    return f"{_begins(name)}{_plain(dataset)}"


def _begins(name: str) -> str:
    # No name of a row has a point in it: of two rows and two data sets no files are the same.
    return _FILES.get(name, f"{name}.")


def plain(dataset: str) -> bool:
    """Tell whether a name of a data set is one of a folder, and leads nowhere else as a part of a file's name."""
    return bool(dataset) and Path(dataset).name == dataset and dataset.isprintable() and not dataset.startswith(".")


def _plain(dataset: str) -> str:
    if not plain(dataset):
        raise CanError(f"{dataset!r}: is no name of a data set, which is that of its folder; give such a name.")
    return dataset

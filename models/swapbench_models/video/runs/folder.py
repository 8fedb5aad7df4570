"""Folder: where in a run's folder each thing lies, and who may work there."""

import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from swapbench_models.held import held
from swapbench_models.video.error import VideoError
from swapbench_models.video.sizes import SIZES

_LOCK = ".lock"


@dataclass(frozen=True)
class Folder:
    """The folder of a run. Folds are counted from 1."""

    root: Path

    @property
    def description(self) -> Path:
        return self.root / "run.json"

    @property
    def clips(self) -> Path:
        return self.root / "clips.csv"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def checkpoints(self, model: str, fold: int) -> Path:
        return self.root / "checkpoints" / model / f"fold_{fold}"

    def fold(self, model: str, fold: int) -> Path:
        return self.root / "models" / model / f"fold_{fold}"

    def results(self, model: str) -> Path:
        return self.root / "models" / model / "fold_results.csv"

    def complete(self, model: str) -> Path:
        return self.root / "models" / model / "training_complete.json"

    def trained(self) -> list[str]:
        """Return the models of which a fold is complete, in the order of training."""
        return [model for model in SIZES if self.results(model).is_file()]

    def forget(self, models: Iterable[str]) -> None:
        """Delete what was trained of some models, their marks first: what a kill leaves is not taken for whole.

        The folder of a model may be a link, which stays one. Raises VideoError where something cannot be deleted.
        """
        try:
            for model in models:
                self.complete(model).unlink(missing_ok=True)
                for part in ("models", "checkpoints"):
                    _empty(self.root / part / model)
        except OSError as error:
            raise VideoError(f"{error.filename}: cannot be forgotten ({error.strerror}); delete it.") from error

    def made(self, folder: Path) -> Path:
        """Return a folder in this one, which is made."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise VideoError(f"{folder}: cannot be made ({error.strerror}); give another --out.") from error
        return folder

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep other processes out of it meanwhile; raises FamilyError where one is there, or what is there is no
        run."""
        if self.root.is_dir() and not self.description.exists() and any(map(_others, self.root.iterdir())):
            raise VideoError(f"{self.root}: holds other files; give an empty folder, or that of a run.")
        with held(self.made(self.root) / _LOCK):
            yield


def _others(file: Path) -> bool:
    """Tell whether a file is none that is made before a run's description is."""
    return file.name != _LOCK and not file.name.startswith(".partial-")


def _empty(place: Path) -> None:
    """Delete the folds of a model and their table, and its folder if it holds nothing else and is no link."""
    for each in sorted(place.glob("fold_*")):
        if each.is_dir() and not each.is_symlink():
            shutil.rmtree(each)
        else:
            each.unlink()
    if place.is_dir() and not place.is_symlink() and not any(place.iterdir()):
        place.rmdir()

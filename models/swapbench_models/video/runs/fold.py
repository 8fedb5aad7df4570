"""Fold: one model trained and tested on one fold, and the mark that says that it is complete."""

import shutil
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from swapbench_models import sealed, typed
from swapbench_models.error import told
from swapbench_models.training.memory import Attempt
from swapbench_models.video.classifier.classifier import Learner
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.video.runs.clips import Clips
from swapbench_models.video.runs.description import Description
from swapbench_models.video.runs.factory import Factory
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.runs.predictions import Predictions
from swapbench_models.video.runs.scores import Scores, scores

MODEL, PREDICTIONS = "model.safetensors", "predictions.csv"
_MARK, _FAILED = "fold_complete.json", "failed.json"


@dataclass(frozen=True)
class Result:
    """What came of a fold: scores, trained numbers, how many examples at a time it took, and how long, in seconds: to
    train, over all parts of a training that was interrupted, and to predict, with the reading of clips."""

    fold: int
    scores: Scores
    parameters: int
    attempts: tuple[Attempt, ...]
    fit_s: float
    predict_s: float


@dataclass(frozen=True)
class _Mark:
    """What is written of a fold that is complete."""

    stands_on: Mapping[str, str]
    files: Mapping[str, str]
    fold: int
    scores: Mapping[str, Any]
    parameters: int
    attempts: tuple[Mapping[str, Any], ...]
    fit_s: float
    predict_s: float


@dataclass(frozen=True)
class Cell:
    """A model and a fold of a run, and where what comes of it lies."""

    run: Folder
    model: str
    fold: int

    @property
    def folder(self) -> Path:
        return self.run.fold(self.model, self.fold)

    def __str__(self) -> str:
        return f"{self.model}, fold {self.fold}"

    def result(self, stands_on: Mapping[str, str]) -> Result | None:
        """Return what came of it, or None where it is not complete.

        Raises FamilyError where it is damaged, or stands on something else.
        """
        found = sealed.read(self.folder / _MARK)
        if found is None:
            return None
        try:
            mark = typed.made(_Mark, found)
            attempts = tuple(typed.made(Attempt, each) for each in mark.attempts)
            scored = typed.made(Scores, mark.scores)
        except ValueError as error:
            raise VideoError(f"{self.folder / _MARK}: is no mark of a fold ({error}).") from error
        check_same(self.folder, mark.stands_on, stands_on)
        for name in (MODEL, PREDICTIONS):
            if not (self.folder / name).is_file() or digest(self.folder / name) != mark.files.get(name):
                raise VideoError(f"{self.folder / name}: is not as it was written.")
        return Result(self.fold, scored, mark.parameters, attempts, mark.fit_s, mark.predict_s)

    def failure(self) -> str:
        """Return why it failed when it was last tried; nothing where it did not, or was trained since."""
        found = sealed.read(self.folder / _FAILED)
        return str(found.get("error", "it was not said why")) if found else ""

    def train(self, description: Description, clips: Clips, make: Factory) -> Result:
        """Train a model, test it, and mark what came of it as complete.

        A training that was interrupted is gone on with. Raises whatever its classifier does, and VideoError where a
        clip was not what it was when the run began, before or after.
        """
        (self.run.made(self.folder) / _FAILED).unlink(missing_ok=True)
        train, test = clips.train(self.fold), clips.test(self.fold)
        clips.check(train, test)
        model = classifier(self, description, make)
        kept = self.run.made(self.run.checkpoints(self.model, self.fold))
        paths = [clips.paths[place] for place in train]
        if hasattr(model, "bar"):  # networks take long, and show on a terminal how far an epoch is
            model.bar = True
        model.fit(paths, clips.labels[train], keeper_folder=kept, groups=clips.groups[train])
        fitted = time.perf_counter()
        said = predictions(model, [clips.paths[place] for place in test], clips.labels[test])
        predict_s = time.perf_counter() - fitted
        try:
            clips.check(train, test)
        except VideoError:
            shutil.rmtree(kept)  # what learnt of other clips is not gone on with when these are back
            raise
        model.save_fitted(self.folder / MODEL)
        said.write(self.folder / PREDICTIONS, description.classes)
        scored, seconds = scores(said.labels, said.probabilities), (round(model.fit_s, 3), round(predict_s, 3))
        result = Result(self.fold, scored, model.count_parameters(), tuple(model.attempts), *seconds)
        self._mark(result, description.stands_on)
        return result

    def fail(self, error: Exception) -> str:
        """Keep why it could not be trained, and return that in one line."""
        where = traceback.format_exception(error)
        attempts = [asdict(each) for each in getattr(error, "attempts", ())]
        sealed.write(self.folder / _FAILED, {"error": told(error), "attempts": attempts, "traceback": where})
        return told(error)

    def _mark(self, result: Result, stands_on: Mapping[str, str]) -> None:
        files = {name: digest(self.folder / name) for name in (MODEL, PREDICTIONS)}
        sealed.write(self.folder / _MARK, {"stands_on": dict(stands_on), "files": files, **asdict(result)})


def classifier(cell: Cell, description: Description, make: Factory) -> Learner:
    """Return a cell's classifier, which has learnt nothing."""
    configuration = description.configuration
    how = configuration.training(cell.model)
    cache = cell.run.made(cell.run.cache)
    return make(cell.model, profile=configuration.profile, seed=configuration.seed, folder=cache, **how)


def predictions(model: Learner, paths: Sequence[str], labels: Any) -> Predictions:
    """Return what a model says of clips; raises VideoError where that are no probabilities."""
    return Predictions(paths, labels, model.predict_proba(paths))


def check_same(place: Path, found: Mapping[str, str], wanted: Mapping[str, str], changes: Sequence[str] = ()) -> None:
    """Raise VideoError where what lies there stands on something else than what is asked for; `changes` are what is
    known of a configuration's."""
    other = [name for name in {**wanted, **found} if found.get(name) != wanted.get(name)]
    if other:
        told = f" ({', '.join(changes)})" if changes else ""
        raise VideoError(
            f"{place}: was trained with other {' and '.join(other)}{told}; give another --out, or --force to train "
            "anew."
        )

"""Evaluate: what saved models say, of the clips that tested them, which they have to say again, and of others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from swapbench_models.video.data.metadata import Metadata
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.content import digest
from swapbench_models.video.runs import predictions as kept
from swapbench_models.video.runs.clips import Clips
from swapbench_models.video.runs.description import Description
from swapbench_models.video.runs.factory import Factory
from swapbench_models.video.runs.fold import MODEL, PREDICTIONS, Cell, Result, classifier, predictions
from swapbench_models.video.runs.folder import Folder
from swapbench_models.video.runs.scores import Scores, scores


@dataclass(frozen=True)
class Again:
    """A fold's result as it was recorded, its scores as they are now, and how many clips' probabilities are others, by
    how much at most."""

    cell: Cell
    recorded: Result
    scores: Scores
    others: int
    apart: float

    @property
    def same(self) -> bool:
        """Whether all is as it was recorded, to the last bit."""
        return not self.others and self.scores == self.recorded.scores


def cells(folder: Folder, description: Description, models: Sequence[str]) -> list[tuple[Cell, Result | None]]:
    """Return the folds of models with what came of them, None of those that are not complete.

    Raises VideoError where no fold of a model is, or one is damaged.
    """
    found = []
    for model in models:
        each = [Cell(folder, model, fold) for fold in range(1, description.configuration.folds + 1)]
        done = [(cell, cell.result(description.stands_on)) for cell in each]
        if not any(result for _, result in done):
            raise VideoError(f"{folder.root}: has no complete fold of {model}; train it first.")
        found += done
    return found


def again(cell: Cell, recorded: Result, description: Description, clips: Clips, make: Factory) -> Again:
    """Return what a saved model says of the clips that tested it; raises VideoError where these are not what they were.

    The model is made anew, and learns nothing but what its file holds.
    """
    places = clips.test(cell.fold)
    clips.check(places)
    model = classifier(cell, description, make)
    model.load_fitted(cell.folder / MODEL)
    said = predictions(model, [clips.paths[place] for place in places], clips.labels[places])
    before = kept.read(cell.folder / PREDICTIONS, description.classes)
    if said.probabilities.shape != before.probabilities.shape or not np.array_equal(said.labels, before.labels):
        raise VideoError(f"{cell.folder / PREDICTIONS}: is of other clips; train that model again.")
    gaps = np.abs(said.probabilities - before.probabilities).max(axis=1)
    scored = scores(said.labels, said.probabilities)
    return Again(cell, recorded, scored, int(np.count_nonzero(gaps)), float(gaps.max()))


def elsewhere(cell: Cell, description: Description, data: Metadata, make: Factory) -> Scores:
    """Return the scores of a saved model on the clips of another table; raises VideoError where its classes differ."""
    if data.classes != description.classes:
        told = [", ".join(each) for each in (data.classes, description.classes)]
        raise VideoError(f"--data has classes {told[0]}, and the run {told[1]}; give a table with the same.")
    model = classifier(cell, description, make)
    model.load_fitted(cell.folder / MODEL)
    said = predictions(model, [str(path) for path in data.paths], data.labels)
    return scores(said.labels, said.probabilities)


def known(data: Metadata, clips: Clips) -> int:
    """Return how many clips of a table the run was trained on."""
    trained = {content for content, fold in zip(clips.contents, clips.folds, strict=True) if fold}
    return sum(digest(path) in trained for path in data.paths)

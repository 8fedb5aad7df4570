"""Clips: what a run is trained on and scored with, each file with a digest of what is in it."""

import csv
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models import reading, sealed
from swapbench_models.training.error import TrainingError
from swapbench_models.training.folds import grouped
from swapbench_models.video.catalogue import CLIPS
from swapbench_models.video.data.groups import groups
from swapbench_models.video.data.metadata import Metadata
from swapbench_models.video.data.text import as_text
from swapbench_models.video.error import VideoError
from swapbench_models.video.features.cache import Cache
from swapbench_models.video.reading.codec import codec
from swapbench_models.video.reading.content import digest
from swapbench_models.video.reading.frames import frames

_COLUMNS = ("video_path", "content", "label", "platform", "group", "fold")
# Pixels of a side, to see that a clip can be decoded.
_SIZE = 32


@dataclass(frozen=True)
class Clips:
    """Files (n,), digests of their content, numbers of their classes, platforms, groups, and the fold, from 1 on, that
    tests each: 0 where they are not split, or it is left out."""

    paths: tuple[str, ...]
    contents: tuple[str, ...]
    labels: NDArray[np.int64]
    platforms: tuple[str, ...]
    groups: NDArray[np.int64]
    folds: NDArray[np.int64]

    def digest(self, classes: Sequence[str]) -> str:
        """Return a digest of all that decides what is learnt: not where the files are, nor how they are split."""
        table = [self.contents, self.labels.tolist(), self.platforms, self.groups.tolist()]
        return sealed.digest([*table, list(classes)])

    def train(self, fold: int) -> NDArray[np.intp]:
        """Return which clips train a fold's model."""
        return np.flatnonzero((self.folds > 0) & (self.folds != fold))

    def test(self, fold: int) -> NDArray[np.intp]:
        """Return which clips test it."""
        return np.flatnonzero(self.folds == fold)

    def check(self, *places: NDArray[np.intp]) -> None:
        """Raise VideoError, which names the file, where one of these clips is not what it was."""
        for place in np.concatenate(places):
            if digest(Path(self.paths[place])) != self.contents[place]:
                raise VideoError(f"{self.paths[place]}: is not what it was when the run began; put it there again.")


def clips(data: Metadata) -> Clips:
    """Return the clips of a table; raises VideoError, which names the file, where one cannot be read, or named."""
    return Clips(
        tuple(as_text(path.absolute()) for path in data.paths),
        tuple(digest(path) for path in data.paths),
        data.labels,
        tuple(clip.platform for clip in data.clips),
        groups(data.clips),
        np.zeros(len(data.clips), np.int64),
    )


def unreadable(found: Clips, profile: str, shown: Callable[[Sequence[str]], Any]) -> dict[str, str]:
    """Return the path of each clip of which not all can be decoded that any model of a profile takes, and why; `shown`
    hands the paths on, and shows how far.

    Whichever models are trained first: folds are the same for those that are trained later.
    """
    failed, counts = {}, sorted({Cache.frames, *(count for count, _ in CLIPS[profile].values())})
    for path in shown(found.paths):
        try:
            codec(path)
            for count in counts:
                frames(path, count, _SIZE)
        except VideoError as error:
            failed[path] = str(error)
    return failed


def split(found: Clips, folds: int, seed: int, without: Sequence[str] = ()) -> tuple[Clips, str]:
    """Return clips in folds, without those of some contents, and by what folds are alike: label and platform, or label
    alone where there are too few groups for both.

    No group is on both sides of a fold. Raises TrainingError where a class has fewer groups than there are folds.
    """
    kept = np.array([content not in without for content in found.contents])
    if set(found.labels[kept]) != set(found.labels):
        raise VideoError("All clips of a class cannot be read; repair them.")
    labels, of = found.labels[kept], found.groups[kept]
    made, strata = grouped(None, labels, of, folds, seed), "label"
    both = [f"{label} {platform}" for label, platform in zip(labels, np.array(found.platforms)[kept], strict=True)]
    with suppress(TrainingError):  # what groups do not allow is told by `strata`
        made, strata = grouped(None, both, of, folds, seed), "label and platform"
    tests = np.zeros(len(labels), np.int64)
    for number, (_, test) in enumerate(made, 1):
        tests[test] = number
    places = np.zeros_like(found.folds)
    places[kept] = tests
    return replace(found, folds=places), strata


def as_table(found: Clips) -> bytes:
    """Return clips as a table (CSV)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    columns = (found.labels.tolist(), found.platforms, found.groups.tolist(), found.folds.tolist())
    writer.writerows(zip(found.paths, found.contents, *columns, strict=True))
    return text.getvalue().encode()


def read_clips(file: Path) -> Clips:
    """Return clips as they were written; raises VideoError where the table is not that."""
    try:
        head, *rows = csv.reader(io.StringIO(reading.read(file).decode(), newline=""), strict=True)
        paths, contents, labels, platforms, of, folds = zip(*rows, strict=True)
        whole = [np.array([int(each) for each in column], np.int64) for column in (labels, of, folds)]
    except (OSError, ValueError, csv.Error) as error:
        raise VideoError(f"{file}: is no table of a run's clips ({error}); train with --force.") from error
    if tuple(head) != _COLUMNS:
        raise VideoError(f"{file}: is no table of a run's clips; train with --force.")
    return Clips(paths, contents, whole[0], platforms, whole[1], whole[2])

"""Datasets: generated recordings, and those that were published, as rows of windows with their scenario."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.layout import DATASETS, load
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.data.recordings import recordings
from swapbench_models.can.frames.frames import Frames
from swapbench_models.can.measured.examples import Examples, examples
from swapbench_models.can.measured.splits import TRAIN
from swapbench_models.can.windows.windows import Windows

Rows = tuple[Examples, NDArray[np.int64], NDArray[np.str_]]


def generated(dataset: str, profile: str = "quick", seed: int = 0) -> Rows:
    """Return the windows (n,) of a generated data set, their labels, and the scenario of each or `train`."""
    made = recordings(Plan(dataset, profile, seed))
    tests = ((scenario, list(each.values())) for scenario, each in made.tests.items())
    return _rows([(TRAIN, list(made.train.values())), *tests])


def published(dataset: str, data_dir: str) -> Rows:
    """Return the same of published recordings: `data_dir` is the folder of a data set, or that of all of them.

    Damaged lines are left out, and scenarios in which no frame was injected. Raises CanError where the data set is not
    there.
    """
    given = Path(data_dir)
    whole = load(given.parent if given.name == DATASETS[dataset] else given, dataset)
    tests = {name: each for name, each in whole.tests.items() if name not in whole.without_attack}
    parts = {TRAIN: whole.train, **tests}
    return _rows([(name, [each.frames for each in found]) for name, found in parts.items()])


def _rows(parts: Iterable[tuple[str, Sequence[Frames]]]) -> Rows:
    rows: list[Any] = []
    labels, groups, recordings = [], [], 0
    for name, frames in parts:
        cut = Windows(tuple(frames))
        rows.append(examples(cut, recordings))
        labels.append(cut.labels)
        groups.append(np.full(len(cut), name))
        recordings += len(frames)
    return np.concatenate(rows), np.concatenate(labels), np.concatenate(groups)

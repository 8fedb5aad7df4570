"""Datasets: generated recordings, and those that were published, as rows of windows with their scenario."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.data.layout import DATASETS, load
from swapbench_models.can.data.layout import Dataset as Recorded
from swapbench_models.can.data.plan import Plan
from swapbench_models.can.data.recordings import recordings
from swapbench_models.can.error import CanError
from swapbench_models.can.measured.examples import Examples, examples
from swapbench_models.can.measured.splits import TRAIN
from swapbench_models.can.windows.windows import Windows

Rows = tuple[Examples, NDArray[np.int64], NDArray[np.str_]]


def generated(dataset: str, profile: str = "quick", seed: int = 0) -> Rows:
    """Return the windows (n,) of a generated data set, their labels, and the scenario of each or `train`."""
    return _rows(recordings(Plan(dataset, profile, seed)))


def published(dataset: str, data_dir: str, strict: bool = True) -> Rows:
    """Return the same of recordings in the published layout, or one's own by the name of their folder: `data_dir` is
    the folder of the data set, or that of all of them.

    Raises CanError where the data set is not there, where something is tested that is trained on, and with `strict` for
    a damaged line, which is otherwise left out.
    """
    given = Path(data_dir)
    parent = given.parent if given.name == DATASETS.get(dataset, dataset) else given
    found = load(parent, dataset, strict=strict)
    for tested, trained in found.repeats.items():
        if tested.startswith("test_") and trained.startswith("train_"):
            raise CanError(f"{parent}: {dataset} tests {tested}, whose frames are those of {trained}; remove one.")
    return _rows(found)


def _rows(whole: Recorded) -> Rows:
    """Return the windows of a data set, but those of scenarios in which none is attacked: there is nothing to find."""
    rows: list[Any] = []
    labels, groups, count = [], [], 0
    for name, found in {TRAIN: whole.train, **whole.tests}.items():
        cut = Windows(tuple(each.frames for each in found))
        if name != TRAIN and not cut.labels.any():
            continue
        rows.append(examples(cut, count))
        labels.append(cut.labels)
        groups.append(np.full(len(cut), name))
        count += len(found)
    return np.concatenate(rows), np.concatenate(labels), np.concatenate(groups)

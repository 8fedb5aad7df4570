"""Caption: what a comparison is of and how it is ordered, in words that stand beside it."""

from pathlib import Path

import numpy as np

from swapbench_models.video.runs.clips import Clips
from swapbench_models.video.runs.description import Description


def caption(description: Description, clips: Clips, by: str) -> str:
    """Return on how many clips models were trained and tested, what the numbers are, and by which score the best stands
    first."""
    table, how = Path(description.table), description.configuration
    count = np.count_nonzero(clips.folds)
    of = f"{table.parent.name}/{table.name}: {count} clips, profile {how.profile}, {how.folds} folds"
    return f"{of}. Mean ± standard deviation over folds, the best {by} first."


def largest(clips: Clips) -> float:
    """Return the share of the largest class: the accuracy of who always says it."""
    split = clips.labels[clips.folds > 0]
    return float(np.bincount(split).max() / len(split))

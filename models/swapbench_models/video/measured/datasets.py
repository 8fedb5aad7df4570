"""Datasets: generated clips, known by names that are the same on every machine."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from swapbench_models.video.data.generate import generate
from swapbench_models.video.data.groups import groups
from swapbench_models.video.data.mark import TABLE, VERSION, Mark
from swapbench_models.video.data.metadata import read
from swapbench_models.video.data.plan import Plan
from swapbench_models.video.error import VideoError
from swapbench_models.video.folder import kept_in


def clips(**plan: Any) -> tuple[NDArray[np.str_], NDArray[np.int64], NDArray[np.int64]]:
    """Return the names (n,) of the clips of a plan, its fields as options, the class of each and its group.

    They are made once in the folder that is kept, `folder.kept_in`; `path` leads to each. Raises what making them does.
    """
    asked = Plan(**plan)
    told = json.dumps({**asdict(asked), "version": VERSION}, sort_keys=True)
    folder = kept_in() / "clips" / hashlib.sha256(told.encode()).hexdigest()[:16]
    made = read(generate(asked, folder, force=True))  # nobody edits what is kept there
    # Each file is opened here: whoever keeps what is returned knows by that when to ask anew.
    if not Mark(folder, asked).whole():
        raise VideoError(f"{folder}: was changed while it was read; try again.")
    names = np.array([f"{folder.name}/{each.name}" for each in made.paths])
    return names, made.labels, groups(made.clips)


def path(name: str) -> Path:
    """Return where the clip of a name lies; raises VideoError where its set was made in another folder."""
    place = kept_in() / "clips" / name
    if not place.parent.is_dir():
        raise VideoError(
            f"{place.parent}: holds no clips, for they were made in another folder; set SWAPBENCH_VIDEO to that, or "
            "measure with a new --swap-store."
        )
    return place


def groups_of(names: Sequence[str]) -> NDArray[np.str_]:
    """Return the group (n,) of each clip by its name, as the table beside it has it."""
    places = [path(name) for name in names]
    return np.array([f"{place.parent.name} {_groups(place.parent)[place]}" for place in places])


@cache
def _groups(folder: Path) -> Mapping[Path, int]:
    """Return the group of each clip of a folder, read once by a process."""
    made = read(folder / TABLE).clips
    return {clip.path: int(group) for clip, group in zip(made, groups(made), strict=True)}

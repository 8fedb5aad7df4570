"""Generate: the files of a data set, laid out as the published ones, of recordings that are drawn by a seed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from swapbench_models.can.data.layout import DATASETS
from swapbench_models.can.data.mark import COLUMNS, SUFFIXES, Mark
from swapbench_models.can.data.plan import Entry, Plan
from swapbench_models.can.data.recordings import stretches
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.writing import text
from swapbench_models.held import held

_NOTED = 1_000_000  # frames that are made at most before the mark says so: what is not noted is made again


def generate(plan: Plan, folder: Path, force: bool = False, form: str = COLUMNS) -> Path:
    """Make a plan's set, unless it is there, in a folder of its data set's name within this one, and return that.

    Its files are SPLIT/NAME.csv, as published: `timestamp` (seconds), `arbitration_id` and `data_field` (hexadecimal),
    `attack` (1 where the frame was injected); recordings without attacks stand in both splits for training. The other
    forms of SUFFIXES are those of raw logs. What a kill has left is kept, and the rest made; where it is forced, what
    was edited is made again, and a set of another plan gives way. Raises CanError for a form that is not known, where
    the folder holds something else, and where it cannot be written, and FamilyError where another process is at it.
    """
    if form not in SUFFIXES:
        raise CanError(f"{form}: is no form that a set is written in; give one of {', '.join(SUFFIXES)}.")
    place = folder / DATASETS[plan.dataset]
    mark = Mark(place, plan, form)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with held(folder / f".lock-{place.name}"):
            mark.check(force)
            _make(plan, mark, place)
    except OSError as error:
        raise CanError(f"{error.filename or place}: cannot be made ({error.strerror}); give another folder.") from error
    return place


def _make(plan: Plan, mark: Mark, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    mark.clear()
    made, listed = mark.kept(), mark.planned()
    if made.keys() == listed.keys():
        return
    mark.set(made)
    unnoted = 0
    for name, entry in listed.items():
        if name not in made:
            made[name] = _written(place / name, _pieces(plan, entry, mark.form))
            unnoted += entry.frames
        if unnoted > _NOTED:
            mark.set(made)
            unnoted = 0
    mark.set(made)


def _pieces(plan: Plan, entry: Entry, form: str) -> Iterator[bytes]:
    for turn, frames in enumerate(stretches(plan, entry)):
        piece = text(frames, form)
        yield piece.partition(b"\n")[2] if turn and form == COLUMNS else piece  # one header is enough


def _written(file: Path, pieces: Iterable[bytes]) -> str:
    """Write a file piece by piece, and put it in its place when it is complete; return the SHA-256 of what is in it."""
    file.parent.mkdir(exist_ok=True)
    sha = hashlib.sha256()
    with TemporaryDirectory(prefix=".partial-", dir=file.parent) as partial:
        with (Path(partial) / "partial").open("wb") as stream:
            for piece in pieces:
                stream.write(piece)
                sha.update(piece)
            stream.flush()
            os.fsync(stream.fileno())  # without it the name can be on disk before the content
        (Path(partial) / "partial").replace(file)
    return sha.hexdigest()

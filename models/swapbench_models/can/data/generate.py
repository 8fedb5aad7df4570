"""Generate: the files of a data set, laid out as the published ones, of recordings that are drawn by a seed."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from swapbench_models.can.data.mark import Mark
from swapbench_models.can.data.plan import Entry, Plan, files
from swapbench_models.can.data.recordings import stretches
from swapbench_models.can.error import CanError
from swapbench_models.can.frames.frames import Frames

_HEADER = "timestamp,arbitration_id,data_field,attack\n"


def generate(plan: Plan, folder: Path, force: bool = False) -> Path:
    """Make a plan's set, unless it is there, in a folder of its data set's name within this one, and return that.

    Its files are SPLIT/NAME.csv, as published: `timestamp` (seconds), `arbitration_id` and `data_field` (hexadecimal),
    `attack` (1 where the frame was injected); recordings without attacks stand in both splits for training. What a kill
    has left is kept, and the rest made; where it is forced, what was edited is made again, and a set of another plan
    gives way. Raises CanError where the folder holds something else, and where it cannot be written.
    """
    place = folder / plan.published.folder
    mark = Mark(place, plan)
    mark.check(force)
    try:
        made = _kept(mark, place)
        for name, entry in files(plan).items():
            if name not in made:
                made[name] = _written(place / name, _lines(plan, entry))
                mark.set(made)
    except OSError as error:
        raise CanError(f"{error.filename or place}: cannot be made ({error.strerror}); give another folder.") from error
    return place


def _kept(mark: Mark, place: Path) -> dict[str, str]:
    """Return what there is of the set already, in a folder in which there is nothing else any more."""
    place.mkdir(parents=True, exist_ok=True)
    mark.clear()
    kept = mark.kept()
    if kept != mark.files() or not kept:
        mark.set(kept)
    return kept


def _lines(plan: Plan, entry: Entry) -> Iterator[bytes]:
    yield _HEADER.encode()
    for frames in stretches(plan, entry):
        yield _text(frames)


def _text(frames: Frames) -> bytes:
    digits = frames.payloads.tobytes().hex().upper()
    columns = (frames.times.tolist(), frames.ids.tolist(), frames.lengths.tolist(), frames.attacks.tolist())
    rows = enumerate(zip(*columns, strict=True))
    return "".join(f"{t:.6f},{i:03X},{digits[16 * n : 16 * n + 2 * s]},{a}\n" for n, (t, i, s, a) in rows).encode()


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

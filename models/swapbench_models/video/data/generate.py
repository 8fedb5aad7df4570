"""Generate: a labelled set of clips, really encoded, of what a camera sees of pictures, half of them manipulated."""

import hashlib
from pathlib import Path

import numpy as np

from swapbench_models.video.data import metadata
from swapbench_models.video.data.camera import recorded
from swapbench_models.video.data.encoding import encoded, encoded_to
from swapbench_models.video.data.manipulation import manipulated
from swapbench_models.video.data.mark import TABLE, Mark
from swapbench_models.video.data.pictures import PICTURES, name, picture
from swapbench_models.video.data.plan import Plan, Shot, chance, shots
from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.frames import Pixels
from swapbench_models.writing import write


def generate(plan: Plan, folder: Path, force: bool = False) -> Path:
    """Make a plan's set in a folder, unless it is there, and return its table.

    The table names of each clip its label (0 real, 1 manipulated), its platform, as dup_group the picture that it is
    of, and the way in which it was manipulated. What a kill has left is made again; where it is forced, also what was
    edited, or is of another plan. Raises VideoError where the folder holds something else, and FamilyError where it
    cannot be written.
    """
    mark, table = Mark(folder, plan), folder / TABLE
    mark.check(force)
    if mark.whole():
        return table
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise VideoError(f"{folder}: cannot be made ({error.strerror}); give another folder.") from error
    mark.clear()
    mark.set(None)
    files = {}
    for shot in shots(plan):
        files[shot.file] = _written(folder / shot.file, clip(plan, shot))
    metadata.write(table, [_row(shot) for shot in shots(plan)])
    files[TABLE] = hashlib.sha256(table.read_bytes()).hexdigest()
    mark.set(files)
    return table


def clip(plan: Plan, shot: Shot) -> bytes:
    """Return the file of a clip.

    One that is manipulated is as large as it would be had nothing been done to it, so that no size or bit rate tells.
    """
    drawn = chance(plan, shot)
    seen = _seen(shot, plan.frames + plan.frames // 2, shot.picture, drawn)
    real = encoded(seen[: plan.frames], shot.encoding)
    if not shot.way:
        return real
    elsewhere = (shot.picture + int(drawn.integers(1, len(PICTURES)))) % len(PICTURES)
    other = _seen(shot, plan.frames, elsewhere, drawn)
    strength = plan.strength * drawn.uniform(0.6, 1.0)
    made = manipulated(shot.way, seen, other, plan.frames, strength, drawn)
    return encoded_to(made, shot.encoding, len(real))


def _seen(shot: Shot, frames: int, number: int, drawn: np.random.Generator) -> Pixels:
    return recorded(picture(number), frames, shot.width, shot.height, drawn)


def _written(path: Path, content: bytes) -> str:
    write(path, content)
    return hashlib.sha256(content).hexdigest()


def _row(shot: Shot) -> dict[str, str]:
    return {
        "video_path": shot.file,
        "label": str(shot.label),
        "platform": shot.encoding.platform,
        "dup_group": name(shot.picture),
        "manipulation": shot.way,
    }

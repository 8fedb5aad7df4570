"""Camera: a clip of a picture, seen by one that moves, turns to and from it, and is not perfect."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from swapbench_models.video.reading.frames import Pixels

# Pixels of the picture for one of a frame, where the picture is large enough.
_NEAREST, _FARTHEST = 1.0, 1.7
_SWEEP = 0.5  # of what is seen at once, the farthest that a path leads in a clip
_PATHS = 3  # of so many, the one that shows most: skies and walls are the same whatever is done to them
_GAIN, _TINT, _FLICKER = 0.12, 0.05, 0.01
_NOISE = (1.5, 2.5)  # levels of 255


def recorded(picture: Image.Image, frames: int, width: int, height: int, chance: np.random.Generator) -> Pixels:
    """Return frames (frames, height, width, 3) on a smooth path over a picture, as a camera has them.

    Brightness, white balance, sharpness (by how near it is) and noise differ from clip to clip.
    """
    paths = [_boxes(picture.size, frames, width, height, chance) for _ in range(_PATHS)]
    boxes = max(paths, key=lambda path: _contrast(picture, path[frames // 2]))
    seen = [picture.resize((width, height), Image.Resampling.BICUBIC, box=tuple(box)) for box in boxes.tolist()]
    gains = np.exp(chance.uniform(-_GAIN, _GAIN) + chance.uniform(-_TINT, _TINT, 3))
    drift = 1 + _FLICKER * np.sin(np.linspace(0, chance.uniform(1, 6), frames))
    noise = chance.standard_normal((frames, height, width, 3), np.float32) * np.float32(chance.uniform(*_NOISE))
    light = (drift[:, None, None, None] * gains).astype(np.float32)
    return levels(np.stack([np.asarray(each) for each in seen]) * light + noise)


def levels(values: NDArray[np.float32]) -> Pixels:
    """Return values as the nearest of 256 levels."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _boxes(
    size: tuple[int, int], frames: int, width: int, height: int, chance: np.random.Generator
) -> NDArray[np.float64]:
    """Return what is seen of a picture in each frame (frames, 4): left, top, right, bottom, not in whole pixels."""
    largest = min(size[0] / width, size[1] / height)
    far = min(_FARTHEST, largest)
    first, last = chance.uniform(min(_NEAREST, far), far, 2)
    views = _eased(first, last, frames)[:, None] * np.array([width, height])
    room = np.array(size) - views.max(axis=0)
    begin = chance.uniform(0, 1, 2) * room
    sweep = chance.uniform(-_SWEEP, _SWEEP, 2) * views.min(axis=0)
    end = np.clip(begin + sweep, 0, room)
    corners = np.stack([_eased(begin[axis], end[axis], frames) for axis in (0, 1)], axis=1)
    return np.concatenate([corners, np.minimum(corners + views, size)], axis=1)


def _contrast(picture: Image.Image, box: NDArray[np.float64]) -> float:
    return float(np.asarray(picture.resize((16, 16), Image.Resampling.BOX, box=tuple(box.tolist()))).std())


def _eased(begin: float, end: float, frames: int) -> NDArray[np.float64]:
    """Return values (frames,) from one to another that begin and end slowly."""
    return begin + (end - begin) * (1 - np.cos(np.linspace(0, np.pi, frames))) / 2

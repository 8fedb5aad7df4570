"""Manipulation: ways in which what a camera has recorded is changed before it is published.

Each takes frames (T + more, H, W, 3), of which the first T are what was recorded and the rest what followed, frames of
another scene of the same shape, T, a strength from 0 (nothing) on, where 1 is meant, and chance; it returns T frames.
"""

import io
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from swapbench_models.video.data.camera import levels
from swapbench_models.video.reading.frames import Pixels

Way = Callable[[Pixels, Pixels, int, float, np.random.Generator], Pixels]


def manipulated(
    way: str, frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator
) -> Pixels:
    """Return what one of WAYS makes of frames; an editor shows half of them in another size meanwhile."""
    made = WAYS[way](frames, other, count, strength, chance)
    return _rescaled(made, 1 + strength * chance.uniform(0.1, 0.4)) if chance.random() < 0.5 else made


def resampled(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """Made much smaller and enlarged again, as what was taken from a preview is."""
    return _rescaled(frames[:count], 1 + strength * chance.uniform(0.4, 1.2))


def blurred(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """A region that moves is blurred, as a face or a plate is."""
    sigma = strength * chance.uniform(1.5, 3.5)
    return _within(frames[:count], _smooth(frames[:count], sigma), chance)


def softened(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """Blurred a little everywhere, as what denoises does."""
    return levels(_smooth(frames[:count], strength * chance.uniform(0.7, 1.3)))


def spliced(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """A region that moves shows another scene, the more opaque the stronger."""
    given = frames[:count].astype(np.float32)
    opaque = np.float32(min(1.0, strength * chance.uniform(0.7, 1.0)))
    return _within(frames[:count], given + opaque * (other[:count] - given), chance)


def compressed(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """Compressed before, each picture as JPEG, with blocks that need not lie where the next encoder's do."""
    quality = max(1, round(50 - strength * chance.uniform(28, 42)))
    shift = tuple(int(each) for each in chance.integers(0, 8, 2))
    moved = np.roll(frames[:count], shift, axis=(1, 2))
    return np.roll(np.stack([_as_jpeg(picture, quality) for picture in moved]), (-shift[0], -shift[1]), axis=(1, 2))


def frozen(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """A frame is repeated in place of those that follow it."""
    length = _length(count, strength, chance)
    begin = int(chance.integers(0, count - length))
    made = frames[:count].copy()
    made[begin : begin + length + 1] = made[begin]
    return made


def cut(frames: Pixels, other: Pixels, count: int, strength: float, chance: np.random.Generator) -> Pixels:
    """Some frames are left out, and what follows moves up."""
    length = min(_length(count, strength, chance), len(frames) - count)
    begin = int(chance.integers(1, count))
    return np.delete(frames, slice(begin, begin + length), axis=0)[:count]


WAYS: Mapping[str, Way] = {
    "resampled": resampled,
    "spliced": spliced,
    "compressed": compressed,
    "frozen": frozen,
    "blurred": blurred,
    "softened": softened,
    "cut": cut,
}


def _rescaled(frames: Pixels, factor: float) -> Pixels:
    """Return frames that were made smaller by a factor, and are of their size again."""
    height, width = frames.shape[1:3]
    small = (max(1, round(width / factor)), max(1, round(height / factor)))

    def again(picture: Pixels) -> NDArray[np.uint8]:
        shrunk = Image.fromarray(picture).resize(small, Image.Resampling.BILINEAR)
        return np.asarray(shrunk.resize((width, height), Image.Resampling.BICUBIC))

    return np.stack([again(picture) for picture in frames])


def _as_jpeg(picture: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "jpeg", quality=quality)
    return np.asarray(Image.open(file))


def _length(count: int, strength: float, chance: np.random.Generator) -> int:
    """Return for how many frames, up to half of them, time is changed; for one, where that is none."""
    return max(1, min(count - 1, round(strength * chance.uniform(0.2, 0.5) * count)))


def _smooth(frames: Pixels, sigma: float) -> NDArray[np.float32]:
    smooth: NDArray[np.float32] = ndimage.gaussian_filter(frames.astype(np.float32), (0, sigma, sigma, 0))
    return smooth


def _within(frames: Pixels, changed: NDArray[np.float32], chance: np.random.Generator) -> Pixels:
    """Return frames that are changed in an ellipse with soft edges, which moves on a line."""
    count, height, width = frames.shape[:3]
    across, down = (side * chance.uniform(0.3, 0.5) for side in (width, height))
    time = np.linspace(0, 1, count)[:, None, None]
    (x0, x1), (y0, y1) = chance.uniform(0.2, 0.8, 2) * width, chance.uniform(0.2, 0.8, 2) * height
    rows, columns = np.ogrid[:height, :width]
    away = np.hypot((columns - x0 - (x1 - x0) * time) / across, (rows - y0 - (y1 - y0) * time) / down)
    share = np.clip((1 - away) * 4, 0, 1).astype(np.float32)[..., None]
    return levels(frames + share * (changed - frames))

"""Augmentation: a clip as it might have been recorded as well, the same each time it is asked for."""

import hashlib

import numpy as np
from PIL import Image

from swapbench_models.video.data.camera import levels
from swapbench_models.video.reading.frames import Pixels

# Raise it when augmented clips change: what was kept of them is made again.
VERSION = 1
_LEAST_SEEN = 0.85  # of each side
_GAIN, _SHIFT, _NOISE = 0.15, 12.0, 3.0  # a factor's logarithm, and levels of 255


def augmented(pixels: Pixels, content: str, seed: int, number: int) -> Pixels:
    """Return frames (T, H, W, 3) that are mirrored or not, cropped and enlarged again, of another brightness and
    contrast, and a little noisier, each frame of a clip alike but for its noise.

    What is drawn rests on the content of the clip's file, a seed and the augmentation's number alone: models, folds and
    processes get the same. These are for training; what is scored stays as it is.
    """
    drawn = _generator(content, seed, number)
    side = drawn.uniform(_LEAST_SEEN, 1)
    corner = drawn.uniform(0, 1 - side, 2)
    mirrored = drawn.random() < 0.5
    gain, shift = np.exp(drawn.uniform(-_GAIN, _GAIN)), drawn.uniform(-_SHIFT, _SHIFT)
    noise = np.float32(drawn.uniform(0, _NOISE)) * drawn.standard_normal(pixels.shape, np.float32)
    seen = _cropped(pixels[:, :, ::-1] if mirrored else pixels, float(corner[0]), float(corner[1]), float(side))
    return levels(np.float32(gain) * (seen - np.float32(127.5)) + np.float32(127.5 + shift) + noise)


def _generator(content: str, seed: int, number: int) -> np.random.Generator:
    drawn_of = hashlib.sha256(f"{content} {seed} {number}".encode()).digest()
    return np.random.default_rng(list(drawn_of))


def _cropped(pixels: Pixels, left: float, top: float, side: float) -> Pixels:
    height, width = pixels.shape[1:3]
    box = (left * width, top * height, (left + side) * width, (top + side) * height)
    resized = (Image.fromarray(each).resize((width, height), Image.Resampling.BILINEAR, box) for each in pixels)
    return np.stack([np.asarray(each) for each in resized])

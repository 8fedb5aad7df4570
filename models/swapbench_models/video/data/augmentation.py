"""Augmentation: a clip as it might have been recorded as well, the same each time it is asked for."""

import hashlib

import numpy as np

from swapbench_models.video.data.camera import levels
from swapbench_models.video.reading.frames import Pixels

# Raise it when augmented clips change: what was kept of them is made again.
VERSION = 2
_FARTHEST = 0.1  # of each side
_GAIN, _SHIFT = 0.15, 12.0  # a factor's logarithm, and levels of 255


def augmented(pixels: Pixels, content: str, seed: int, number: int) -> Pixels:
    """Return frames (T, H, W, 3) that are mirrored or not, moved by whole pixels, and of another brightness and
    contrast, each frame of a clip alike.

    None is made of another size, smoother or noisier: that is what clips are told apart by. What is drawn rests on the
    content of the clip's file, a seed and the augmentation's number alone: models, folds and processes get the same.
    These are for training; what is scored stays as it is.
    """
    drawn = _generator(content, seed, number)
    down, across = drawn.uniform(-_FARTHEST, _FARTHEST, 2)
    mirrored = drawn.random() < 0.5
    gain, shift = np.exp(drawn.uniform(-_GAIN, _GAIN)), drawn.uniform(-_SHIFT, _SHIFT)
    seen = _moved(pixels[:, :, ::-1] if mirrored else pixels, float(down), float(across))
    return levels(np.float32(gain) * (seen - np.float32(127.5)) + np.float32(127.5 + shift))


def _generator(content: str, seed: int, number: int) -> np.random.Generator:
    drawn_of = hashlib.sha256(f"{content} {seed} {number}".encode()).digest()
    return np.random.default_rng(list(drawn_of))


def _moved(pixels: Pixels, down: float, across: float) -> Pixels:
    """Return frames moved by shares of their sides; what comes in is the mirror image of what is beside it."""
    moves = [round(share * side) for share, side in zip((down, across), pixels.shape[1:3], strict=True)]
    edged = np.pad(pixels, [(0, 0), *((max(0, move), max(0, -move)) for move in moves), (0, 0)], "symmetric")
    (top, left), (height, width) = (max(0, -move) for move in moves), pixels.shape[1:3]
    return edged[:, top : top + height, left : left + width]

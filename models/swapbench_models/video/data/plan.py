"""Plan: which clips a generated set has, and how each is made."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from swapbench_models.video.data.encoding import PLATFORMS, Encoding
from swapbench_models.video.data.manipulation import WAYS
from swapbench_models.video.data.pictures import PICTURES
from swapbench_models.video.error import VideoError

REAL, MANIPULATED = 0, 1
# Of so many pairs, the last shows again what one of the others shows, encoded anew on another platform.
_REPEATING = 8
_CRFS, _RATES, _SHAPES = (18.0, 26.0), (24, 25, 30), (1.0, 3 / 4, 9 / 16)
_FEWEST_FRAMES, _SMALLEST, _MOST_PIXELS = 4, 32, 1 << 26
_STRONGEST = 10.0
# What a generator of random numbers is for.
_CAMERA, _ENCODING = 1, 2


@dataclass(frozen=True)
class Plan:
    """So many clips, half of them manipulated, of so many frames, whose longer side has `size` pixels.

    The same seed gives the same clips, and more of them begin with these. Manipulations of strength 1 are meant to be
    found in part by simple means; less is harder.
    """

    clips: int = 36
    frames: int = 16
    size: int = 96
    seed: int = 0
    strength: float = 1.0

    def __post_init__(self) -> None:
        """Raise VideoError for what cannot be."""
        if self.clips < 2 or self.clips % 2:
            raise VideoError(f"clips={self.clips}: half of them are manipulated; give an even number from 2 on.")
        if self.frames < _FEWEST_FRAMES:
            raise VideoError(f"frames={self.frames} are too few to change their order; give {_FEWEST_FRAMES} or more.")
        if self.size < _SMALLEST or self.size % 2:
            raise VideoError(f"size={self.size} cannot be encoded; give an even number of pixels from {_SMALLEST} on.")
        if self.frames * self.size**2 > _MOST_PIXELS:
            told = f"frames={self.frames}, size={self.size}: a clip of so many pixels is not made in memory"
            raise VideoError(f"{told}; give fewer or smaller ones, up to {_MOST_PIXELS:,} pixels.")
        if not 0 < self.strength <= _STRONGEST:
            raise VideoError(f"strength={self.strength:g}: give a number above 0, up to {_STRONGEST:g}.")
        if self.seed < 0:
            raise VideoError(f"seed={self.seed}: give a whole number from 0 on.")


@dataclass(frozen=True)
class Shot:
    """One clip of a set: what its camera sees, what is done to it, and how it is encoded.

    Clips of the same scene show the same; `way` is empty where nothing is done.
    """

    number: int
    scene: int
    picture: int
    width: int
    height: int
    label: int
    way: str
    encoding: Encoding

    @property
    def file(self) -> str:
        """Its name, which tells nothing of its label."""
        return file(self.number)


def file(number: int) -> str:
    """Return what the file of a clip is called."""
    return f"clip_{number:05d}.mp4"


def shots(plan: Plan) -> Iterator[Shot]:
    """Yield all clips of a plan, in pairs of one that is real and one that is not.

    A pair shares its picture, shape, platform, frame rate and rate factor: none of these tells which is which.
    """
    for pair in range(plan.clips // 2):
        turns, place = divmod(pair, _REPEATING)
        shown = pair - 1 - turns % (_REPEATING - 1) if place == _REPEATING - 1 else pair
        scene = shown - shown // _REPEATING
        platform = list(PLATFORMS)[(shown + (pair != shown)) % len(PLATFORMS)]
        encoding = _encoding(plan, pair, platform)
        width, height = _shape(plan, scene)
        turns, picture = divmod(scene, len(PICTURES))
        for label in (REAL, MANIPULATED):
            way = list(WAYS)[(scene + turns) % len(WAYS)] if label else ""
            yield Shot(2 * pair + label, scene, picture, width, height, label, way, encoding)


def chance(plan: Plan, shot: Shot) -> np.random.Generator:
    """Return what decides all that is by chance in a clip's frames."""
    return np.random.default_rng([plan.seed, _CAMERA, shot.scene, shot.label, 1])


def _shape(plan: Plan, scene: int) -> tuple[int, int]:
    drawn = np.random.default_rng([plan.seed, _CAMERA, scene, 2, 1])
    short = 2 * round(plan.size * _SHAPES[int(drawn.integers(len(_SHAPES)))] / 2)
    return (plan.size, short) if drawn.random() < 0.5 else (short, plan.size)


def _encoding(plan: Plan, pair: int, platform: str) -> Encoding:
    drawn = np.random.default_rng([plan.seed, _ENCODING, pair, 1])
    return Encoding(platform, round(float(drawn.uniform(*_CRFS)), 2), _RATES[int(drawn.integers(len(_RATES)))])

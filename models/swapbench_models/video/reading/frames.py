"""Frames: what a network is given of a clip, pictures of one size however the clip is shaped."""

from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter
from av.video.stream import VideoStream
from numpy.typing import NDArray

from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.sampling import sampled

# The same bits on every processor.
_SCALING = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT

Pixels = NDArray[np.uint8]


def frames(path: str | Path, count: int, size: int) -> Pixels:
    """Return `count` frames of a clip as RGB, (count, size, size, 3), as far from each other as can be.

    Each stands upright as its file says, keeps its proportions, and has black bars where it is not square. Raises
    VideoError, which names the file, where it is missing, no video, cut off or damaged, or has no frame.
    """
    if size < 1:
        raise VideoError(f"Frames of {size} x {size} cannot be made; ask for one pixel or more.")
    scaling = VideoReformatter()
    return np.stack(sampled(path, count, lambda frame, stream: _letterboxed(frame, stream, size, scaling)))


def rgb(frame: VideoFrame, scaling: VideoReformatter, width: int, height: int) -> Pixels:
    """Return a frame as RGB of another size (height, width, 3), as it was encoded."""
    scaled = scaling.reformat(frame, width, height, "rgb24", interpolation=_SCALING, threads=1)
    return np.asarray(scaled.to_ndarray(), np.uint8)


def _letterboxed(frame: VideoFrame, stream: VideoStream, size: int, scaling: VideoReformatter) -> Pixels:
    wide = frame.width * float(stream.sample_aspect_ratio or 1)  # pixels need not be square
    scale = size / max(wide, frame.height)
    width, height = (max(1, min(size, round(side * scale))) for side in (wide, frame.height))
    picture = np.rot90(rgb(frame, scaling, width, height), round(frame.rotation / 90))
    top, left = ((size - side) // 2 for side in picture.shape[:2])
    made = np.zeros((size, size, 3), np.uint8)
    made[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return made

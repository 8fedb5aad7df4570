"""Extract: the features of a picture, and of a clip."""

from pathlib import Path
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from swapbench_models.video.features.blocks import boundary_inconsistency
from swapbench_models.video.features.cues import cues
from swapbench_models.video.features.dct import dct
from swapbench_models.video.features.gray import gray
from swapbench_models.video.features.noise import noise
from swapbench_models.video.features.sharpness import sharpness
from swapbench_models.video.features.strips import mirrored
from swapbench_models.video.reading.codec import codec
from swapbench_models.video.reading.frames import rgb
from swapbench_models.video.reading.sampling import sampled

Features = NDArray[np.float64]


def of_picture(picture: NDArray[Any], block: int = 8) -> Features:
    """Return the numbers named in FRAME of a picture in RGB (H, W, 3) or of one colour (H, W), uint8.

    `block` is the side of a codec's blocks: 8 pixels, or 16 for the macroblocks of H.264. Raises VideoError for what is
    no picture.
    """
    edged = mirrored(gray(picture))
    return np.array((*noise(edged), *dct(edged), *sharpness(edged), boundary_inconsistency(edged, block)))


def of_clip(path: str | Path, frames: int = 8, block: int = 8) -> Features:
    """Return the numbers named in NAMES of a clip: those of its pictures averaged over so many frames, then its cues.

    Frames are taken as they were encoded, neither scaled nor turned, for the blocks of a codec lie where they lay then;
    one is in memory at a time. Raises VideoError, which names the file, where it cannot be read.
    """
    scaling = VideoReformatter()

    def measured(frame: VideoFrame, _: object) -> Features:
        return of_picture(rgb(frame, scaling, frame.width, frame.height), block)

    return np.concatenate([np.mean(sampled(path, frames, measured), axis=0), cues(codec(path))])

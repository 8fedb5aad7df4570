"""Encoding: frames as the bytes of a clip, H.264 in MP4."""

import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import av
from av.video.reformatter import Interpolation, VideoReformatter

from swapbench_models.video.reading.frames import Pixels

# Where clips are published: each encodes what it is given in its own way.
PLATFORMS: Mapping[str, Mapping[str, str]] = {
    "archive": {"preset": "veryfast", "profile": "high", "g": "12", "bf": "2"},
    "stream": {"preset": "superfast", "profile": "main", "g": "30", "bf": "0"},
}
# The same bytes each time and on every processor: threads of x264 decide by what others have done so far, and
# its fast code for macroblock trees gave up to ten different clips of the same frames in twelve tries of one process.
_SAME = {"threads": "1", "x264-params": "mbtree=0:cpu-independent=1"}
_SCALING = Interpolation.BILINEAR | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
_COARSEST = 51.0
_HALVING = 6.0  # so much more of x264's crf makes about half the bytes
_NEAR = 0.02


@dataclass(frozen=True)
class Encoding:
    """A platform's settings, x264's constant rate factor, and frames a second."""

    platform: str
    crf: float
    rate: int


def encoded(frames: Pixels, encoding: Encoding) -> bytes:
    """Return the clip of frames (T, H, W, 3), whose sides are even: the same bytes for the same frames."""
    file = io.BytesIO()
    options = {**PLATFORMS[encoding.platform], "crf": f"{encoding.crf:.3f}", **_SAME}
    scaling = VideoReformatter()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=encoding.rate, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame = scaling.reformat(frame, format="yuv420p", interpolation=_SCALING, threads=1)
            frame.pts, frame.time_base = number, Fraction(1, encoding.rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return file.getvalue()


def encoded_to(frames: Pixels, encoding: Encoding, wanted: int, tries: int = 4) -> bytes:
    """Return the clip of frames, at whatever constant rate factor gives it about so many bytes: within 2 % of them, or
    the nearest of some tries."""
    best = made = encoded(frames, encoding)
    for _ in range(tries):
        if abs(len(best) - wanted) <= _NEAR * wanted:
            break
        crf = encoding.crf + _HALVING * math.log2(len(made) / wanted)
        encoding = replace(encoding, crf=min(_COARSEST, max(1.0, crf)))
        made = encoded(frames, encoding)
        best = min(best, made, key=lambda clip: abs(len(clip) - wanted))
    return best

"""Sampling: so many frames of a clip, as far from each other as can be, from the first to the last.

A frame is asked for by its time, and decoding goes on from where it stands or begins at the key frame before it. Where
that does not lead to the very frame, since times are missing or untrue, or a key frame is none, all are decoded and
counted, and so the frames are the same either way.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.opening import opened
from swapbench_models.video.reading.packets import Packets, packets

# Decoding goes on to a key frame that is nearer than this many frames, and seeks one that is farther: seeking takes
# about as long as the two or three frames that a decoder keeps back until it can order them. Measured on two busy cores
# with PyAV 18.1 and H.264, 176 x 144 to 1280 x 720: eight of 250 frames with six key frames are there in 0.13 s, 0.25 s
# by decoding everything, and eight of 10,000 with 240 in 0.2 s (20 s). Of 32 frames of 128, a limit of 2 or 4 was best
# where one frame in four or twelve is a key frame (66 ms, 73 ms by decoding everything, 98 ms without a limit), and 0
# to 2 where all are (28 ms, 83 ms with a limit of 4).
_AHEAD = 2

Taken = TypeVar("Taken")
Take = Callable[[VideoFrame, VideoStream], Taken]


def places(frames: int, count: int) -> NDArray[np.intp]:
    """Return the indices (count,) of frames as far from each other as can be; fewer frames than that are repeated."""
    return np.linspace(0, frames - 1, count).round().astype(np.intp)


def sampled(path: str | Path, count: int, take: Take[Taken]) -> list[Taken]:
    """Return what `take` makes of each of `count` frames of a clip, called once for a frame that is there repeatedly.

    Raises VideoError, which names the file, where it is missing, no video, cut off or damaged, or has no frame.
    """
    if count < 1:
        raise VideoError(f"{count} frames cannot be sampled; ask for one or more.")
    with opened(path) as (container, stream):
        known = packets(container, stream)
        found = _by_time(container, stream, known, count, take) if known.timed and len(known.times) else None
    return _by_counting(path, count, take) if found is None else found


def _by_time(
    container: InputContainer, stream: VideoStream, known: Packets, count: int, take: Take[Taken], ahead: int = _AHEAD
) -> list[Taken] | None:
    """Return what is made of the frames at these times, or None where one is not found."""
    wanted = known.times[places(len(known.times), count)]
    made: dict[int, Taken] = {}
    shown, decoding = -1, _from(container, stream, 0, 0)
    for time in np.unique(wanted).tolist():
        at = int(np.searchsorted(known.keys, time, "right")) - 1
        if at < 0:
            return None
        if shown < 0 or np.searchsorted(known.times, known.keys[at]) - shown > ahead:
            decoding = _from(container, stream, int(known.keys[at]), int(known.starts[at]))
        try:
            frame = next((frame for frame in decoding if frame.pts is None or frame.pts >= time), None)
        except FFmpegError:
            return None  # some begin with what stands on frames before the key frame; if it is damage, counting tells
        if frame is None or frame.pts != time or frame.is_corrupt:
            return None
        shown = int(np.searchsorted(known.times, time))
        made[time] = take(frame, stream)
    return [made[time] for time in wanted.tolist()]


def _from(container: InputContainer, stream: VideoStream, key: int, start: int) -> Iterator[VideoFrame]:
    """Yield the frames from a key frame on; none where seeking does not lead to it."""
    container.seek(start, stream=stream)
    begun = False
    for packet in container.demux(stream):
        begun = begun or (packet.is_keyframe and packet.pts == key)
        if begun:
            yield from packet.decode()
        elif packet.pts is None or (packet.is_keyframe and packet.pts > key):
            return


def _by_counting(path: str | Path, count: int, take: Take[Taken]) -> list[Taken]:
    with opened(path) as (container, stream):
        frames = sum(1 for _ in container.decode(stream))
    if not frames:
        raise VideoError(f"{path}: holds no frame; encode it again.")
    wanted = places(frames, count)
    chosen = set(wanted.tolist())
    with opened(path) as (container, stream):
        made = {}
        for at, frame in enumerate(container.decode(stream)):
            if at in chosen:
                if frame.is_corrupt:
                    raise VideoError(f"{path}: frame {at} is damaged; encode it again.")
                made[at] = take(frame, stream)
    return [made[at] for at in wanted.tolist()]

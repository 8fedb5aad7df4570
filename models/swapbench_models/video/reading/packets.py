"""Packets: what is known of a clip before any of it is decoded."""

import math
from array import array
from dataclasses import dataclass

import numpy as np
from av.container import InputContainer
from av.video.stream import VideoStream
from numpy.typing import NDArray


@dataclass(frozen=True)
class Packets:
    """When each frame of a clip is shown (n,), when each key frame is and when it is decoded (k,), in the stream's unit
    of time, ascending; how many packets there are and how many of them are key frames, whether they have times or not,
    their mean size and its standard deviation in bytes; and whether these times can be believed."""

    times: NDArray[np.int64]
    keys: NDArray[np.int64]
    starts: NDArray[np.int64]
    count: int
    key_count: int
    mean_bytes: float
    std_bytes: float
    timed: bool


def packets(container: InputContainer, stream: VideoStream) -> Packets:
    """Read a clip from its beginning to its end without decoding. Of each frame eight bytes are kept."""
    times, keys, starts = array("q"), array("q"), array("q")
    count = key_count = total = squares = 0
    timed = True
    for packet in container.demux(stream):
        if not packet.size:  # the end, or a frame that was left out
            continue
        count, total, squares = count + 1, total + packet.size, squares + packet.size**2
        key_count += packet.is_keyframe
        if packet.pts is None:
            timed = False
            continue
        if packet.is_keyframe:
            keys.append(packet.pts)
            starts.append(packet.pts if packet.dts is None else packet.dts)
        if not packet.is_discard:  # what was cut away by an edit list is decoded, and not shown
            times.append(packet.pts)
    shown, ascending = np.asarray(times), np.sort(times)
    # Some containers have no times but those of decoding, though frames are not shown in that order.
    reordered = stream.codec_context.reorder_depth > 0 and len(shown) > 1 and bool(np.array_equal(shown, ascending))
    distinct = bool((np.diff(ascending) > 0).all())
    mean = total / count if count else 0.0
    deviation = math.sqrt(max(0.0, squares / count - mean**2)) if count else 0.0
    order = np.argsort(keys)
    return Packets(
        ascending,
        np.asarray(keys)[order],
        np.asarray(starts)[order],
        count,
        key_count,
        mean,
        deviation,
        timed and distinct and not reordered,
    )

"""Codec: what the file of a clip says of how it was encoded."""

from dataclasses import dataclass
from pathlib import Path

from av.video.stream import VideoStream

from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.opening import opened
from swapbench_models.video.reading.packets import Packets, packets


@dataclass(frozen=True)
class Codec:
    """How a clip was encoded: the bit rate of its pictures alone in Mbit/s, frames a second on average, frames a key
    frame, and the mean size of a frame and its standard deviation in bytes. A clip of one frame has no rates: zero."""

    name: str
    profile: str | None
    pixel_format: str
    bit_rate: float
    frame_rate: float
    key_distance: float
    packet_mean: float
    packet_std: float


def codec(path: str | Path) -> Codec:
    """Read a clip once, without decoding it.

    Raises VideoError, which names the file, where it is missing, no video, or cut off, or has no frame.
    """
    with opened(path) as (container, stream):
        known = packets(container, stream)
        if not known.count or stream.pix_fmt is None:
            raise VideoError(f"{path}: holds no frame; encode it again.")
        rate = _rate(known, stream)
        return Codec(
            name=stream.codec_context.codec.canonical_name,
            profile=stream.profile,
            pixel_format=stream.pix_fmt,
            bit_rate=known.mean_bytes * 8 * rate / 1e6,
            frame_rate=rate,
            key_distance=known.count / max(1, known.key_count),
            packet_mean=known.mean_bytes,
            packet_std=known.std_bytes,
        )


def _rate(known: Packets, stream: VideoStream) -> float:
    """Return the frames a second from the first to the last, which a rate that varies leaves true."""
    shown = known.times[-1] - known.times[0] if len(known.times) else 0
    if shown and stream.time_base is not None:
        return float((len(known.times) - 1) / (shown * stream.time_base))
    return float(stream.average_rate or 0) if known.count > 1 else 0.0

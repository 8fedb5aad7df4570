"""Cues: how a clip was encoded, as numbers."""

from av.video.format import VideoFormat

from swapbench_models.video.features.table import CODECS, PROFILES
from swapbench_models.video.reading.codec import Codec


def cues(codec: Codec) -> tuple[float, ...]:
    """Return the numbers named in CUES: ones for the codec and for the word that its profile has in its name, zeros for
    the others; bits a pixel before compression; and what the file says in numbers."""
    profile = (codec.profile or "").lower()
    return (
        *(float(codec.name == name) for name in CODECS),
        *(float(name in profile) for name in PROFILES),
        float(VideoFormat(codec.pixel_format).bits_per_pixel),
        codec.bit_rate,
        codec.frame_rate,
        codec.key_distance,
        codec.packet_mean,
        codec.packet_std,
    )

"""Whole: whether a file ends where its outermost elements say that it does.

Demuxers read what is there of a file that was cut off, and say nothing. So no container is read but those that tell
where they end: boxes of ISO 14496-12 (MP4, MOV), EBML (Matroska, WebM, RFC 8794), RIFF (AVI) and GIF. Of fragments in
an MP4, each tells this of itself alone.
"""

from pathlib import Path
from typing import BinaryIO

from swapbench_models.video.error import VideoError
from swapbench_models.video.reading.gif import end_of_gif
from swapbench_models.video.reading.regular import regular

_EBML, _RIFF = b"\x1a\x45\xdf\xa3", b"RIFF"
_BOXES = {
    *(b"ftyp", b"styp", b"moov", b"moof", b"mfra", b"mdat", b"sidx", b"ssix", b"emsg", b"prft", b"pdin", b"meta"),
    *(b"udta", b"uuid", b"free", b"skip", b"wide", b"junk", b"pict", b"pnot"),
}


def check_whole(path: Path) -> None:
    """Raise VideoError for a file that goes on beyond its end, or does not say where it ends, or is of none of these.

    Raises OSError where it cannot be read.
    """
    size = regular(path).st_size
    if not size:
        raise VideoError(f"{path}: is empty; put the clip there again.")
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == _EBML:
            end = _end_of_segment(file)
        elif head[:4] == _RIFF and head[8:] == b"AVI ":
            end = _end_of_chunks(file, size)
        elif head[:3] == b"GIF":
            end = end_of_gif(file)
        elif head[4:8] in _BOXES:
            end = _end_of_boxes(file, size)
        else:
            raise VideoError(
                f"{path}: cannot be read as video (it is no MP4, MOV, MKV, WebM, AVI or GIF); encode it so."
            )
    if end is None:
        raise VideoError(
            f"{path}: does not say where it ends, for it is cut off, or was streamed; put the clip there again, or "
            "copy its streams into an MP4 or MKV."
        )
    if end > size:
        raise VideoError(f"{path}: is cut off, {size:,} bytes of {end:,}; put the clip there again.")


def _end_of_boxes(file: BinaryIO, size: int) -> int | None:
    """Return where the last box ends whose kind is known; what follows it is none of the container's."""
    end = 0
    while end < size:
        file.seek(end)
        head = file.read(16)
        if head[4:8] not in _BOXES:
            break
        length = int.from_bytes(head[:4], "big")
        if length == 1:  # the next eight bytes have it
            length = int.from_bytes(head[8:], "big")
        if length < 8:  # 0 is a box to the end of the file, and others are not even as long as their heads
            return None
        end += length
    return end


def _end_of_chunks(file: BinaryIO, size: int) -> int | None:
    """Return where the last RIFF ends, of which a file of more than 1 GiB has several."""
    end = 0
    while end < size:
        file.seek(end)
        head = file.read(8)
        if head[:4] != _RIFF:
            break
        length = int.from_bytes(head[4:], "little")
        if length in (0, 0xFFFFFFFF):
            return None
        end += 8 + length
    return end


def _end_of_segment(file: BinaryIO) -> int | None:
    """Return where the segment ends that follows the header."""
    file.seek(4)
    length, _ = _number(file)
    file.seek(length + 4, 1)  # the header, and the segment's identity
    length, known = _number(file)
    return file.tell() + length if known else None


def _number(file: BinaryIO) -> tuple[int, bool]:
    """Return a number whose leading zeros say how many bytes it has, and whether it is one: all ones are none."""
    first = int.from_bytes(file.read(1), "big")
    more = 8 - first.bit_length()
    value = int.from_bytes(file.read(more), "big") | (first ^ (1 << (7 - more)) if first else 0) << 8 * more
    return value, value != (1 << 7 * (more + 1)) - 1 and first > 0

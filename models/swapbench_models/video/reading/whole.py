"""Whole: whether a file ends where its outermost elements say that it does.

Demuxers read what is there of a file that was cut off, and say nothing. Three families of containers tell their size at
the beginning: boxes of ISO 14496-12 (MP4, MOV), EBML (Matroska, WebM, RFC 8794) and RIFF (AVI).
"""

from pathlib import Path
from typing import BinaryIO

from swapbench_models.video.error import VideoError

_EBML, _RIFF = b"\x1a\x45\xdf\xa3", b"RIFF"
_BOXES = {b"ftyp", b"moov", b"mdat", b"moof", b"free", b"skip", b"wide", b"uuid", b"styp", b"sidx", b"mfra", b"pnot"}


def check_whole(path: Path) -> None:
    """Raise VideoError where a file says that it goes on beyond its end; what says nothing of its size is whole.

    Raises OSError where it cannot be read.
    """
    size = path.stat().st_size
    if not size:
        raise VideoError(f"{path}: is empty; put the clip there again.")
    with path.open("rb") as file:
        head = file.read(8)
        if head[:4] == _RIFF:
            end = 8 + int.from_bytes(head[4:], "little")
        elif head[:4] == _EBML:
            end = _end_of_segment(file)
        else:
            end = _end_of_boxes(file, size)
    if end > size:
        raise VideoError(f"{path}: is cut off, {size:,} bytes of {end:,}; put the clip there again.")


def _end_of_boxes(file: BinaryIO, size: int) -> int:
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
            break
        end += length
    return end


def _end_of_segment(file: BinaryIO) -> int:
    """Return where the segment ends that follows the header; 0 where it does not say, as when it was streamed."""
    file.seek(4)
    length, _ = _number(file)
    file.seek(length + 4, 1)  # the header, and the segment's identity
    length, known = _number(file)
    return file.tell() + length if known else 0


def _number(file: BinaryIO) -> tuple[int, bool]:
    """Return a number whose leading zeros say how many bytes it has, and whether it is one: all ones are none."""
    first = int.from_bytes(file.read(1), "big")
    more = 8 - first.bit_length()
    value = int.from_bytes(file.read(more), "big") | (first ^ (1 << (7 - more)) if first else 0) << 8 * more
    return value, value != (1 << 7 * (more + 1)) - 1 and first > 0

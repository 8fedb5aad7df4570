"""GIF: where its last byte is, as its blocks lead to it (CompuServe, "GIF89a Specification", 1990)."""

from typing import BinaryIO

_IMAGE, _EXTENSION, _TRAILER = b"\x2c", b"\x21", b"\x3b"


def end_of_gif(file: BinaryIO) -> int | None:
    """Return where a file ends, or None where no trailer is: it is cut off, or something else."""
    file.seek(10)  # the signature, width and height
    _skip_colours(file)
    file.seek(2, 1)  # the background and the proportions of a pixel, which are before the table
    while (kind := file.read(1)) in (_IMAGE, _EXTENSION):
        if kind == _IMAGE:
            file.seek(8, 1)  # its place and size
            _skip_colours(file)
        file.seek(1, 1)  # how many bits a code has, or what extends
        while length := file.read(1):
            if length == b"\0":
                break
            file.seek(length[0], 1)
    return file.tell() if kind == _TRAILER else None


def _skip_colours(file: BinaryIO) -> None:
    """Pass a byte of flags, and as many bytes as the table of colours has that it tells of."""
    flags = (file.read(1) or b"\0")[0]
    if flags & 0x80:
        file.seek(3 << (flags & 7) + 1, 1)

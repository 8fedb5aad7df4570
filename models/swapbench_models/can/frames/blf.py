"""BLF: Vector's binary log, object by object, each of which is checked before python-can is given it.

python-can 4.6 says nothing of a file that is cut off, and goes round for ever where an object has no length. The file
begins with a header; of the objects after it, containers hold others, compressed, which may go on in the next one.
"""

import struct
import zlib
from collections.abc import Iterator

from swapbench_models.can.error import CanError
from swapbench_models.can.frames.skipped import Skipped
from swapbench_models.can.frames.source import Source

_HEADER = 144  # bytes
_HEADER_START = struct.Struct("<4sL8xQ")  # its signature and length, and the length of the file, zero till it is closed
_OBJECT = struct.Struct("<4sHHLL")  # signature, length and version of the header, length and kind of the object
_CONTAINER = struct.Struct("<H6xL4x")  # method, length when it is not compressed
_SIGNATURE, _KIND, _PLAIN, _DEFLATED = b"LOBJ", 10, 0, 2
_ALIGNED = 8  # objects begin at most so many bytes after the end of the one before
_LARGEST = 1 << 24  # bytes of a container: they have some 128 kB, and what is compressed may be made to fill memory
# The least lengths of those kinds that are read, with their headers: CAN_MESSAGE, its second version, CAN_ERROR_EXT,
# CAN_FD_MESSAGE and CAN_FD_MESSAGE_64.
_LEAST = {1: 48, 86: 48, 73: 64, 100: 116, 101: 72}


class Checked:
    """A BLF as a file from which python-can reads; damage ends it, and is added to `skipped`."""

    def __init__(self, source: Source, skipped: Skipped) -> None:
        self._parts = _parts(_Bytes(source))
        self._skipped = skipped
        self._ready = b""

    def read(self, size: int = -1) -> bytes:
        """Return so many bytes, fewer at the end."""
        while len(self._ready) < size and (more := self._more()):
            self._ready += more
        given, self._ready = self._ready[:size], self._ready[size:]
        return given

    def close(self) -> None:
        """Do nothing: who opened the source closes it."""

    def _more(self) -> bytes:
        try:
            return next(self._parts, b"")
        except CanError:
            raise
        except ValueError as why:
            self._skipped.add(None, str(why))
            return b""


class _Bytes:
    """Bytes of a source, so many as are asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.taken = 0

    def most(self, size: int) -> bytes:
        parts = []
        while size and (part := self._source.read(size)):
            parts.append(part)
            size -= len(part)
            self.taken += len(part)
        return b"".join(parts)

    def all(self, size: int) -> bytes:
        if size > _LARGEST:
            raise ValueError(
                f"says at byte {self.taken:,} that {size:,} follow, which no log has together; it is damaged."
            )
        found = self.most(size)
        if len(found) < size:
            raise ValueError(f"is cut off at byte {self.taken:,}; export it again.")
        return found


def _parts(source: _Bytes) -> Iterator[bytes]:
    """Yield the header and each container, unpacked; raises ValueError where they are not as they should be."""
    head = source.all(_HEADER_START.size)
    signature, length, whole = _HEADER_START.unpack(head)
    if signature != b"LOGG" or length < _HEADER:
        raise ValueError("has no header of a BLF.")
    yield head + source.all(length - len(head))
    tail = b""
    while begin := source.most(_OBJECT.size):
        kind, content = _outer(begin + source.all(_OBJECT.size - len(begin)), source)
        if kind == _KIND:
            content = _unpacked(content, source.taken)
            tail = _checked(tail + content, source.taken)
            yield _packed(content)
    if tail.strip(b"\0") or source.taken < whole:
        raise ValueError(f"is cut off at byte {source.taken:,}; export it again.")


def _outer(begin: bytes, source: _Bytes) -> tuple[int, bytes]:
    """Return what an object of the file is, and its content."""
    signature, _, _, length, kind = _OBJECT.unpack(begin)
    if signature != _SIGNATURE or length < _OBJECT.size:
        raise ValueError(f"is damaged before byte {source.taken:,}: no object begins there.")
    content = source.all(length - _OBJECT.size)
    source.most(length % 4)  # what fills it up, and may be missing at the end
    return kind, content


def _unpacked(content: bytes, place: int) -> bytes:
    """Return what a container holds."""
    damaged = f"is damaged before byte {place:,}: "
    if len(content) < _CONTAINER.size:
        raise ValueError(f"{damaged}a container is too short.")
    method, _ = _CONTAINER.unpack_from(content)
    if method == _PLAIN:
        return content[_CONTAINER.size :]
    if method != _DEFLATED:
        raise ValueError(f"{damaged}the method {method} of packing is not known.")
    unpacking = zlib.decompressobj()
    try:
        found = unpacking.decompress(content[_CONTAINER.size :], _LARGEST)
    except zlib.error as error:
        raise ValueError(f"{damaged}{error}.") from error
    if not unpacking.eof:
        raise ValueError(f"{damaged}a container is cut off, or holds more than {_LARGEST:,} bytes.")
    return found


def _checked(content: bytes, place: int) -> bytes:
    """Return what is left of objects after the last whole one."""
    at = 0
    while True:
        begin = content.find(_SIGNATURE, at, at + _ALIGNED)
        if begin < 0:
            if len(content) - at >= _ALIGNED:
                raise ValueError(f"is damaged before byte {place:,}: no object begins in a container where one should.")
            return content[at:]
        if len(content) - begin < _OBJECT.size:
            return content[at:]
        _, _, _, length, kind = _OBJECT.unpack_from(content, begin)
        if length < _LEAST.get(kind, _OBJECT.size) or length > _LARGEST:
            raise ValueError(f"is damaged before byte {place:,}: an object has a length of {length} bytes.")
        if begin + length > len(content):
            return content[at:]
        at = begin + length


def _packed(content: bytes) -> bytes:
    """Return a container that holds this as it is."""
    length = _OBJECT.size + _CONTAINER.size + len(content)
    head = _OBJECT.pack(_SIGNATURE, _OBJECT.size, 1, length, _KIND) + _CONTAINER.pack(_PLAIN, len(content))
    return head + content + bytes(length % 4)

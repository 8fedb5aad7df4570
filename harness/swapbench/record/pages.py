"""Pages: the rows in a file of SQLite's, read page by page, whatever should lead to them.

The form is that of https://www.sqlite.org/fileformat2.html. Nothing is believed of a file that may be damaged: what is
read may be no row at all.
"""

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

_PAGE = 4096
# Kinds of pages with rows. Those of an index, and of a table without numbers, have some in their inner pages, too, each
# behind the number of the page below it.
_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER = 13, 10, 2
_BELOW = 4
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}  # bytes of each kind


def rows(content: bytes) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """Yield what looks like a row of texts and whole numbers, with its number where its table has such, in no order."""
    size = int.from_bytes(content[16:18], "big") or _PAGE
    pages = _Pages(content, size if size >= 512 and size & (size - 1) == 0 else _PAGE)
    for number in range(len(content) // pages.size + 1):
        for place, indexed in pages.cells(number):
            with suppress(IndexError, ValueError, struct.error):  # damage looks like anything
                yield pages.row(number, place, indexed=indexed)


@dataclass(frozen=True)
class _Pages:
    content: bytes
    size: int

    def page(self, number: int) -> bytes:
        return self.content[number * self.size : (number + 1) * self.size]

    def cells(self, number: int) -> Iterator[tuple[int, bool]]:
        """Yield where the rows of a page begin in it, and whether it is that of an index."""
        page, head = self.page(number), 0 if number else 100
        if len(page) < head + 8 or page[head] not in (_TABLE_LEAF, _INDEX_LEAF, _INDEX_INNER):
            return
        (count,) = struct.unpack_from(">H", page, head + 3)
        below = _BELOW if page[head] == _INDEX_INNER else 0
        first = head + 8 + below
        for at in range(first, min(first + 2 * count, len(page) - 1), 2):
            (place,) = struct.unpack_from(">H", page, at)
            yield place + below, page[head] != _TABLE_LEAF

    def row(self, number: int, place: int, *, indexed: bool) -> tuple[int, tuple[Any, ...]]:
        """Return the number and the values of a row; raises IndexError, ValueError or struct.error for what is none."""
        page = self.page(number)
        length, place = _varint(page, place)
        row, place = (0, place) if indexed else _varint(page, place)
        return row, _values(self._payload(page, place, length, indexed=indexed))

    def _payload(self, page: bytes, place: int, length: int, *, indexed: bool) -> bytes:
        """Return all of a row, which goes on in other pages where it is long."""
        least = (self.size - 12) * 32 // 255 - 23
        most = (self.size - 12) * 64 // 255 - 23 if indexed else self.size - 35
        if length <= most:
            return page[place : place + length]
        if length > len(self.content):
            raise ValueError
        here = least + (length - least) % (self.size - 4)
        here = here if here <= most else least
        found = [page[place : place + here]]
        (following,) = struct.unpack_from(">I", page, place + here)
        while (left := length - sum(map(len, found))) > 0:
            other = self.page(following - 1)
            found.append(other[4 : 4 + left])
            (following,) = struct.unpack_from(">I", other)
        return b"".join(found)


def _values(payload: bytes) -> tuple[Any, ...]:
    head, at = _varint(payload, 0)
    kinds = []
    while at < head:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values = []
    for kind in kinds:
        size = _INTEGERS.get(kind, (kind - 12) // 2 if kind >= 12 else 0)
        values.append(_value(kind, payload[at : at + size]))
        at += size
    return tuple(values)


def _value(kind: int, content: bytes) -> Any:
    if kind in (8, 9):
        return kind - 8
    if kind in _INTEGERS:
        return int.from_bytes(content, "big", signed=True)
    if kind >= 13 and kind % 2:
        return content.decode()
    raise ValueError


def _varint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of one to nine bytes, and where it ends."""
    value = 0
    for end in range(at, at + 8):
        value = value << 7 | content[end] & 127
        if content[end] < 128:
            return value, end + 1
    return value << 8 | content[at + 8], at + 9

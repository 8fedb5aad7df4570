"""Widths of texts in DejaVu Sans, the font of all pictures, and texts cut to the room that there is.

The advances are the font's own, of version 2.37 (its licence lets them be copied freely), so that no library is needed
to measure a text. Kerning is left out: it moves a text by less than a pixel.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
REPLACED = "\N{REPLACEMENT CHARACTER}"
# Advances of the characters U+0020 to U+007E and U+00A0 to U+00FF, in parts of _EM.
_EM = 2048
_PLAIN = """
    651 821 942 1716 1303 1946 1597 563 799 799 1024 1716 651 739 651 690 1303 1303 1303 1303 1303 1303 1303 1303
    1303 1303 690 690 1716 1716 1716 1087 2048 1401 1405 1430 1577 1294 1178 1587 1540 604 604 1343 1141 1767 1532
    1612 1235 1612 1423 1300 1251 1499 1401 2025 1403 1251 1403 799 690 799 1716 1024 1024 1255 1300 1126 1300 1260
    721 1300 1298 569 569 1186 569 1995 1298 1253 1300 1300 842 1067 803 1298 1212 1675 1212 1212 1075 1303 690 1303
    1716 651 821 1303 1303 1303 1303 690 1024 1024 2048 965 1253 1716 739 2048 1024 1024 1716 821 821 1024 1303 1303
    651 1024 821 965 1253 1985 1985 1985 1087 1401 1401 1401 1401 1401 1401 1995 1430 1294 1294 1294 1294 604 604
    604 604 1587 1532 1612 1612 1612 1612 1612 1716 1612 1499 1499 1499 1499 1251 1239 1290 1255 1255 1255 1255 1255
    1255 2011 1126 1260 1260 1260 1260 569 569 569 569 1253 1298 1253 1253 1253 1253 1253 1716 1253 1298 1298 1298
    1298 1212 1300 1212
"""
_BOLD = """
    713 934 1067 1716 1425 2052 1786 627 936 936 1071 1716 778 850 778 748 1425 1425 1425 1425 1425 1425 1425 1425
    1425 1425 819 819 1716 1716 1716 1188 2048 1585 1561 1503 1700 1399 1399 1681 1714 762 762 1587 1305 2038 1714
    1741 1501 1741 1577 1475 1397 1663 1585 2259 1579 1483 1485 936 748 936 1716 1024 1024 1382 1466 1214 1466 1389
    891 1466 1458 702 702 1362 702 2134 1458 1407 1466 1466 1010 1219 979 1458 1335 1892 1321 1335 1192 1458 748
    1458 1716 713 934 1425 1425 1303 1425 748 1024 1024 2048 1155 1323 1716 850 2048 1024 1024 1716 897 897 1024
    1507 1303 778 1024 897 1155 1323 2120 2120 2120 1188 1585 1585 1585 1585 1585 1585 2222 1503 1399 1399 1399 1399
    762 762 762 762 1716 1714 1741 1741 1741 1741 1741 1716 1741 1663 1663 1663 1663 1483 1511 1473 1382 1382 1382
    1382 1382 1382 2146 1214 1389 1389 1389 1389 702 702 702 702 1407 1458 1407 1407 1407 1407 1407 1716 1407 1458
    1458 1458 1458 1335 1466 1335
"""
_CHARACTERS = [*range(0x20, 0x7F), *range(0xA0, 0x100)]
# Of other characters, which the font may lack, the width of its substitute for them, and of those that are written
# across two columns more: a painter squeezes what comes out wider.
_OTHER, _WIDE = 1.12, 1.25
# Controls, marks that turn the direction of writing, and what is no character at all.
_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Cn")
# Marks above and below a character: more of them than any language writes would tower over its line.
_MARKS, _MOST_MARKS = ("Mn", "Me"), 2


def _table(advances: str) -> dict[str, float]:
    return {chr(code): int(advance) / _EM for code, advance in zip(_CHARACTERS, advances.split(), strict=True)}


_TABLES = {False: _table(_PLAIN) | {ELLIPSIS: 1.0}, True: _table(_BOLD) | {ELLIPSIS: 1.0}}


def visible(text: str) -> str:
    """Return a text with nothing in it that is not seen: one line, no controls, no change of direction."""
    found, marks = [], 0
    for character in " ".join(text.split()):
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if marks <= _MOST_MARKS:
            found.append(REPLACED if category in _UNSEEN else character)
    return "".join(found)


@lru_cache(maxsize=1 << 14)
def width(text: str, size: float, bold: bool = False) -> float:
    """Return how wide a text is at a size of its font."""
    table = _TABLES[bold]
    return size * sum(table.get(character) or _other(character) for character in text)


def _other(character: str) -> float:
    return _WIDE if unicodedata.east_asian_width(character) in "FW" else _OTHER


def cut(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return a text that is no wider than the room, with an ellipsis where something is cut off."""
    if width(text, size, bold) <= room:
        return text
    left = room - width(ELLIPSIS, size, bold)
    kept = 0
    for kept, character in enumerate(text):  # noqa: B007  # how many there is room for
        left -= width(character, size, bold)
        if left < 0:
            break
    return text[:kept].rstrip() + ELLIPSIS


def lines(phrases: Sequence[str], room: float, size: float, most: int) -> list[str]:
    """Return phrases joined by commas in at most so many lines, each no wider than the room; the last may be cut."""
    found: list[str] = []
    for phrase in phrases:
        longer = f"{found[-1]}, {phrase}" if found else phrase
        if found and (width(f"{longer},", size) <= room or len(found) == most):
            found[-1] = longer
            continue
        if found:
            found[-1] += ","
        found.append(phrase)
    return [cut(line, room, size) for line in found]

"""HCRL: the forms of its Car-Hacking and Survival Analysis data sets (Song, Woo and Kim, 2020; Han and others, 2018).

A table of commas without a header has `time,identifier,length,b0..b(length-1)` and R for a normal frame or T for an
injected one; where a line is filled up to the longest, after the payload or at its end, that is let be. A text has
`Timestamp: 1479121434.850202  ID: 0350  000  DLC: 8  05 28 84 66 6d 00 00 a2`, and no label.
"""

import re
from dataclasses import dataclass

import numpy as np

from swapbench_models.can.frames.digits import Digits
from swapbench_models.can.frames.frames import UNLABELLED, Frames
from swapbench_models.can.frames.lines import ByLine, Lines, Places, Truths, filled
from swapbench_models.can.frames.values import Row, count, identifier, label, payload, quoted, time

NORMAL, ATTACK = "R", "T"
_LEADING = 3  # fields before the payload
_FILLING = ("", "00")
_TEXT = re.compile(r"\s*Timestamp:\s*(\S+)\s+ID:\s*(\S+)\s+\S+\s+DLC:\s*(\S+)(|\s.*)", re.ASCII)


@dataclass(frozen=True)
class Table:
    """Lines of a table, all with a label at their end or all without."""

    labelled: bool = True

    def one(self, line: str) -> Row:
        fields = [field.strip(" \t") for field in line.rstrip(", \t").split(",")]
        said = label(fields.pop(), NORMAL, ATTACK) if self.labelled else UNLABELLED
        if len(fields) < _LEADING:
            raise ValueError("is cut off; it has a time, an identifier, a length and as many bytes.")
        length = count(fields[2])
        return time(fields[0]), identifier(fields[1]), _joined(fields[_LEADING:], length), said

    def many(self, lines: Lines) -> tuple[Frames, Truths]:
        commas, known, counts = _commas(lines)
        lengths = counts - _LEADING + (not self.labelled)
        begins, ends = lines.begins[known], lines.ends[known]
        digits = Digits(lines)
        times, sound = digits.times(begins, commas[0])
        ids, sound_ids = digits.identifiers(commas[0] + 1, commas[1])
        said, sound_lengths = digits.ones(commas[1] + 1, np.minimum(commas[2], ends))
        payloads, sound_payloads = digits.payloads_apart(commas[2] + 1, lengths)
        last = commas[3] if self.labelled else ends
        wide = np.maximum(last - commas[2] - 1, 0) == np.maximum(3 * lengths - 1, 0)
        sound &= sound_ids & sound_lengths & (said == lengths) & sound_payloads & wide
        attacks = np.full(len(times), UNLABELLED, np.int8)
        if self.labelled:
            mark = lines.text[last + 1]
            attacks[:] = mark == ord(ATTACK)
            sound &= (ends - last == 2) & ((mark == ord(ATTACK)) | (mark == ord(NORMAL)))
        return filled(known, sound, Frames(times, ids, lengths.astype(np.uint8), payloads, attacks))


def table(file: str, first: str) -> Table:
    """Return the form of the table whose first line this is."""
    return Table(first.rstrip(", \t\n").rpartition(",")[2].strip(" \t") in (NORMAL, ATTACK))


def text(line: str) -> Row:
    """Return the frame of a line of the text."""
    found = _TEXT.fullmatch(line)
    if found is None:
        raise ValueError("says no Timestamp, ID and DLC, and as many bytes.")
    cells = found[4].split()
    return time(found[1]), identifier(found[2]), _joined(cells, count(found[3])), UNLABELLED


TEXT = ByLine(text)


def _commas(lines: Lines) -> tuple[list[Places], Truths, Places]:
    """Return where the first three commas and the last one are in those lines that have so many, which these are, and
    how many commas each has."""
    places = np.flatnonzero(lines.text == ord(","))
    before = np.searchsorted(places, lines.begins)
    counts = np.diff(before, append=len(places))
    known = counts >= _LEADING
    before, counts = before[known], counts[known]
    return [places[before], places[before + 1], places[before + 2], places[before + counts - 1]], known, counts


def _joined(cells: list[str], length: int) -> bytes:
    """Return a payload of its bytes in cells of their own; a cell may have several, with blanks between them."""
    bytes_ = [byte for cell in cells for byte in (cell.split() or [cell])]
    wrong = [byte for byte in bytes_[:length] if len(byte) != 2]
    if wrong or len(bytes_) < length or any(cell not in _FILLING for cell in bytes_[length:]):
        said = f"says that its payload has {length} bytes, and has {quoted(' '.join(bytes_)) if bytes_ else 'none'}"
        raise ValueError(f"{said}.")
    return payload("".join(bytes_[:length]))

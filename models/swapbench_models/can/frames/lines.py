"""Lines: a block of text as an array, and what becomes of it, most at once and the rest line by line."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import PAYLOAD, Frames
from swapbench_models.can.frames.skipped import Skipped
from swapbench_models.can.frames.values import Row

Places = NDArray[np.intp]
Truths = NDArray[np.bool_]

_MARGIN = 32  # bytes: so far before and after a field what decodes it may reach
_NEWLINE, _NUL = ord("\n"), b"\0"


@dataclass(frozen=True)
class Lines:
    """Whole lines, each ended by a newline, of which the first has the number `first` in its file."""

    content: bytes
    first: int = 1

    @cached_property
    def padded(self) -> bytes:
        """The content between two margins; all places are places in it."""
        return bytes(_MARGIN) + self.content + bytes(_MARGIN)

    @cached_property
    def text(self) -> NDArray[np.uint8]:
        """The same as an array."""
        return np.frombuffer(self.padded, np.uint8)

    @cached_property
    def ends(self) -> Places:
        """Where each line's newline is (n,)."""
        return np.flatnonzero(self.text == _NEWLINE)

    @cached_property
    def begins(self) -> Places:
        """Where each line begins (n,)."""
        return np.concatenate([[_MARGIN], self.ends[:-1] + 1])

    def __len__(self) -> int:
        return len(self.ends)

    def line(self, at: int) -> str:
        """Return a line without its newline, in which each byte is one character."""
        return self.padded[self.begins[at] : self.ends[at]].decode("latin-1")

    def holding(self, characters: bytes) -> Places:
        """Return which lines hold one of some characters, which seldom any line does; one may be told twice."""
        if not any(each in self.content for each in characters):
            return np.zeros(0, np.intp)
        places = np.flatnonzero(np.isin(np.frombuffer(self.content, np.uint8), np.frombuffer(characters, np.uint8)))
        return np.searchsorted(self.ends, places + _MARGIN)

    def separators(self, separator: str, count: int) -> tuple[Places, Truths]:
        """Return where a character stands in those lines that have it `count` times (m, count), and which these are."""
        places = np.flatnonzero(self.text == ord(separator))
        before = np.searchsorted(places, self.begins)
        regular = np.diff(before, append=len(places)) == count
        return places[before[regular][:, None] + np.arange(count)], regular


class Form(Protocol):
    """How frames are written as lines."""

    def one(self, line: str) -> Row | None:
        """Return the frame of a line, None where it tells of none, or raise ValueError, which says what is wrong."""

    def many(self, lines: Lines) -> tuple[Frames, Truths]:
        """Return a frame for each line, and for which it is as `one` would have it; the others are read by that."""


@dataclass(frozen=True)
class ByLine:
    """A form all of whose lines are read one by one."""

    one: Callable[[str], Row | None]

    def many(self, lines: Lines) -> tuple[Frames, Truths]:
        return empty(len(lines)), np.zeros(len(lines), bool)


def empty(count: int) -> Frames:
    """Return so many frames of which nothing is known yet."""
    return Frames(
        np.zeros(count),
        np.zeros(count, np.int64),
        np.zeros(count, np.uint8),
        np.zeros((count, PAYLOAD), np.uint8),
        np.zeros(count, np.int8),
    )


def filled(known: Truths, sound: Truths, frames: Frames) -> tuple[Frames, Truths]:
    """Return frames for all lines (n,), of which only those for the `known` ones are given, and which are `sound`."""
    if known.all():
        return frames, sound
    whole = empty(len(known))
    for every, some in zip(vars(whole).values(), vars(frames).values(), strict=True):
        every[known] = some
    known[known] = sound
    return whole, known


def parsed(lines: Lines, form: Form, skipped: Skipped) -> Frames:
    """Return the frames of lines in their order; what is damaged is added to `skipped`, and blank lines are nothing."""
    frames, known = form.many(lines)
    known[lines.holding(_NUL)] = False
    for at in np.flatnonzero(~known).tolist():
        line = lines.line(at)
        try:
            row = _one(line, form)
        except ValueError as why:
            skipped.add(lines.first + at, str(why))
            continue
        if row is not None:
            _put(frames, at, row)
            known[at] = True
        elif line.strip():
            skipped.passed += 1
    return frames if known.all() else frames[np.flatnonzero(known)]


def _one(line: str, form: Form) -> Row | None:
    if "\0" in line:
        raise ValueError("holds a NUL byte, which no text does.")
    return form.one(line) if line.strip() else None


def _put(frames: Frames, at: int, row: Row) -> None:
    time, identifier, payload, attack = row
    frames.times[at], frames.ids[at], frames.lengths[at], frames.attacks[at] = time, identifier, len(payload), attack
    frames.payloads[at] = np.frombuffer(payload[:PAYLOAD].ljust(PAYLOAD, b"\0"), np.uint8)

"""Digits: numbers out of many fields of a text at once, eight digits to a word of 64 bits.

A field lies from its begin to its end (n,), both places in the text; what a function gives of fields that are not as it
expects is nothing, and its second result says of which that is so. Adding up digits within words: D. Lemire, "Quickly
parsing eight digits", 2018.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from swapbench_models.can.frames.frames import EXTENDED, PAYLOAD
from swapbench_models.can.frames.lines import Lines, Places, Truths

Words = NDArray[np.uint64]

_WORD, _MOST = 8, 16  # digits of a word, and of a field
_OTHER = 0x80  # what a character is that is no hexadecimal digit
_TABLE = bytes(int(chr(code), 16) if chr(code) in "0123456789abcdefABCDEF" else _OTHER for code in range(256))
_FAULTS = np.uint64(0x8080808080808080)
_OVER_NINE = np.uint64(0x7676767676767676)  # what lifts ten, and no less, into the bit of a fault
_EXACT = 1 << 53
_DECIMALS = 10  # ten to the power of more decimals than these is not needed
_APART = np.flatnonzero(np.arange(3 * PAYLOAD) % 3 < 2)  # where digits are, of bytes with one separator between them
_POWERS = 10 ** np.arange(_DECIMALS, dtype=np.int64)


def _masks(left: bool) -> Words:
    """Return for each number of digits (17,) what keeps them, of two words (17, 2) in which they lie to one side."""
    places = np.arange(_MOST)
    widths = np.arange(_MOST + 1)[:, None]
    kept = places < widths if left else places >= _MOST - widths
    return np.where(kept, np.uint8(0xFF), np.uint8(0)).view(np.uint64)


_LEFT, _RIGHT = _masks(True), _masks(False)


@dataclass(frozen=True)
class Digits:
    """The lines of a block, each character of which is the value of its digit."""

    lines: Lines

    @cached_property
    def _values(self) -> bytes:
        return self.lines.padded.translate(_TABLE)

    def _words(self, begins: Places) -> Words:
        """Return the sixteen values from each place on (n, 2)."""
        every = np.ndarray((len(self._values) - _MOST + 1,), f"V{_MOST}", self._values, strides=(1,))
        return every[begins].view(np.uint64).reshape(-1, 2)

    def whole(self, begins: Places, ends: Places) -> tuple[NDArray[np.int64], Truths]:
        """Return decimal numbers of one to sixteen digits."""
        widths, sound = _widths(begins, ends, 1)
        words = self._words(ends - _MOST) & _RIGHT[widths]
        sound &= ~_faulty(words + _OVER_NINE)
        high, low = _added_up(words).T
        return (high * np.uint64(10**_WORD) + low).astype(np.int64), sound

    def ones(self, begins: Places, ends: Places) -> tuple[NDArray[np.uint8], Truths]:
        """Return decimal numbers of one digit."""
        values = np.frombuffer(self._values, np.uint8)[begins]
        return values, (ends - begins == 1) & (values <= 9)

    def times(self, begins: Places, ends: Places) -> tuple[NDArray[np.float64], Truths]:
        """Return seconds with up to nine decimals, to the last bit as `float` would have them."""
        points, decimals, sound = self._points(ends)
        seconds, sound_seconds = self.whole(begins, points)
        parts, sound_parts = self.whole(points + 1, ends)
        sound &= sound_seconds & sound_parts & (seconds < _EXACT // _POWERS[decimals])
        digits = np.where(sound, seconds, 0) * _POWERS[decimals] + np.where(sound, parts, 0)
        return digits / _POWERS[decimals], sound  # both are exact, so their quotient is rounded once

    def _points(self, ends: Places) -> tuple[Places, Places, Truths]:
        """Return where the decimal points are, and how many decimals follow, from one to nine."""
        decimals = np.zeros(len(ends), np.intp)
        for count in (6, *range(1, 6), *range(7, _DECIMALS)):  # nearly all logs have microseconds
            missing = np.flatnonzero(decimals == 0)
            if not len(missing):
                break
            found = self.lines.text[ends[missing] - count - 1] == ord(".")
            decimals[missing[found]] = count
        return ends - decimals - 1, decimals, decimals > 0

    def identifiers(self, begins: Places, ends: Places) -> tuple[NDArray[np.int64], Truths]:
        """Return identifiers, marked where they have 29 bits, of one to eight hexadecimal digits."""
        widths, sound = _widths(begins, ends, 1, _WORD)
        words = self._words(ends - _MOST) & _RIGHT[widths]
        sound &= ~_faulty(words)
        numbers = _bytes(words)[:, _WORD // 2 :].copy().view(">u4").ravel().astype(np.int64)
        sound &= numbers <= 0x1FFFFFFF
        return np.where((numbers > 0x7FF) | (widths == _WORD), numbers | EXTENDED, numbers), sound

    def payloads(self, begins: Places, ends: Places) -> tuple[NDArray[np.uint8], NDArray[np.uint8], Truths]:
        """Return payloads (n, 8) and their lengths, of up to sixteen hexadecimal digits."""
        widths, sound = _widths(begins, ends, 0)
        words = self._words(begins) & _LEFT[widths]
        sound &= (widths % 2 == 0) & ~_faulty(words)
        return _bytes(words), (widths // 2).astype(np.uint8), sound

    def payloads_apart(self, begins: Places, lengths: Places) -> tuple[NDArray[np.uint8], Truths]:
        """Return payloads (n, 8) of up to eight bytes, each after the other's two digits and one separator."""
        every = np.lib.stride_tricks.sliding_window_view(np.frombuffer(self._values, np.uint8), _APART[-1] + 1)
        words = np.ascontiguousarray(every[begins][:, _APART]).view(np.uint64) & _LEFT[2 * np.clip(lengths, 0, PAYLOAD)]
        return _bytes(words), (lengths <= PAYLOAD) & ~_faulty(words)


def _widths(begins: Places, ends: Places, least: int, most: int = _MOST) -> tuple[Places, Truths]:
    """Return how many digits each field has, and which have no more or less than these; the others are given some."""
    widths = ends - begins
    return np.clip(widths, 0, most), (widths >= least) & (widths <= most)


def _faulty(words: Words) -> Truths:
    """Return where one of two words (n, 2) has a digit that is none."""
    faulty: Truths = (words[:, 0] | words[:, 1]) & _FAULTS != 0
    return faulty


def _added_up(words: Words) -> Words:
    """Return the decimal number of the eight digits of each word, the first of which is its lowest byte."""
    words = words * np.uint64(2561) >> np.uint64(8) & np.uint64(0x00FF00FF00FF00FF)
    words = words * np.uint64(6553601) >> np.uint64(16) & np.uint64(0x0000FFFF0000FFFF)
    return words * np.uint64(42949672960001) >> np.uint64(32)


def _bytes(words: Words) -> NDArray[np.uint8]:
    """Return the eight bytes (n, 8) of the sixteen hexadecimal digits of two words."""
    digits = words.view(np.uint8)
    joined: NDArray[np.uint8] = digits[:, ::2] << np.uint8(4) | digits[:, 1::2]
    return joined

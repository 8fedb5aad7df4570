"""Figures: quantities as a reader wants them, with three digits and a unit."""

import math
from typing import Protocol

from swapbench_models.neural.report.difference import Difference, Kind
from swapbench_models.neural.report.spread import Spread

NOTHING = "–"  # what was not measured, or cannot be
_MIB = 2**20
_SECONDS = ((1.0, 1.0, "s"), (1e-3, 1e3, "ms"), (0.0, 1e6, "us"))


class Show(Protocol):
    """Writes a value like those that it stands beside, with its sign (`+`) or without (nothing)."""

    def __call__(self, value: float, beside: float | None = None, sign: str = "") -> str: ...


def seconds(value: float, beside: float | None = None, sign: str = "") -> str:
    """0.0123 -> '12.3 ms'."""
    size = abs(value if beside is None else beside)
    factor, unit = next((factor, unit) for least, factor, unit in _SECONDS if size >= least)
    places = max(0, 2 - math.floor(math.log10(size * factor))) if size else 0
    return f"{value * factor:{sign}z,.{min(places, 3)}f} {unit}"


def mebibytes(value: float, beside: float | None = None, sign: str = "") -> str:
    """1572864 -> '1.5 MiB'."""
    return f"{value / _MIB:{sign}z,.1f} MiB"


def percent(value: float | None) -> str:
    """3.14 -> '+3.1 %'."""
    return NOTHING if value is None else f"{value:+z.1f} %"


def score(value: float | None, sign: str = "") -> str:
    return NOTHING if value is None else f"{value:{sign}z.4f}"


def between(ends: tuple[float, float] | None, sign: str = "") -> str:
    """Return the interval of a score in brackets, after a space; nothing where there is none."""
    return f" ({score(ends[0], sign)} to {score(ends[1], sign)})" if ends else ""


def spread(value: Spread | None, kind: Kind) -> str:
    """Return a median with its interval in round brackets, or where there is none its quartiles in square ones, and
    the number of rounds; `!` marks a time that other load may have lengthened."""
    if value is None:
        return NOTHING
    middle, (low, high) = (
        SHOW[kind](value.median),
        (_bare(end, value, kind) for end in value.interval or value.quartiles),
    )
    ends = "" if value.n == 1 else f" ({low}–{high})" if value.interval else f" [{low}–{high}]"
    return f"{middle}{ends} n {value.n}{' !' if value.loaded else ''}"


def _bare(end: float, value: Spread, kind: Kind) -> str:
    """Return an end of an interval like the median in it, without its unit."""
    return SHOW[kind](end, value.median).rpartition(" ")[0]


def difference(value: Difference | None) -> str:
    return NOTHING if value is None else SHOW[value.kind](value.absolute, value.native.median, "+")


def verdict(value: Difference | None) -> str:
    """Return what is shown of a difference: a word, or why nothing is."""
    if value is None:
        return NOTHING
    more, less = WORDS[value.kind]
    return {"more": more, "less": less}.get(value.shown) or f"not distinguishable: {value.unshown}"


def counted(number: int, noun: str) -> str:
    """(2, 'fold') -> '2 folds'."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plain(text: str) -> str:
    """Return a text of others on one line of Markdown, nothing in it a mark."""
    line = " ".join(text.split())
    return "".join(f"\\{character}" if character in "\\`*[]|<>" else character for character in line)


SHOW: dict[Kind, Show] = {"time": seconds, "memory": mebibytes}
WORDS: dict[Kind, tuple[str, str]] = {"time": ("slower", "faster"), "memory": ("more", "less")}

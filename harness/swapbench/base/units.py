"""Units: numbers as people read them."""

import math


def seconds(value: float) -> str:
    """0.0123 -> '12.3 ms'."""
    for factor, unit in ((1.0, "s"), (1e3, "ms"), (1e6, "us")):
        if value * factor >= 1 or unit == "us":
            return f"{_three(value * factor)} {unit}"
    raise AssertionError


def mebibytes(value: float) -> str:
    """1572864 -> '1.5 MiB'."""
    return f"{value / 2**20:,.1f} MiB"


def quantity(value: float, unit: str) -> str:
    """(0.0123, 's') -> '12.3 ms'; (1572864, 'bytes') -> '1.5 MiB'; (0.95, '') -> '0.9500'."""
    if unit == "s":
        return seconds(value)
    if unit == "bytes":
        return mebibytes(value)
    return f"{value:,.0f}" if value == int(value) and abs(value) >= 1 else f"{value:.4f} {unit}".rstrip()


def ratio(value: float) -> str:
    """1.5 -> '1.50x'."""
    return f"{_three(value)}x" if value >= 0.01 else "<0.01x"


def score(mean: float, half_width: float | None) -> str:
    """(0.95, 0.01) -> '0.9500 ± 0.0100'."""
    return f"{mean:.4f}" if half_width is None else f"{mean:.4f} ± {half_width:.4f}"


def counted(number: int, noun: str) -> str:
    """(2, 'cell') -> '2 cells'."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(value: float) -> str:
    """75 -> '1:15'."""
    minutes, rest = divmod(round(value), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _three(value: float) -> str:
    """Three significant digits without an exponent, at most six places."""
    places = 2 - math.floor(math.log10(value)) if value > 0 else 2
    return f"{value:,.{min(max(places, 0), 6)}f}"

"""The check: each step at several numbers of cells, and whether what it takes grows with that number and no faster."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from swapbench.base import units
from swapbench.base.error import SwapError
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.scale.step import Step
from swapbench.commands.selfcheck.scale.steps import FIRST, steps
from swapbench.commands.selfcheck.scale.suite import shape

SIZES = (100, 1000, 10_000)
_FIRST_S = 10.0
_PEAK_MIB = 1000.0
_GROWTH = 1.2  # of what each further cell takes, where there are ten times as many
# What grows, and below what a cell it is not worth a word: a step of a hundred cells is mostly its start.
_KINDS: Mapping[str, tuple[str, float]] = {
    "processor time": ("cpu_s", 2e-5),
    "memory": ("peak_bytes", 1024.0),
    "size": ("size_bytes", 16.0),
}


def findings(folder: Path, sizes: Sequence[int]) -> Iterator[Finding]:
    """Yield what each step took at each size, and by how much more each further cell takes at the larger ones."""
    if list(sizes) != sorted(set(sizes)):
        raise SwapError("--sizes: give rising numbers of cells.")
    for size in sizes:  # what cannot be had is told before an hour of what can
        shape(size)
    found: dict[str, list[Step]] = {}
    for size in sizes:
        place = folder / str(size)
        place.mkdir()
        for step in steps(place, size):
            found.setdefault(step.name, []).append(step)
            yield _finding(step)
    for name, own in found.items():
        yield from _growths(name, own)


def _finding(step: Step) -> Finding:
    limit = _FIRST_S if step.name == FIRST else None
    name = f"{step.name}, {units.counted(step.cells, 'cell')}"
    return Finding(name, step.wall_s, "s", limit, step.note)


def _growths(name: str, steps: Sequence[Step]) -> Iterator[Finding]:
    """Yield the largest memory of a step, and what each further cell takes at the larger sizes over what it takes at
    the smaller ones."""
    peaks = [step.peak_bytes / 2**20 for step in steps if step.peak_bytes is not None]
    if peaks:
        yield Finding(f"peak memory, {name}", max(peaks), "MiB", _PEAK_MIB)
    for kind, (field, least) in _KINDS.items():
        values = [getattr(step, field) for step in steps]
        if len(values) > 2 and None not in values:
            slopes = [_slope(*both, field) for both in pairwise(steps)]
            growth = max(later / max(slope, least) for slope, later in pairwise(slopes))
            told = " then ".join(f"{slope:.4g}" for slope in slopes)
            yield Finding(f"growth a cell, {kind}, {name}", growth, "", _GROWTH, told)


def _slope(one: Step, other: Step, field: str) -> float:
    """Return what each cell takes that the other step has more."""
    more: float = getattr(other, field) - getattr(one, field)
    return more / (other.cells - one.cells)

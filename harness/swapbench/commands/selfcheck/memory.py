"""The error of the memory figure: spikes of known size, 20 milliseconds long, in a child and in what it forks."""

from collections.abc import Iterator
from pathlib import Path

from swapbench.commands.selfcheck.cells import Cells
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.suite import PLACES, SPIKES_MIB
from swapbench.commands.selfcheck.workloads import MIB

_LIMIT_MIB = 1.0


def findings(store: Path, rounds: int) -> Iterator[Finding]:
    """Yield the largest absolute error for each size and place, in MiB."""
    with Cells(store) as cells:
        for place in PLACES:
            for size in SPIKES_MIB:
                samples = cells.samples(f"spike_{size}_{place}", "python", rounds)
                error = max(abs(sample["peak_memory_bytes"] - size * MIB) for sample in samples) / MIB
                name = f"memory error, {size} MiB in {_PLACES[place]}"
                yield Finding(name, error, "MiB", _LIMIT_MIB, f"largest of {len(samples)}")


_PLACES = {"child": "the child", "gil": "the child, GIL held", "grandchild": "a grandchild"}

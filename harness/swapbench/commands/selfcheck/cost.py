"""The cost of an empty round: from asking for a child to knowing that it ended, with nothing to do in between."""

from collections.abc import Iterator
from pathlib import Path
from statistics import median

from swapbench.commands.selfcheck.cells import Cells
from swapbench.commands.selfcheck.finding import Finding
from swapbench.commands.selfcheck.suite import BACKENDS

_LIMITS_S = {"sklearn": 0.05, "torch": 0.10, "tensorflow": 0.20}


def findings(store: Path, rounds: int) -> Iterator[Finding]:
    """Yield the median cost for each backend, in seconds."""
    with Cells(store) as cells:
        for backend in BACKENDS:
            name = f"empty round, {backend}"
            missing = cells.missing(backend)
            if missing is not None:
                yield Finding(name, None, "s", _LIMITS_S[backend], missing)
                continue
            costs = [sample["elapsed_s"] for sample in cells.samples("empty", backend, rounds)]
            yield Finding(name, median(costs), "s", _LIMITS_S[backend], f"median of {len(costs)}")

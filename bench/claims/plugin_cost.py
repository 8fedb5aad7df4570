"""What it takes to have swapbench installed: processor time of pytest on one empty test with the plugin and without it.

    python bench/claims/plugin_cost.py [RUNS]

Runs of both kinds take turns, so that a slow spell of the machine falls on both alike; medians are printed, and beside
them what it takes to import `Suite` in a test module.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path


def _cpu_s(folder: Path, *command: str) -> float:
    """Return the processor time of a command, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run([sys.executable, *command], cwd=folder, env=kept, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(runs: int) -> None:
    pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider")
    kinds = {
        "pytest": (*pytest, "-p", "no:swapbench"),
        "with swapbench": pytest,
        "python": ("-c", "import pytest"),
        "with Suite": ("-c", "import pytest; from swapbench import Suite"),
    }
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_empty.py").write_text("def test_empty(): pass\n")
        taken: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn in range(runs + 1):
            for kind, command in kinds.items():
                spent = _cpu_s(Path(folder), *command)
                taken[kind] += [spent] if turn else []  # the first writes bytecode
    medians = {kind: statistics.median(spent) * 1000 for kind, spent in taken.items()}
    compared = (("pytest", "with swapbench", "the plugin"), ("python", "with Suite", "importing Suite"))
    for before, after, what in compared:
        difference = statistics.median(b - a for a, b in zip(taken[before], taken[after], strict=True)) * 1000
        print(f"{what}: {difference:.0f} ms of processor time ({medians[before]:.0f} -> {medians[after]:.0f} ms)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

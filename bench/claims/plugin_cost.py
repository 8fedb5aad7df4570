"""What it takes to have swapbench installed: the processor time in which a run of pytest imports the plugin, beside the
time in which it imports itself and pytest-benchmark, and in which a test module imports `Suite`.

    python bench/claims/plugin_cost.py [RUNS]

Each is taken inside a fresh process, RUNS times; medians are printed, and the most that any took.
"""

import statistics
import subprocess
import sys

_TIMED = "import time; before = time.process_time(); {}; print(time.process_time() - before)"
_PYTEST = "import pytest, _pytest.config, pytest_benchmark.plugin, xdist.plugin"
_KINDS = {
    "pytest, pytest-benchmark and pytest-xdist": _TIMED.format(_PYTEST),
    "the plugin, after them": f"{_PYTEST}; {_TIMED.format('import swapbench_models.pytest_entry')}",
    "Suite, after the plugin": (
        f"{_PYTEST}; import swapbench_models.pytest_entry; {_TIMED.format('from swapbench import Suite')}"
    ),
}


def main(runs: int) -> None:
    for kind, code in _KINDS.items():
        told = [subprocess.run([sys.executable, "-c", code], capture_output=True, check=True) for _ in range(runs + 1)]
        taken = [float(done.stdout) * 1000 for done in told[1:]]  # the first writes bytecode
        print(f"{kind}: {statistics.median(taken):.0f} ms of processor time, at most {max(taken):.0f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)

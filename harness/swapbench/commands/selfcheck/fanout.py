"""The effect of a second worker: the same cells with `-n 0` and `-n 2`, whole runs of pytest in turn."""

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from swapbench.base.pytest_run import run_pytest
from swapbench.commands.selfcheck.finding import Finding

_TEST = "from swapbench.commands.selfcheck.suite import work\n\n(test_run,) = work().tests()\n"
_SHIFT_PERCENT = 10.0
_PACE = 1.6


def findings(store: Path, pairs: int) -> Iterator[Finding]:
    """Yield how far the median cell moves, in percent, and how many more cells an hour end."""
    folder = store / "fanout"
    folder.mkdir()
    (folder / "test_work.py").write_text(_TEST)
    walls: dict[int, dict[str, list[float]]] = {0: defaultdict(list), 2: defaultdict(list)}
    hourly: dict[int, list[float]] = {0: [], 2: []}
    for pair in range(pairs):
        for workers in (0, 2) if pair % 2 == 0 else (2, 0):
            hourly[workers].append(_run(folder, workers, walls[workers]))
    shifts = [median(walls[2][cell]) / median(walls[0][cell]) - 1 for cell in walls[0]]
    note = f"median over {len(shifts)} cells, {pairs} runs each; furthest cell {max(shifts, key=abs):+.1%}"
    yield Finding("time of a cell under -n 2 against -n 0", abs(median(shifts)) * 100, "%", _SHIFT_PERCENT, note)
    for workers, paces in hourly.items():
        yield Finding(f"cells an hour, -n {workers}", round(median(paces)), "", None)
    gain = median(two / one for one, two in zip(hourly[0], hourly[2], strict=True))
    yield Finding("cells an hour, -n 2 over -n 0", gain, "", _PACE, "start-up included", "least")


def _run(folder: Path, workers: int, walls: dict[str, list[float]]) -> float:
    """Measure all cells once, add their times to `walls`, and return the cells an hour of the whole command."""
    report = folder / "report.json"
    began = time.monotonic()
    run_pytest(["--benchmark-only", "-n", str(workers), f"--swap-report={report}", "test_work.py"], folder)
    elapsed = time.monotonic() - began
    records = json.loads(report.read_text())["records"]
    for record in records:
        walls[f"{record['cell']['model']} {record['cell']['fold']}"].append(
            median(sample["wall_s"] for sample in record["samples"])
        )
    return len(records) / elapsed * 3600

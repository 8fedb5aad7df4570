"""Sides: what one checkout would measure, as its own session of pytest plans it."""

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.commands.pytest_run import run_pytest
from harness.plan.cell import Cell
from harness.record.run import Run
from harness.run.job import Job, Settings


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its cells, the job of each that can run, and where its own modules are.

    `source` is its commit, `settings` are those of its session.
    """

    run: Run
    jobs: dict[Cell, Job]
    settings: Settings
    source: dict[str, Any]
    modules: dict[str, Path]

    @property
    def name(self) -> str:
        return self.run.name

    @property
    def roots(self) -> list[Path]:
        """The folders in which Python finds this side's own modules."""
        found = {path.parents[name.count(".") + (path.name == "__init__.py")] for name, path in self.modules.items()}
        return sorted(found)


def planned(name: str, folder: Path, arguments: Sequence[str], paths: Sequence[Path] = ()) -> Side:
    """Have the session in a folder planned, with `paths` before all others where Python looks for modules, and its
    data prepared; raises SwapError in pytest's own words when that cannot be done."""
    with tempfile.TemporaryDirectory(prefix="swapbench-") as temporary:
        file = Path(temporary) / "jobs.json"
        # One process plans, whatever the project's own options say of workers.
        run_pytest(["--collect-only", f"--swap-jobs={file}", *arguments, "-n0"], folder, _environment(paths), name)
        plan = json.loads(file.read_text())
    run = Run.from_dict(plan["run"], name)
    jobs = {run.planned[test]: Job.from_dict(values) for test, values in plan["jobs"].items()}
    return Side(
        run,
        {cell: job.elsewhere(plan["folder"], plan["paths"]) for cell, job in jobs.items()},
        Settings.from_dict(plan["settings"]),
        plan["source"],
        {module: Path(path) for module, path in plan["modules"].items()},
    )


def _environment(paths: Sequence[Path]) -> dict[str, str]:
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*map(str, paths), *([known] if known else [])])}

"""Sides: what one checkout would measure, as its own session of pytest plans it."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from swapbench.base.pytest_run import run_pytest
from swapbench.judge.verdict import Verdict
from swapbench.plan.cell import Cell
from swapbench.record.run import Run
from swapbench.run.job import Job
from swapbench.run.settings import Settings


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its cells, the job of each that can run, and where its own modules are.

    `absent` says why a cell has no job, `source` is its commit, `settings` are those of its session. `copies` are the
    installed distributions that its modules import and that were copied from somewhere on this machine; `prose` says
    that its modules name files of the kinds that are documentation elsewhere, `computed` which of them import what
    nothing but running them can tell. `asked` are the files, folders and tests that its session was told to run.
    """

    run: Run
    jobs: dict[Cell, Job]
    absent: dict[Cell, str]
    settings: Settings
    source: dict[str, Any]
    modules: dict[str, Path]
    copies: dict[str, Path] = field(default_factory=dict)
    prose: bool = False
    computed: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.run.name

    def lack(self, cell: Cell) -> str:
        """Say why a cell cannot be measured on this side."""
        return f"cannot run it: {self.absent[cell]}" if cell in self.absent else "does not have it"

    def only(self, planned: Mapping[str, Cell]) -> "Side":
        """Return the part of this side that concerns some tests."""
        cells = set(planned.values())
        return replace(
            self,
            run=replace(self.run, planned=planned),
            jobs={cell: job for cell, job in self.jobs.items() if cell in cells},
            absent={cell: why for cell, why in self.absent.items() if cell in cells},
        )

    def without_paths(self, arguments: Sequence[str]) -> list[str]:
        """Return arguments of pytest without the paths among them, which another checkout may not have yet.

        What follows an option is left as it may be its value.
        """
        asked = {one.partition("::")[0] for one in self.asked}
        return [own for before, own in pairwise(["", *arguments]) if _is_value(own, before) or _file(own) not in asked]

    @property
    def roots(self) -> list[Path]:
        """The folders in which Python finds this side's own modules."""
        found = {path.parents[name.count(".") + (path.name == "__init__.py")] for name, path in self.modules.items()}
        # The folder and not the module: a package may be a link to elsewhere, and is found under the link's name.
        return sorted({folder.resolve() for folder in found})


def declared(folder: Path, arguments: Sequence[str]) -> dict[str, Any]:
    """Return the suites and cells that the session in a folder would measure, as plain values; nothing is
    prepared. Raises SwapError in pytest's own words when that cannot be done."""
    with tempfile.TemporaryDirectory(prefix="swapbench-") as temporary:
        file = Path(temporary) / "plan.json"
        run_pytest(["--collect-only", f"--swap-plan={file}", *arguments, "-n0"], folder)
        found: dict[str, Any] = json.loads(file.read_text())
    return found


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
        {run.planned[test]: why for test, why in plan["absent"].items()},
        Settings.from_dict(plan["settings"]),
        plan["source"],
        {module: Path(path) for module, path in plan["modules"].items()},
        {name: Path(path) for name, path in plan["copies"].items()},
        plan["prose"],
        tuple(plan["computed"]),
        tuple(plan["asked"]),
    )


def planned_before(now: Side, name: str, folder: Path, options: Sequence[str], paths: Sequence[Path]) -> Side:
    """Have the session of an older commit planned, as far as it has what is asked for: test files, tests, models and
    whatever else came later are not there yet, and nothing is wrong with that."""
    parts = [argument.partition("::") for argument in now.asked]
    files = list(dict.fromkeys(file for file, _, _ in parts if (folder / file).exists()))
    if not files:
        return Side(Run(name, (), {}, ()), {}, {}, now.settings, {}, {})
    side = planned(name, folder, [*options, "--swap-anyway", *files], paths)
    nodes = [(Path(file).name, node) for file, _, node in parts]
    kept = {test: cell for test, cell in side.run.planned.items() if _covered(test, nodes)}
    return side.only(kept)


def _is_value(argument: str, before: str) -> bool:
    return argument.startswith("-") or (before.startswith("-") and "=" not in before)


def _file(argument: str) -> str:
    return os.path.relpath(argument.partition("::")[0] or os.curdir)


def _covered(test: str, nodes: Sequence[tuple[str, str]]) -> bool:
    """Tell whether a test is among those asked for, where each is the name of a file or folder and a test in it."""
    file, _, name = test.partition("::")
    return any(
        not node or (Path(file).name == asked and (name == node or name.startswith((f"{node}[", f"{node}::"))))
        for asked, node in nodes
    )


def unmatched(old: Side, now: Side) -> list[Verdict]:
    """Return the verdicts on the planned cells that cannot be measured on both sides: none is without one."""
    cells = dict.fromkeys([*now.run.planned.values(), *old.run.planned.values()])
    return sorted(
        (_alone(cell, old, now) for cell in cells if cell not in old.jobs or cell not in now.jobs),
        key=lambda verdict: verdict.cell,
    )


def _alone(cell: Cell, old: Side, now: Side) -> Verdict:
    if cell in now.jobs:
        return Verdict.new(cell, f"{old.name} {old.lack(cell)}")
    if cell in old.jobs:
        return Verdict.missing(cell, f"{old.name} has it, {now.name} {now.lack(cell)}")
    return Verdict.absent(cell, now.absent.get(cell) or old.absent[cell])


def _environment(paths: Sequence[Path]) -> dict[str, str]:
    known = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join([*map(str, paths), *([known] if known else [])])}

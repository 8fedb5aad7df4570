"""Planning: from the collected tests to a run whose cells can be measured."""

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import pytest

# Conditions of marks are pytest's to evaluate, and it offers no other way.
from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks

from swapbench.base.error import SwapError
from swapbench.base.grouping import grouped
from swapbench.base.system import require_linux
from swapbench.plan.cell import Cell
from swapbench.plan.code import Code, code_of
from swapbench.plan.distribution import copied_from
from swapbench.plan.outline import Outline
from swapbench.plan.suite import Phase, Suite
from swapbench.plugin import others, seam, tolerances
from swapbench.plugin.asked import Asked
from swapbench.plugin.runner import Expected, Runner
from swapbench.record.run import Run
from swapbench.run.backends import declared, installed


class Planned(NamedTuple):
    """A collected test, by its name, and what it measures."""

    test: str
    cell: Cell
    suite: Suite
    phase: Phase
    item: pytest.Item


@dataclass(frozen=True)
class Plan:
    """The cells that a session collected; its methods raise SwapError for whatever cannot be measured as declared."""

    runner: Runner
    config: pytest.Config
    cells: Sequence[Planned]

    @cached_property
    def suites(self) -> dict[str, Suite]:
        return {planned.suite.name: planned.suite for planned in self.cells}

    @cached_property
    def outlines(self) -> list[Outline]:
        """The suites with the tolerances that stand beside them."""
        whole = [self.config.invocation_params.dir / argument for argument in self.config.args]
        folders = {planned.item.path.parent for planned in self.cells}
        tolerances.check_files([folder for folder in folders if any(map(folder.is_relative_to, whole))], self.suites)
        return [
            Outline.of(suite, tolerances.rules_of(suite, [each.item for each in self._of_suite[name]]))
            for name, suite in self.suites.items()
        ]

    @cached_property
    def _of_suite(self) -> dict[str, list[Planned]]:
        """The cells of each suite."""
        return grouped(self.cells, lambda planned: planned.suite.name)

    def enter(self) -> None:
        """Prepare all that the cells need, before any of them is measured, and enter them into the journal."""
        require_linux()
        others.check(self.config, [(planned.item, planned.cell) for planned in self.cells])
        outlines = self._checked()
        journal = self.runner.journal
        journal.check_writable()  # first, so that a store that cannot be written is told before any work
        self.runner.check_targets(self._wanted)
        self.runner.prepare(self._wanted)
        self.runner.check_folds(self._wanted)
        once = seam.session_of(self.config).switched_off
        # Before there is a run, which would be the last one and of which nothing could be measured.
        self.runner.expect(self._expected(), self._code.modules, once=once, patience=self.config.option.maxfail)
        journal.begin(self.runner.run, self.runner.choices.experiment())
        journal.plan(self.runner.run, outlines, [(planned.test, planned.cell) for planned in self.cells])
        journal.withdraw(self.runner.run, self._gone())

    def _expected(self) -> list[Expected]:
        """Return the cells that pytest will have measured, as far as it can be told before."""
        return [
            Expected(own.suite, own.phase, own.cell, counts=evaluate_xfail_marks(own.item) is None)
            for own in self._runnable
            if _runs(own.item)
        ]

    def _gone(self) -> list[Cell]:
        """Return the cells of a resumed run that it would measure now if they were still declared."""
        asked, declared = Asked(self.config, self.runner.choices.selection), {planned.cell for planned in self.cells}
        planned = self.runner.planned() if self.runner.choices.resume is not None else {}
        return [cell for test, cell in planned.items() if cell not in declared and asked.wants(test, cell)]

    def write(self, path: Path, absence: str) -> None:
        """Write the suites and their cells as JSON, and which suites have none; nothing is prepared."""
        content = [
            {
                **outline.as_dict(),
                "folds": self.runner.choices.selection.folds_of(self.suites[outline.name]),
                "cells": [{**planned.cell.as_dict(), "test": planned.test} for planned in self._of_suite[outline.name]],
            }
            for outline in self.outlines
        ]
        try:
            path.write_text(json.dumps({"suites": content, "absence": absence}, indent=1))
        except OSError as error:
            raise SwapError(f"--swap-plan {path}: it could not be written, {error.strerror}.") from error

    def write_jobs(self, path: Path) -> None:
        """Write the job of each cell, and where its code is, for `ab` and `versus` to measure; prepares their data.

        A cell whose backend is not installed has no job, and none that pytest would not run, or expects to fail;
        `absent` says why.
        """
        outlines = self._checked()
        self.runner.prepare(self._wanted)
        absent = {one.test: why for one in self.cells if (why := _missing(one) or _spared(one.item)) is not None}
        run = Run(self.runner.run, tuple(outlines), {planned.test: planned.cell for planned in self.cells}, ())
        content = {
            "run": run.as_dict(),
            "jobs": {
                planned.test: self.runner.job(planned.suite, planned.phase, planned.cell).as_dict()
                for planned in self._runnable
                if planned.test not in absent
            },
            "absent": absent,
            "settings": self.runner.choices.settings.as_dict(),
            "source": self.runner.source,
            "modules": {name: os.path.abspath(path) for name, path in self._code.modules.items()},
            "copies": self._copies,
            "prose": self._code.prose,
            "computed": self._code.computed,
            "asked": Asked(self.config, self.runner.choices.selection).arguments(),
            "folder": os.getcwd(),
            "paths": [entry or os.getcwd() for entry in sys.path],
        }
        path.write_text(json.dumps(content))

    @property
    def _runnable(self) -> list[Planned]:
        """The cells whose backend is installed."""
        return [planned for planned in self.cells if _missing(planned) is None]

    @cached_property
    def _wanted(self) -> list[tuple[Suite, list[Cell]]]:
        """The suites, each with its cells whose backend is installed."""
        runnable = grouped(self._runnable, lambda planned: planned.suite.name)
        return [(suite, [own.cell for own in runnable.get(name, [])]) for name, suite in self.suites.items()]

    def _checked(self) -> list[Outline]:
        """Return the outlines, once all that the suites and their tolerances name is known to be there."""
        backends = {name: installed(suite) for name, suite in self.suites.items()}
        try:
            for name in sorted(self.suites):
                self.suites[name].check(backends[name])
        except SwapError as error:
            raise SwapError(
                f"{error} Modules are looked for where Python looks and in the root folder, {self.config.rootpath}: "
                "run pytest from the folder that has them."
            ) from error
        return self.outlines

    @property
    def _copies(self) -> dict[str, str]:
        """The distributions whose installation is a copy of something on this machine, and of what."""
        found = {name: copied_from(name) for name in self._code.distributions}
        return {name: str(path.resolve()) for name, path in found.items() if path is not None}

    @cached_property
    def _code(self) -> Code:
        """What all that the suites name stands on."""
        return code_of(*(own for suite in self.suites.values() for own, _ in suite.targets(installed(suite))))


def _spared(item: pytest.Item) -> str | None:
    """Say why pytest would not run a test, or would not mind that it fails; None where it would."""
    skipped, expected = evaluate_skip_marks(item), evaluate_xfail_marks(item)
    if skipped is not None:
        return f"it is skipped: {skipped.reason}"
    return None if expected is None else f"it is expected to fail: {expected.reason or 'marked xfail'}"


def _runs(item: pytest.Item) -> bool:
    """Tell whether pytest would run a test, whatever comes of it."""
    expected = evaluate_xfail_marks(item)
    return evaluate_skip_marks(item) is None and (expected is None or expected.run)


def _missing(planned: Planned) -> str | None:
    return declared(planned.suite, planned.cell.backend).missing

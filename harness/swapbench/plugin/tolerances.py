"""Tolerances beside the suites: those in a tolerances.toml of the same folder, and those of markers."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from swapbench.base.error import SwapError
from swapbench.plan.cell import Row
from swapbench.plan.suite import Suite
from swapbench.plan.tolerance import Rule, read_table, rules
from swapbench.plugin.options import MARKER

FILE = "tolerances.toml"


def rules_of(suite: Suite, items: Iterable[pytest.Item]) -> tuple[Rule, ...]:
    """Return what goes before a suite's own tolerances: first the markers on its tests, then, stronger, the file.

    Raises SwapError for names that the suite does not have.
    """
    found: dict[Rule, None] = {}
    folders: dict[Path, None] = {}
    seen: set[int] = set()
    for item in items:
        folders[item.path.parent] = None
        for mark in item.iter_markers(MARKER):
            if id(mark) not in seen:  # one object for all cells of a test
                seen.add(id(mark))
                found.update(dict.fromkeys(_marked(suite, mark, item)))
    for folder in folders:
        if (folder / FILE).is_file():
            table = read_table(folder / FILE).get(suite.name, {})
            found.update(dict.fromkeys(rules(table, suite.names, f"{folder / FILE}, suite {suite.name}")))
    return tuple(found)


def _marked(suite: Suite, mark: pytest.Mark, item: pytest.Item) -> tuple[Rule, ...]:
    owner = f"{item.nodeid.partition('[')[0]}, marker {MARKER}"
    if mark.args:
        raise SwapError(f"{owner}: give tolerances by name, such as accuracy=0.01, not {mark.args[0]!r}.")
    table = dict(mark.kwargs)
    for name in [table.pop(field, None) for field in reversed(Row._fields)]:
        table = {name: table} if name is not None else table
    return rules(table, suite.names, owner)


def check_files(folders: Iterable[Path], suites: Iterable[str]) -> None:
    """Raise SwapError for a table of a suite that none of the tests in its folder declares."""
    known = set(suites)
    for folder in folders:
        unknown = set(read_table(folder / FILE)) - known if (folder / FILE).is_file() else set()
        for name in sorted(unknown):
            others = ", ".join(sorted(known)) or "none"
            raise SwapError(f"{folder / FILE}: there is no suite {name!r} beside it; known are {others}.")

"""Other plugins: what of theirs is not done to the tests of cells, and what cannot be right for them."""

from collections.abc import Iterable

import pytest

from swapbench.base.error import SwapError
from swapbench.plan.cell import Cell
from swapbench.plugin import seam


def check(config: pytest.Config, items: Iterable[tuple[pytest.Item, Cell]]) -> None:
    """Raise SwapError for what another plugin is asked to do, and no cell could be measured under."""
    if config.pluginmanager.is_blocked("pytest-benchmark"):
        raise SwapError(
            "pytest-codspeed has taken pytest-benchmark's place, by which suites are measured; leave --codspeed out."
        )
    for option in ("--force-reruns N", "--reruns-mode append"):
        if _asked(config, *option.split()):
            raise SwapError(f"{option} would measure a cell that failed until it ends well; leave it out.")
    tests: dict[Cell, str] = {}
    for item, cell in items:
        if getattr(config.option, "forked", False) or item.get_closest_marker("forked"):
            raise SwapError(
                "pytest-forked runs each test in a process of its own, from which no measurement comes back; leave "
                "--forked out, a cell has fresh processes anyway."
            )
        first = tests.setdefault(cell, seam.plain_id(item))
        if first != seam.plain_id(item):
            raise SwapError(
                f"{cell} has two tests, {first} and {seam.plain_id(item)}: a cell is measured once in a run. Leave out "
                "what repeats tests, such as --count; --swap-rounds N measures N rounds."
            )


def _asked(config: pytest.Config, option: str, value: str) -> bool:
    given = config.getoption(option, None)
    return given == value or (value == "N" and bool(given))


def spare(config: pytest.Config, item: pytest.Item) -> None:
    """Have the test of a cell that failed not run again: that it ended well at last would hide that it may not."""
    if config.pluginmanager.has_plugin("rerunfailures"):
        item.add_marker(pytest.mark.flaky(reruns=0), append=False)

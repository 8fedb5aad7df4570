"""The stash: what is noted of each test of a cell."""

import pytest

from swapbench.plan.cell import Cell

CELL = pytest.StashKey[Cell]()
# Its place among all tests that were collected, in whose order statistics are shown.
POSITION = pytest.StashKey[int]()

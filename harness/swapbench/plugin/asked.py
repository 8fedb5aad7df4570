"""What was asked for: which tests lie in what pytest was told to run, whether they are still declared or not."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

from swapbench.plan.cell import Cell
from swapbench.plan.matrix import Selection

# These choose tests in ways that only pytest can tell of, and only of tests that are there.
_NARROWING = ("keyword", "markexpr", "deselect", "lf", "stepwise")


@dataclass(frozen=True)
class Asked:
    """The part of all tests that a run is about."""

    config: pytest.Config
    selection: Selection

    def wants(self, test: str, cell: Cell) -> bool:
        """Tell whether the run would measure a cell, under the test of that name, if it were declared."""
        narrowed = any(getattr(self.config.option, name, None) for name in _NARROWING)
        return not narrowed and self.selection.wants(cell) and self._covers(test)

    def arguments(self) -> list[str]:
        """Return what pytest was asked to run, as it is called in any checkout."""
        parts = [argument.partition("::") for argument in self.config.args]
        here = self.config.invocation_params.dir
        return [os.path.relpath(here / file, here) + "".join(rest) for file, *rest in parts]

    def _covers(self, test: str) -> bool:
        file, _, name = test.partition("::")
        path = self.config.rootpath / file
        return any(self._leads_to(argument, path, name) for argument in self.config.args)

    def _leads_to(self, argument: str, path: Path, name: str) -> bool:
        file, _, node = argument.partition("::")
        asked = self.config.invocation_params.dir / file
        if node:
            return path == asked and (name == node or name.startswith((f"{node}[", f"{node}::")))
        return path.is_relative_to(asked) and not self._ignored(path, asked)

    def _ignored(self, path: Path, asked: Path) -> bool:
        """Tell whether pytest, on its way from what was asked for to a file, would leave it out."""
        way = [path, *(folder for folder in path.parents if folder != asked and folder.is_relative_to(asked))]
        ignored = self.config.hook.pytest_ignore_collect
        return any(ignored(collection_path=place, config=self.config) for place in way if place.exists())

"""Fit: one model of one data set, where it lies, and on which others it stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from swapbench_models.can.catalogue import STANDS_ON
from swapbench_models.can.runs.configuration import Configuration
from swapbench_models.can.runs.folder import BEGUN, Folder


@dataclass(frozen=True)
class Fit:
    """A row of the catalogue in a configuration, trained on a data set, and what its folder calls it."""

    folder: Folder
    dataset: str
    row: str
    configuration: Configuration
    called: str = ""

    def __str__(self) -> str:
        return f"{self.dataset} {self.name}"

    @property
    def name(self) -> str:
        return self.called or self.row

    @property
    def file(self) -> Path:
        return self.folder.model(self.name, self.dataset)

    @property
    def record(self) -> Path:
        return self.folder.record(self.name, self.dataset)

    @property
    def checkpoints(self) -> Path:
        return self.folder.checkpoints(self.name, self.dataset)

    @property
    def begun(self) -> Path:
        """The file that says what a training stands on which is not at its end."""
        return self.checkpoints / BEGUN

    @property
    def whole(self) -> Path:
        """What was learnt, before it takes the place of what is there."""
        return self.checkpoints / "whole.pth"

    @cached_property
    def needs(self) -> Mapping[str, "Fit"]:
        """The fits that it stands on, by name."""
        return {row: Fit(self.folder, self.dataset, row, self.configuration) for row in STANDS_ON.get(self.row, ())}

    @property
    def missing(self) -> list[Path]:
        """Of each fit that it stands on and that is not there the file that is missing, the model before its record."""
        files = [[file for file in (need.file, need.record) if not file.is_file()] for need in self.needs.values()]
        return [missing[0] for missing in files if missing]

    def configured(self) -> dict[str, Any]:
        """Return all that it is configured as, as JSON has it."""
        return {"row": self.row, **self.configuration.told()}

    @property
    def failure(self) -> Path:
        return self.folder.failure(self.name, self.dataset)

    def end(self) -> None:
        """Delete its checkpoints, and why it had failed; raises CanError where that cannot be."""
        self.folder.end(self.name, self.dataset)

    def forget(self) -> None:
        """Delete what was trained; raises CanError where that cannot be."""
        self.folder.forget(self.name, self.dataset)

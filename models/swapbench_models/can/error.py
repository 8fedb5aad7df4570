"""Errors of this family, each a sentence that says what to do."""

from pathlib import Path

from swapbench_models.error import FamilyError


class CanError(FamilyError):
    """Something was asked for that cannot be done; the message is for the one who asked."""


class FormatError(CanError):
    """A file is no log, or a line of it says no frame; the text names the file and, where there is one, the line."""

    def __init__(self, file: Path | str, line: int | None, why: str) -> None:
        super().__init__(f"{file}{'' if line is None else f', line {line}'}: {why}")
        self.file, self.line, self.why = str(file), line, why


class DataError(CanError):
    """There is nothing to learn from, or to judge by: no window, no label, one class only."""


class DependencyError(CanError):
    """A model stands on another that is not there, or is another's; the text names the file."""

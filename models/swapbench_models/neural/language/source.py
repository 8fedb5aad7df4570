"""A source: the text of one file with its name, and where in it something stands."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from swapbench_models.neural.error import DataError

# The longest published file has 30 kB; what is larger is not a network written by hand.
LARGEST = 1 << 17

_SHOWN = 80


@dataclass(frozen=True)
class Source:
    """The text of one file, named as its user named it."""

    text: str
    name: str = "<text>"

    @cached_property
    def _lines(self) -> list[int]:
        """Where each line begins."""
        return [0, *(at for at, character in enumerate(self.text, 1) if character == "\n")]

    def place(self, at: int) -> tuple[int, int]:
        """Return line and column of an offset, both counted from 1."""
        line = bisect_right(self._lines, at)
        return line, at - self._lines[line - 1] + 1

    def excerpt(self, at: int) -> str:
        """Return the line of an offset with a caret below it; of a very long line, what is near."""
        start = max(self.text.rfind("\n", 0, at) + 1, at - _SHOWN)
        line = self.text[start : at + _SHOWN].partition("\n")[0].rstrip("\r")
        # A tab stays one, so that the caret stands below its character however wide the tab is shown.
        lead = "".join(character if character == "\t" else " " for character in line[: at - start])
        return f"    {line}\n    {lead}^"


def read(path: str) -> Source:
    """Read a file; raises DataError where there is none, or where it is no text or too large to be a network."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST + 1)  # of what never ends no more than that
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); give a file of the network language.") from error
    if len(content) > LARGEST:
        raise DataError(f"{path}: has more than {LARGEST:,} bytes; a file of networks has at most so many.")
    try:
        return Source(content.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: is no text in UTF-8 (byte {error.start:,}); give a file of the language.") from error

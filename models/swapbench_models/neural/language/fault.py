"""A fault: what is wrong at one place of a source, and the error that tells all of them."""

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from swapbench_models.neural.error import NeuralError
from swapbench_models.neural.language.source import Source

# A text with more has little in common with a network.
MOST_FAULTS = 25
# Names that are compared, and how long they are.
_MOST_NAMES, _LONGEST_NAME = 250, 60


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong, at an offset of the source: found, expected, and what to do."""

    at: int
    message: str


class LanguageError(NeuralError):
    """What is wrong with a source: every fault that was found, in the order of the text."""

    def __init__(self, source: Source, faults: Iterable[Fault]) -> None:
        self.source, self.faults = source, tuple(sorted(set(faults)))
        super().__init__("\n".join(self.told(fault) for fault in self.faults))

    def told(self, fault: Fault) -> str:
        """Return a fault as a compiler tells it: file, line, column, what is wrong, and the line with a caret."""
        line, column = self.source.place(fault.at)
        return f"{self.source.name}:{line}:{column}: {fault.message}\n{self.source.excerpt(fault.at)}"


class Faults:
    """What was found wrong so far; raises Enough when there is so much that reading on tells nothing."""

    def __init__(self, before: Iterable[Fault] = ()) -> None:
        self._found: dict[Fault, None] = dict.fromkeys(before)
        # How often anything was noted, what was noted before included: whether it grows says whether a part is sound.
        self.noted = 0

    def add(self, at: int, message: str) -> None:
        """Note a fault; the same one at the same place is told once."""
        self.noted += 1
        self._found[Fault(at, message)] = None
        if len(self._found) >= MOST_FAULTS:
            raise Enough

    def __len__(self) -> int:
        return len(self._found)

    def __iter__(self) -> Iterator[Fault]:
        return iter(self._found)


class Enough(Exception):  # noqa: N818  # ends the reading; no error of its own
    """So much is wrong that the rest is not read."""


class Faulty(Exception):  # noqa: N818  # not an error of its own: it carries one fault to where faults are gathered
    """One fault on its way to the list of faults."""

    def __init__(self, at: int, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(at, message)


def nearest(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean X?` for the known name that is most like this one, or nothing where none is.

    Of more than _MOST_NAMES the first are looked at; a name that is longer than any has none that is like it.
    """
    return "" if len(name) > _LONGEST_NAME else _nearest(name, tuple(islice(known, _MOST_NAMES)))


@lru_cache(1024)  # for a macro may say the same a thousand times
def _nearest(name: str, known: tuple[str, ...]) -> str:
    names = {each.lower(): each for each in known if len(each) <= _LONGEST_NAME}
    found = difflib.get_close_matches(name.lower(), names, 1)
    return f"; did you mean {names[found[0]]}?" if found else ""

"""Plain values of a JSON file, each with its place in it: one that is not what it must be is refused by that place."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any, NoReturn

from swapbench_models import reading
from swapbench_models.neural.error import DataError

_SHOWN = 60
_MOST_BYTES = 1 << 30


@dataclass(frozen=True)
class Plain:
    """A value of the file `name`, at `place`; raises DataError, which names both, for what is not of the kind asked."""

    value: Any
    name: str
    place: str = ""

    @classmethod
    def read(cls, path: Path) -> "Plain":
        """Read a file of JSON in UTF-8, in which no number is infinite or none."""
        try:
            return cls(json.loads(reading.read(path, _MOST_BYTES), parse_constant=_refuse), str(path))
        except OSError as error:
            raise DataError(f"{path}: it cannot be read ({error.strerror or error}).") from error
        except (ValueError, RecursionError) as error:
            raise DataError(f"{path}: it is damaged or no JSON ({error}); write it again.") from error

    def __getitem__(self, field: str) -> "Plain":
        """Return what a dictionary must have."""
        found = self.get(field)
        return found if found is not None else self._lacks(field)

    def get(self, field: str) -> "Plain | None":
        """Return what a dictionary may have: None where it has nothing, or null."""
        value = self._kind(dict, "a dictionary").get(field)
        return None if value is None else Plain(value, self.name, f"{self.place}.{field}" if self.place else field)

    def each(self) -> Iterator["Plain"]:
        """Yield the values of a list."""
        for number, value in enumerate(self._kind(list, "a list")):
            yield Plain(value, self.name, f"{self.place}[{number}]")

    def fields(self) -> Iterator[tuple[str, "Plain"]]:
        """Yield the fields of a dictionary, those that are null left out."""
        for field in self._kind(dict, "a dictionary"):
            found = self.get(field)
            if found is not None:
                yield field, found

    def text(self) -> str:
        found: str = self._kind(str, "a text")
        return found

    def flag(self) -> bool:
        found: bool = self._kind(bool, "true or false")
        return found

    def whole(self) -> int:
        """Return a whole number from 0 on."""
        found = self._kind(int, "a whole number from 0 on")
        if isinstance(found, bool) or found < 0:
            self.refuse("a whole number from 0 on")
        return int(found)

    def number(self) -> float:
        """Return a finite number."""
        found = self._kind((int, float), "a number")
        if isinstance(found, bool) or not -inf < found < inf:
            self.refuse("a number")
        try:
            return float(found)
        except OverflowError:
            self.refuse("a number")

    def amount(self) -> float:
        """Return a finite number from 0 on."""
        found = self.number()
        return found if found >= 0 else self.refuse("a number from 0 on")

    def refuse(self, expected: str) -> NoReturn:
        """Raise DataError that says what was expected here."""
        told = repr(self.value)
        told = told if len(told) <= _SHOWN else f"{told[: _SHOWN - 3]}..."
        raise DataError(
            f"{self.name}: {self.place or 'it'} is {told} and not {expected}; write it with --swap-report FILE.json."
        )

    def _kind(self, kind: Any, words: str) -> Any:
        return self.value if isinstance(self.value, kind) else self.refuse(words)

    def _lacks(self, field: str) -> NoReturn:
        place = f"{self.place}.{field}" if self.place else field
        raise DataError(f"{self.name}: {place} is lacking; write it with --swap-report FILE.json.")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")

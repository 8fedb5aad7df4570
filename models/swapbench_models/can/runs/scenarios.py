"""Scenarios: how they are called where there is little room."""

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"test_\d+(?=_)")


def shortened(names: Iterable[str]) -> dict[str, str]:
    """Return for each name the number that it begins with, as in test_01_known_vehicle_known_attack, or the whole where
    it has none, or shares it with another."""
    known = list(names)
    begins = {name: found.group() if (found := _NUMBERED.match(name)) else name for name in known}
    short = list(begins.values())
    return {name: begin if short.count(begin) == 1 else name for name, begin in begins.items()}

"""Refusals: what a configuration has and the language has not, layer by layer, all of it told at once."""

import json
from collections.abc import Callable, Mapping
from typing import Any

# Takes a reason: the rest of a sentence on one layer.
Refuse = Callable[[str], None]

_LONGEST, _LONGEST_MESSAGE = 60, 500


class Refusals:
    """The reasons so far, each with the layer that it is for; the same one is noted once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], None] = {}

    def of(self, label: str) -> Refuse:
        """Return what notes reasons for a layer."""

        def refuse(reason: str) -> None:
            self._found[printable(label), printable(reason)] = None

        return refuse

    def __len__(self) -> int:
        return len(self._found)

    def __str__(self) -> str:
        return "\n".join(f"  {label}: {reason}" for label, reason in self._found)


def said(value: Any) -> str:
    """Return a value of a configuration as people write it: `L2(l2=0.01)` for an object of Keras, `1` for 1.0.

    What an object leaves open (null) is left out. Two values are written alike only where they say the same.
    """
    match value:
        case {"class_name": str(name), "config": {**options}}:
            given = (f"{option}={said(each)}" for option, each in options.items() if each is not None)
            return f"{name}({', '.join(given)})"
        case list():
            return f"[{', '.join(map(said, value))}]"
        case float() if value.is_integer():
            return str(int(value))
    return json.dumps(value)


def short(value: Any) -> str:
    """Return a value for a message."""
    return _cut(said(value), _LONGEST)


def called(name: str, kind: str) -> str:
    """Return what a message calls a layer: its name and its class."""
    return f"{_cut(name, _LONGEST)} ({_cut(kind, _LONGEST)})"


def printable(message: str) -> str:
    """Return a message of one line, whatever stands in the names that it takes from a file."""
    shown = (each if each.isprintable() else each.encode("unicode_escape").decode() for each in message)
    return _cut("".join(shown), _LONGEST_MESSAGE)


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that are not left open."""
    return {option: value for option, value in options.items() if value is not None}


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."

"""Targets tried out: in a child, before anything is measured."""

import difflib
import importlib
import sys
import traceback
from collections.abc import Iterable
from typing import Any

from swapbench.plan.target import split
from swapbench.run.diagnosis import described
from swapbench.run.trace import trace


def unusable(targets: Iterable[tuple[str, str]]) -> str | None:
    """Return what is wrong with the first (target, owner) that gives nothing which can be called, or is a model."""
    for target, owner in targets:
        module, path = split(target, owner)
        try:
            found: Any = importlib.import_module(module)
        except Exception as error:
            print(trace(error), end="", file=sys.stderr)
            return f"{owner}: {target!r} cannot be imported, {_placed(error)}"
        for name in path.split("."):
            if not hasattr(found, name):
                return f"{owner}: {target!r}: there is no {name!r} in {module}{_meant(name, found)}"
            found = getattr(found, name)
        if not callable(found) and not hasattr(found, "fit"):
            return f"{owner}: {target!r} is a {type(found).__name__}, which cannot be called"
    return None


def _meant(name: str, found: Any) -> str:
    close = difflib.get_close_matches(name, dir(found), 1)
    return f"; perhaps {close[0]!r} is meant" if close else ""


def _placed(error: Exception) -> str:
    """Name an exception and the line of its file that raised it."""
    if isinstance(error, SyntaxError):
        return f"{type(error).__name__}: {error.msg} ({error.filename}, line {error.lineno})"
    last = traceback.extract_tb(error.__traceback__)[-1]
    return (
        described(error)
        if last.filename.startswith("<")
        else f"{described(error)} ({last.filename}, line {last.lineno})"
    )

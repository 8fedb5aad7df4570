"""Names: what suites, models, backends, datasets, phases and metrics may be called."""

import re
from collections.abc import Iterable

from swapbench.base.error import SwapError

PROFILES = ("quick", "standard", "paper")
_PLAIN = "'' (the plain one)"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def checked(kind: str, name: str) -> str:
    """Return `name` when it is safe in a test id, a file name and a table, else raise SwapError."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise SwapError(
            f"{kind} {name!r} is no usable name: begin with a letter or digit and use at most 64 letters, digits, "
            "dots, dashes and underscores."
        )
    return name


def chosen(kind: str, wanted: Iterable[str], known: Iterable[str], option: str) -> frozenset[str]:
    """Return the `wanted` names as a set when all are `known`, else raise SwapError listing the known ones."""
    names = tuple(known)
    for name in wanted:
        if name not in names:
            listed = ", ".join(name or _PLAIN for name in sorted(names))
            raise SwapError(f"{option}: there is no {kind} {name!r}; known are {listed}.")
    return frozenset(wanted)

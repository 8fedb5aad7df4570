"""Backends: the numeric libraries that execute models, by their adapters."""

import difflib
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from swapbench.base.error import SwapError
from swapbench.plan import backend as plan
from swapbench.plan.backend import Backend
from swapbench.plan.suite import Suite
from swapbench.plan.target import resolve
from swapbench.run.backends.adapter import Adapter


def declared(suite: Suite, name: str) -> Backend:
    """Return a backend of a suite, which names its adapter or gives its values; raises SwapError for an adapter that
    cannot be had."""
    given, owner = suite.backends[name], f"suite {suite.name}, backend {name}"
    if isinstance(given, str):
        backend = _kind(given, owner).declared(name, given)
        try:
            adapter(given)
        except Exception as error:
            told = f"its adapter {given!r} could not be made, which is done without arguments"
            raise SwapError(f"{owner}: {told}: {type(error).__name__}: {error}.") from error
    else:
        known = {one.module: one.adapter for one in BACKENDS.values()}
        backend = given if given.adapter else replace(given, adapter=known.get(given.module, ""))
    backend.check(owner)
    return backend


def installed(suite: Suite) -> list[str]:
    """Return the backends of a suite's rows whose library is there."""
    used = dict.fromkeys(row.backend for row in suite.rows())
    return [name for name in used if declared(suite, name).missing is None]


@cache
def adapter(target: str) -> Adapter:
    """Return the adapter that is found under a target; the one of Python with NumPy where there is none."""
    return _kind(target, "backend")() if target else Adapter()


def imported(own: Adapter) -> Iterator[Adapter]:
    """Yield the adapters of a child: its own, and those of the libraries that it has imported besides."""
    yield own
    for target in plan.BACKENDS.values():
        other = adapter(target)
        if other.module in sys.modules and type(other) is not type(own):
            yield other


@cache
def _kind(target: str, owner: str) -> type[Adapter]:
    try:
        found = resolve(target)
    except Exception as error:
        raise SwapError(f"{owner}: its adapter {target!r} cannot be had, {type(error).__name__}: {error}.") from error
    if not (isinstance(found, type) and issubclass(found, Adapter)):
        raise SwapError(f"{owner}: {target!r} is no adapter; write a class that derives from swapbench.Adapter.")
    own = {name for one in found.__mro__ if issubclass(one, Adapter) and one is not Adapter for name in vars(one)}
    for name in sorted(own - {*dir(Adapter)}):
        meant = difflib.get_close_matches(name, _PUBLIC - own, 1, _CLOSE)
        if meant and not name.startswith("_"):
            raise SwapError(
                f"{owner}: its adapter {target!r} has a {name!r}, which nobody calls; perhaps {meant[0]!r} is meant. "
                "A name of your own that is nearly one of these begins with an underscore."
            )
    return found


_PUBLIC = {name for name in dir(Adapter) if not name.startswith("_")}
_CLOSE = 0.8  # of 1: one letter more, less or another in a word of six
BACKENDS = {name: _kind(target, "swapbench").declared(name, target) for name, target in plan.BACKENDS.items()}

"""Backends: the numeric libraries that execute models, by their adapters."""

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
    given = suite.backends[name]
    if isinstance(given, str):
        owner = f"suite {suite.name}, backend {name}"
        kind = _kind(given, owner)
        try:
            adapter(given)
        except TypeError as error:
            raise SwapError(f"{owner}: its adapter {given!r} is made without arguments, and {error}.") from error
        return kind.declared(name, given)
    known = {one.module: one.adapter for one in BACKENDS.values()}
    return given if given.adapter else replace(given, adapter=known.get(given.module, ""))


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
    return found


BACKENDS = {name: _kind(target, "swapbench").declared(name, target) for name, target in plan.BACKENDS.items()}

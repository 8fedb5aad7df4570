"""Test functions: what a test runner collects of a suite, one a phase.

Nothing of pytest is imported here. It calls a function by the names of its parameters: those of a cell, and two of its
own, `swapbench` (which measures) and `benchmark` (pytest-benchmark's).
"""

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from swapbench.plan.cell import PARAMETERS

if TYPE_CHECKING:
    from swapbench.plan.parts import Phase
    from swapbench.plan.suite import Suite


class Measure(Protocol):
    """What a test asks for: to measure the cell of its parameters and hand the rounds to pytest-benchmark."""

    def __call__(self, suite: "Suite", phase: "Phase", parameters: dict[str, Any], benchmark: Any) -> None: ...


class Declared(NamedTuple):
    """What a test function was made of."""

    suite: "Suite"
    phase: "Phase"


def function(suite: "Suite", phase: "Phase", file: str, line: int) -> Callable[..., None]:
    """Return the test function of a phase, which leads readers to a line of a file: the suite's declaration."""

    def test(swapbench: Measure, benchmark: Any, **parameters: Any) -> None:
        swapbench(suite, phase, parameters, benchmark)

    test.__code__ = test.__code__.replace(co_filename=file, co_firstlineno=line)
    test.__name__ = test.__qualname__ = f"test_{phase.name}"
    test.__doc__ = f"{suite.name}: {phase.name}"
    # Runners read which parameters there are from here: those of a cell are written down in one place.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    names = (*PARAMETERS, "swapbench", "benchmark")
    test.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])  # type: ignore[attr-defined]
    test.swapbench = Declared(suite, phase)  # type: ignore[attr-defined]
    return test


def declared(test: object) -> Declared | None:
    """Return what a function was made of, or None where it is not one of these."""
    found = getattr(test, "swapbench", None)
    return found if isinstance(found, Declared) else None

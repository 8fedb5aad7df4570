"""Kinds that make one value of several."""

from functools import partial

from swapbench_models.neural.meaning.converters import axes, flag, integer
from swapbench_models.neural.meaning.kinds.kind import ACTIVATION, kind
from swapbench_models.neural.meaning.signature import Parameter
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.merging import Concatenate, Dot, Merge


def _joined(use: Use) -> tuple[int, ...]:
    """Return what a join joins: the branches before it, or where there are none, the way round.

    That is the value at the start of the join's block, or what the block's last join left: `define B { ... Add() }` is
    a residual block.
    """
    if len(use.inputs) > 1:
        return use.inputs
    if use.start == use.inputs[0]:
        use.graph.refuse("joins two values or more, and nothing stands between it and its block's start")
    return use.inputs[0], use.start


def _merge(how: str, use: Use) -> int:
    return use.activated(use.graph.put(Merge(how), *_joined(use)))


def _concatenate(use: Use) -> int:
    return use.activated(use.graph.put(Concatenate(_of_one_example(use.given["axis"])), *_joined(use)))


def _dot(use: Use) -> int:
    given = use.given["axes"]
    first, second = given if len(given) == 2 else given * 2
    layer = Dot((_of_one_example(first), _of_one_example(second)), use.given["normalize"])
    return use.graph.put(layer, *_joined(use))


def _of_one_example(axis: int) -> int:
    """Return an axis of one example for Keras', which counts the batch."""
    return axis - 1 if axis > 0 else axis


JOINS = (
    *(
        kind(name, partial(_merge, name.lower()), ACTIVATION, joins=True)
        for name in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    ),
    kind("Concatenate", _concatenate, Parameter("axis", integer, -1), ACTIVATION, joins=True),
    kind("Dot", _dot, Parameter("axes", axes(2), (-1,)), Parameter("normalize", flag, False), joins=True),
)

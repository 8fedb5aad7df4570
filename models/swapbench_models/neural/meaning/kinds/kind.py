"""A kind: one layer of the language. And the parameters that many of them have."""

from collections.abc import Callable
from dataclasses import dataclass

from swapbench_models.neural.meaning.converters import above_zero, activation, flag, one_of
from swapbench_models.neural.meaning.signature import Parameter, Signature
from swapbench_models.neural.meaning.use import Use
from swapbench_models.neural.network.layer import Layer

Make = Callable[[Use], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """One layer of the language: its signature, and what makes steps of its use and returns the value that they leave.

    One that `joins` takes several values, one that `holds` lays out itself what stands in its braces, and one that does
    so `apart` gives them other examples than those of the network's inputs.
    """

    signature: Signature
    make: Make
    joins: bool = False
    holds: bool = False
    apart: bool = False


def kind(
    name: str, make: Make, *parameters: Parameter, joins: bool = False, holds: bool = False, apart: bool = False
) -> Kind:
    """Return the kind of this name."""
    return Kind(Signature(name, parameters), make, joins, holds, apart)


def single(layer: Callable[..., Layer], *names: str) -> Make:
    """Return what puts in one layer, made of these arguments."""
    return lambda use: use.graph.put(layer(*(use.given[name] for name in names)), use.input)


ACTIVATION = Parameter("activation", activation, None)
BIAS = Parameter("use_bias", flag, True, ("bias",))
EPSILON = Parameter("epsilon", above_zero, 1e-3, ("eps",))
AFFINE = (Parameter("center", flag, True), Parameter("scale", flag, True))
FORMAT = Parameter("data_format", one_of("channels_last"), "channels_last")

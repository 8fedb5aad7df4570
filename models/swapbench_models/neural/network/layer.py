"""A primitive layer: what it makes of its inputs' shapes, what it learns, and what it costs."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

Shape = tuple[int | None, ...]


class ShapeError(Exception):
    """A layer cannot take the shapes that it is given; the message says what it takes and what it found."""


@dataclass(frozen=True, slots=True)
class Weight:
    """One array of a layer: its name and shape as Keras has them, what it starts as, and whether training moves it."""

    name: str
    shape: tuple[int, ...]
    start: str = "glorot_uniform"
    trained: bool = True


@dataclass(frozen=True, slots=True)
class Layer:
    """One step of a network."""

    def output_shape(self, *inputs: Shape) -> Shape:
        """Return the shape that it leaves; raises ShapeError for inputs that it cannot take."""
        return one(inputs)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        """Return what it holds for inputs of these shapes, in Keras order; nothing where it learns nothing."""
        return ()

    def flops(self, *inputs: Shape) -> int | None:
        """Return the operations for one example; None where a length is unknown.

        Two for each product with its addition in products of matrices and in convolutions, nothing for the rest, as
        torch's counter has it.
        """
        return 0


def one(inputs: tuple[Shape, ...]) -> Shape:
    """Return the only input's shape."""
    if len(inputs) != 1:
        raise ShapeError(f"takes one input, found {len(inputs)}")
    return inputs[0]


def of_rank(inputs: tuple[Shape, ...], rank: int, axes: str) -> Shape:
    """Return the only input's shape, which must have so many axes; `axes` names them."""
    shape = one(inputs)
    if len(shape) != rank:
        raise ShapeError(f"takes {axes}, found {told(shape)}")
    return shape


def known(size: int | None, what: str) -> int:
    """Return a size that must be known for weights or products; raises ShapeError where it is not."""
    if size is None:
        raise ShapeError(f"needs to know its input's {what}, found None")
    return size


def product(sizes: Iterable[int | None]) -> int | None:
    """Return the product of sizes, None where one of them is unknown."""
    found = list(sizes)
    return None if None in found else math.prod(size for size in found if size is not None)


def told(shape: Shape) -> str:
    """Return a shape as people write it: `(28, 28, 1)`."""
    return f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"

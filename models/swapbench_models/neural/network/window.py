"""A window that moves over the axes between batch and channels: what it leaves of each."""

import math

from swapbench_models.neural.network.layer import Shape, ShapeError, of_rank, told

Sizes = tuple[int, ...]

AXES = {1: "(steps, channels)", 2: "(height, width, channels)", 3: "(depth, height, width, channels)"}
# Why padding `same` of an axis of unknown length cannot be told.
UNKNOWN = "is padded by its input's length, which only the data know; give it"


def spatial(inputs: tuple[Shape, ...], rank: int) -> Shape:
    """Return the shape of an input that has `rank` axes before its channels."""
    return of_rank(inputs, rank + 1, AXES[rank])


def moved(sizes: Shape, window: Sizes, strides: Sizes, dilation: Sizes, padding: str) -> Shape:
    """Return how often the window fits each axis, padded as Keras does."""
    reach = tuple((size - 1) * step + 1 for size, step in zip(window, dilation, strict=True))
    if padding == "same":
        return tuple(
            None if size is None else math.ceil(size / stride) for size, stride in zip(sizes, strides, strict=True)
        )
    for size, extent in zip(sizes, reach, strict=True):
        if size is not None and extent > size:
            raise ShapeError(f"has a window of {told(reach)}, larger than its input of {told(sizes)}")
    return tuple(
        None if size is None else (size - extent) // stride + 1
        for size, extent, stride in zip(sizes, reach, strides, strict=True)
    )


def margins(sizes: Shape, window: Sizes, strides: Sizes, dilation: Sizes) -> tuple[tuple[int, int], ...]:
    """Return what padding `same` adds before and after each axis; the odd one comes after, as in Keras.

    Raises ShapeError for an axis of unknown length, unless all lengths are padded alike.
    """
    found = []
    for size, extent, stride, step in zip(sizes, window, strides, dilation, strict=True):
        reach = (extent - 1) * step + 1
        if size is None and stride != 1 and reach != 1:
            raise ShapeError(UNKNOWN)
        length = 1 if size is None else size
        total = max((math.ceil(length / stride) - 1) * stride + reach - length, 0)
        found.append((total // 2, total - total // 2))
    return tuple(found)

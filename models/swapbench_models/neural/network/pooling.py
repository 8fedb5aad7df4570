"""Pooling: one value instead of many, the largest of them or their mean."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, told
from swapbench_models.neural.network.window import Sizes, moved, spatial


@dataclass(frozen=True, slots=True)
class Pool(Layer):
    """`kind` (`max` or `average`) of each window; padding takes no part in a mean."""

    kind: str
    window: Sizes
    strides: Sizes
    padding: str = "valid"

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = spatial(inputs, len(self.window))
        return (*moved(tuple(sizes), self.window, self.strides, (1,) * len(self.window), self.padding), channels)


@dataclass(frozen=True, slots=True)
class GlobalPool(Layer):
    """`kind` of all places of each channel; the `rank` axes go, or stay with one place where `keep`."""

    kind: str
    rank: int
    keep: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        channels = spatial(inputs, self.rank)[-1]
        return (*(1,) * self.rank, channels) if self.keep else (channels,)


@dataclass(frozen=True, slots=True)
class AdaptivePool(Layer):
    """`kind` of as many windows as `places` says, which cover each axis and are as equal as can be."""

    kind: str
    places: Sizes

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = spatial(inputs, len(self.places))
        for size, places in zip(sizes, self.places, strict=True):
            if size is None or places > size:
                raise ShapeError(f"makes {told(self.places)} places of its input, which has {told(tuple(sizes))}")
        return (*self.places, channels)

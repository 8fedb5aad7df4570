"""Convolutions over one, two or three axes, the channels last."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, Weight, known, product
from swapbench_models.neural.network.window import Sizes, moved, spatial


@dataclass(frozen=True, slots=True)
class Conv(Layer):
    """`filters` windows moved over as many axes as `window` has sizes; each sees a group of the channels."""

    filters: int
    window: Sizes
    strides: Sizes
    padding: str = "valid"
    dilation: Sizes = ()
    groups: int = 1
    bias: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = spatial(inputs, len(self.window))
        channels = known(channels, "channels")
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(f"has {self.groups} groups, which divide neither or one of {channels} and {self.filters}")
        return (*moved(tuple(sizes), self.window, self.strides, self.dilation, self.padding), self.filters)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = known(inputs[0][-1], "channels")
        kernel = Weight("kernel", (*self.window, channels // self.groups, self.filters))
        return (kernel, Weight("bias", (self.filters,), "zeros")) if self.bias else (kernel,)

    def flops(self, *inputs: Shape) -> int | None:
        channels = known(inputs[0][-1], "channels")
        return product((2, *self.output_shape(*inputs), *self.window, channels // self.groups))


@dataclass(frozen=True, slots=True)
class DepthwiseConv(Layer):
    """A window for each channel, `multiplier` times; channels do not meet."""

    window: Sizes
    strides: Sizes
    padding: str = "valid"
    dilation: Sizes = ()
    multiplier: int = 1
    bias: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = spatial(inputs, len(self.window))
        moved_ = moved(tuple(sizes), self.window, self.strides, self.dilation, self.padding)
        return (*moved_, known(channels, "channels") * self.multiplier)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        channels = known(inputs[0][-1], "channels")
        kernel = Weight("kernel", (*self.window, channels, self.multiplier))
        return (kernel, Weight("bias", (channels * self.multiplier,), "zeros")) if self.bias else (kernel,)

    def flops(self, *inputs: Shape) -> int | None:
        return product((2, *self.output_shape(*inputs), *self.window))


@dataclass(frozen=True, slots=True)
class ConvTranspose(Layer):
    """A convolution's way back: each value of the input lays a window of values out."""

    filters: int
    window: Sizes
    strides: Sizes
    padding: str = "valid"
    bias: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        *sizes, channels = spatial(inputs, len(self.window))
        known(channels, "channels")
        grown = (
            None if size is None else size * stride + (max(extent - stride, 0) if self.padding == "valid" else 0)
            for size, extent, stride in zip(sizes, self.window, self.strides, strict=True)
        )
        return (*grown, self.filters)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (*self.window, self.filters, known(inputs[0][-1], "channels")))
        return (kernel, Weight("bias", (self.filters,), "zeros")) if self.bias else (kernel,)

    def flops(self, *inputs: Shape) -> int | None:
        return product((2, *inputs[0], self.filters, *self.window))

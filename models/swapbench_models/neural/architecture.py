"""Architectures: what a network consists of, described once for every backend, with nothing of any of them."""

import math
from dataclasses import dataclass

Shape = tuple[int, ...]

CLASSES = 10
IMAGE: Shape = (28, 28, 1)


@dataclass(frozen=True)
class Layer:
    """One step of a network; shapes are those of one example, in Keras order (height, width, channels)."""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape that an input of `shape` leaves this layer with."""
        return shape

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        """Return the shapes of kernel and bias for an input of `shape`; none for a layer that learns nothing."""
        return ()


@dataclass(frozen=True)
class Flatten(Layer):
    """All values in one row: height first, then width, then channels."""

    def output_shape(self, shape: Shape) -> Shape:
        return (math.prod(shape),)


@dataclass(frozen=True)
class Dense(Layer):
    """Each of `units` outputs sees every input; followed by a rectifier where `relu`."""

    units: int
    relu: bool = False

    def output_shape(self, shape: Shape) -> Shape:
        return (self.units,)

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (*shape, self.units), (self.units,)


@dataclass(frozen=True)
class Conv(Layer):
    """`filters` windows of `kernel` x `kernel` moved over the picture without padding, followed by a rectifier."""

    filters: int
    kernel: int = 3

    def output_shape(self, shape: Shape) -> Shape:
        height, width, _ = shape
        return height - self.kernel + 1, width - self.kernel + 1, self.filters

    def weight_shapes(self, shape: Shape) -> tuple[Shape, ...]:
        return (self.kernel, self.kernel, shape[-1], self.filters), (self.filters,)


@dataclass(frozen=True)
class MaxPool(Layer):
    """The largest of each `size` x `size` values; a remainder at the edge is dropped."""

    size: int = 2

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = shape
        return height // self.size, width // self.size, channels


@dataclass(frozen=True)
class Dropout(Layer):
    """In training, `rate` of the values at random become 0 and the others grow to keep the mean."""

    rate: float


@dataclass(frozen=True)
class Architecture:
    """Layers from a picture (28, 28, 1) to one logit for each of the ten classes."""

    layers: tuple[Layer, ...]

    def steps(self) -> tuple[tuple[Layer, Shape], ...]:
        """Return every layer with the shape of its input."""
        shape, steps = IMAGE, []
        for layer in self.layers:
            steps.append((layer, shape))
            shape = layer.output_shape(shape)
        return tuple(steps)

    def weight_shapes(self) -> tuple[Shape, ...]:
        """Return the shapes of all kernels and biases, from input to output."""
        return tuple(weight for layer, shape in self.steps() for weight in layer.weight_shapes(shape))

    def count_parameters(self) -> int:
        """Return the number of trained parameters."""
        return sum(map(math.prod, self.weight_shapes()))


ARCHITECTURES = {
    "simple_mlp": Architecture((Flatten(), Dense(128, relu=True), Dropout(0.2), Dense(CLASSES))),
    "cnn": Architecture(
        (
            Conv(32),
            MaxPool(),
            Conv(64),
            MaxPool(),
            Flatten(),
            Dense(128, relu=True),
            Dropout(0.5),
            Dense(CLASSES),
        )
    ),
    "deep_mlp": Architecture(
        (
            Flatten(),
            Dense(512, relu=True),
            Dropout(0.3),
            Dense(256, relu=True),
            Dropout(0.3),
            Dense(128, relu=True),
            Dropout(0.3),
            Dense(CLASSES),
        )
    ),
    "logistic_regression": Architecture((Flatten(), Dense(CLASSES))),
    "majority_class": Architecture(()),
}

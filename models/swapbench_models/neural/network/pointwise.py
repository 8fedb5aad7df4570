"""Layers that treat each value by itself, but for softmax, which sees the last axis."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, one

ACTIVATIONS = (
    "relu", "sigmoid", "tanh", "softmax", "softplus", "softsign", "selu", "elu", "exponential", "linear", "gelu",
    "swish", "leaky_relu", "relu6", "hard_sigmoid", "mish", "log_softmax",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Activation(Layer):
    """One of ACTIVATIONS, as Keras defines it."""

    kind: str


@dataclass(frozen=True, slots=True)
class Dropout(Layer):
    """In training, `rate` of the values at random become 0 and the others grow to keep the mean."""

    rate: float


@dataclass(frozen=True, slots=True)
class GaussianNoise(Layer):
    """In training, normal noise of deviation `deviation` is added to each value."""

    deviation: float


@dataclass(frozen=True, slots=True)
class Code(Layer):
    """An expression of the backend's language, from a Lambda that was explicitly allowed."""

    expression: str
    shape: tuple[int, ...] | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        return one(inputs) if self.shape is None else self.shape


@dataclass(frozen=True, slots=True)
class Meaningless(Layer):
    """A name of the language that nobody gave a meaning: no backend generates it, and what leaves it is not known."""

    name: str

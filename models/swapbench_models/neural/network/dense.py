"""Layers in which every output sees every input, and the table of vectors that stand for whole numbers."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, Weight, known, one, product


@dataclass(frozen=True, slots=True)
class Dense(Layer):
    """Each of `units` outputs sees all values of the last axis; the axes before it stay."""

    units: int
    bias: bool = True

    def output_shape(self, *inputs: Shape) -> Shape:
        known(one(inputs)[-1], "last axis")
        return (*inputs[0][:-1], self.units)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        kernel = Weight("kernel", (known(one(inputs)[-1], "last axis"), self.units))
        return (kernel, Weight("bias", (self.units,), "zeros")) if self.bias else (kernel,)

    def flops(self, *inputs: Shape) -> int | None:
        return product((2, *one(inputs), self.units))


@dataclass(frozen=True, slots=True)
class Embedding(Layer):
    """A trained vector of `size` for each of the whole numbers 0 to `words` - 1; adds an axis.

    `masked`: number 0 is padding, which what follows is to leave out.
    """

    words: int
    size: int
    masked: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        return (*one(inputs), self.size)

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        return (Weight("embeddings", (self.words, self.size), "uniform"),)

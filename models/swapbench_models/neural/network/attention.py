"""Attention: each place asks all others, and the order of places that it would otherwise not see."""

from dataclasses import dataclass

from swapbench_models.neural.network.layer import Layer, Shape, ShapeError, Weight, known, product, told


@dataclass(frozen=True, slots=True)
class Attention(Layer):
    """Scaled products of queries and keys, of several heads side by side (Vaswani et al., 2017).

    The first input asks; the second, or the first where it is alone, answers. All axes but the last are places.
    `causal`: a place sees itself and those before it. `masked`: padding is not seen.
    """

    heads: int
    key_size: int
    value_size: int
    dropout: float = 0.0
    bias: bool = True
    causal: bool = False
    masked: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        if len(inputs) not in {1, 2}:
            raise ShapeError(f"takes one input or two, found {len(inputs)}")
        for shape in inputs:
            if len(shape) < 2:
                raise ShapeError(f"takes (steps, features), found {told(shape)}")
            known(shape[-1], "features")
        return inputs[0]

    def weights(self, *inputs: Shape) -> tuple[Weight, ...]:
        asked, answering = known(inputs[0][-1], "features"), known(inputs[-1][-1], "features")
        sizes = {"query": (asked, self.key_size), "key": (answering, self.key_size)}
        found = []
        for name, (features, size) in {**sizes, "value": (answering, self.value_size)}.items():
            found.append(Weight(f"{name}_kernel", (features, self.heads, size)))
            if self.bias:
                found.append(Weight(f"{name}_bias", (self.heads, size), "zeros"))
        found.append(Weight("output_kernel", (self.heads, self.value_size, asked)))
        if self.bias:
            found.append(Weight("output_bias", (asked,), "zeros"))
        return tuple(found)

    def flops(self, *inputs: Shape) -> int | None:
        asking, answering = product(inputs[0][:-1]), product(inputs[-1][:-1])
        query, other = known(inputs[0][-1], "features"), known(inputs[-1][-1], "features")
        projected = (
            product((2, asking, query, self.heads, self.key_size + self.value_size)),
            product((2, answering, other, self.heads, self.key_size + self.value_size)),
        )
        met = product((2, asking, answering, self.heads, self.key_size + self.value_size))
        parts = (*projected, met)
        return None if None in parts else sum(part for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class PositionalEncoding(Layer):
    """Sines and cosines of each place added to its features (Vaswani et al., 2017)."""

    def output_shape(self, *inputs: Shape) -> Shape:
        (shape,) = inputs
        if len(shape) != 2:
            raise ShapeError(f"takes (steps, features), found {told(shape)}")
        known(shape[0], "steps")
        known(shape[1], "features")
        return shape
